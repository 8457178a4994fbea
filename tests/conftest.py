"""What all tests stand on: a real Redis, the standalone runtime, a browser, and the whole product."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import cache

from runtime_app.supervisor import embedded_redis

REDIS_START_SECONDS = 10


def wait_until(condition: Callable[[], Any], seconds: float = 10, pause_seconds: float = 0.02) -> Any:
    """Polls until `condition()` is true and returns its value; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(pause_seconds)
    pytest.fail(f"{getattr(condition, '__name__', condition)} did not come true within {seconds} s")


@pytest.fixture(scope="session", autouse=True)
def overtime_home() -> Iterator[Path]:
    """OVERTIME_HOME of this test process; removed at the end."""
    yield django_settings.OVERTIME_HOME
    shutil.rmtree(django_settings.OVERTIME_HOME, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def redis_server(overtime_home: Path) -> Iterator[redis.Redis]:
    """A real Redis server for this test process (one each under xdist), and a client for it."""
    command = embedded_redis.command(overtime_home / "redis", django_settings.REDIS_URL)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    try:
        wait_until(lambda: answers(client), REDIS_START_SECONDS)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(REDIS_START_SECONDS)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(autouse=True)
def empty_redis(redis_server: redis.Redis) -> None:
    """No test sees leases, counters or messages of another."""
    redis_server.flushdb()
    cache.close()
