"""Bringing results home: what to ask, when, at what cost; and what ran elsewhere."""
