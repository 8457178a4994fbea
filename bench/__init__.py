"""Measurements anyone can repeat; each module prints a table. `docs/performance.md` keeps the results."""

import os

# What starts the product borrows the tests' helpers, which read Django's settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
