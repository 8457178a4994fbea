"""Measurements anyone can repeat; each module prints a table. `docs/performance.md` keeps the results."""
