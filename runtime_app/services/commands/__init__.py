"""The same operations as curl and aio commands."""
