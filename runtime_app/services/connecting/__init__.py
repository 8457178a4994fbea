"""Namespaces and people: trying and keeping keys, which hosts may be called, who may come in."""
