"""Waiting for something to become true, with patience instead of a hopeful sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Value = TypeVar("Value")


class Patience:
    """Ends after `seconds` of waiting, of which one look at the clock uses up `at_once` at the most.

    A process or a machine that stood still for minutes has not waited that long: it goes on and looks again.
    """

    def __init__(self, seconds: float, *, at_once: float = 5.0) -> None:
        self.left = seconds
        self.at_once = at_once
        self.looked = time.monotonic()

    @property
    def is_over(self) -> bool:
        now = time.monotonic()
        self.left -= min(now - self.looked, self.at_once)
        self.looked = now
        return self.left < 0


def wait_until(condition: Callable[[], Value], seconds: float = 30, pause_seconds: float = 0.02) -> Value:
    """Polls until `condition()` is true and returns its value; fails the test after `seconds`."""
    patience = Patience(seconds)
    while True:
        # Looked at before the condition: a process that stood still in between looks once more.
        is_late = patience.is_over
        value = condition()
        if value:
            return value
        if is_late:
            pytest.fail(f"{getattr(condition, '__name__', condition)} did not come true within {seconds} s")
        time.sleep(pause_seconds)
