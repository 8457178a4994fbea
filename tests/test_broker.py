"""Celery's connection to a Redis that ends while a task runs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from kombu import Connection
from redis import Redis

from runtime_app.supervisor.embedded_redis import server_binary
from standalone.testing import free_port
from tests.conftest import answers
from tests.waiting import wait_until

SECONDS = 30


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis that a test may end."""
    command = [server_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with Redis(port=port) as client:
            wait_until(lambda: answers(client), SECONDS)
        yield process
    finally:
        process.kill()
        process.wait()


def test_closing_a_broken_connection_with_a_task_under_way_does_not_end_the_worker(
    server: subprocess.Popen[bytes], port: int
) -> None:
    connection = Connection(f"redis://127.0.0.1:{port}/0")
    queue = connection.SimpleQueue("tasks")
    queue.put({"task": "one"})
    queue.get(timeout=SECONDS)  # and never acknowledged
    server.kill()
    server.wait()
    # As Celery leaves it after the loss, when it closes the connection for good. Anything raised here but a
    # loss of connection would be "unrecoverable" to a worker, and its end.
    queue.channel._disconnect_pools()
    queue.channel.connection.client = None
    queue.channel.qos.restore_unacked_once()


def test_what_was_not_acknowledged_comes_again_when_the_connection_ends_in_peace(
    server: subprocess.Popen[bytes], port: int
) -> None:
    url = f"redis://127.0.0.1:{port}/0"
    with Connection(url) as connection:
        queue = connection.SimpleQueue("tasks")
        queue.put({"task": "one"})
        queue.get(timeout=SECONDS)
    with Connection(url) as connection:
        assert connection.SimpleQueue("tasks").get(timeout=SECONDS).payload == {"task": "one"}
