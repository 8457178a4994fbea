"""Running actions: warm processes, their protocol, logs, time and memory limits, outcomes."""
