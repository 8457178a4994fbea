"""Launches: at once, waiting for room, many together, or at a time; and what to expect of them."""
