"""Fires triggers at set times: what the feeds of `/whisk.system/alarms` ask for.

Source: apache/openwhisk-package-alarms (README, action/*.js).
"""
