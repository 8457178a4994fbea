"""Waiting for something to become true, with a deadline instead of a hopeful sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Value = TypeVar("Value")


def wait_until(condition: Callable[[], Value], seconds: float = 30, pause_seconds: float = 0.02) -> Value:
    """Polls until `condition()` is true and returns its value; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        # Looked at before the condition: a process that stood still in between looks once more.
        is_late = time.monotonic() > deadline
        value = condition()
        if value:
            return value
        if is_late:
            pytest.fail(f"{getattr(condition, '__name__', condition)} did not come true within {seconds} s")
        time.sleep(pause_seconds)
