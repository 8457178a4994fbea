"""Steering for tests (`--steering`): start afresh, and behave as runtimes do on their bad days."""
