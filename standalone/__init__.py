"""An OpenWhisk-compatible runtime in one process: `python -m standalone`. Knows nothing of the panel."""
