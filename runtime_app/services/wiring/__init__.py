"""Triggers, rules and feeds: made, fired, traced and drawn."""
