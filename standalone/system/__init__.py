"""The packages of the namespace `whisk.system`, stored anew at every start that finds them changed.

Source of names and parameters: apache/openwhisk-catalog (packages/utils), apache/openwhisk-package-alarms.
"""
