"""PostgreSQL's connections outlive the threads that use them, and are replaced when the server ended them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connections to keep"),
]

BROKEN = 6


@pytest.fixture(autouse=True)
def own_connection() -> None:
    """Of a new pool this thread holds one, so that those of others are not it."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.ensure_connection()


def test_a_thread_gets_the_connection_of_the_one_that_ended() -> None:
    assert in_new_thread("SELECT pg_backend_pid()") == in_new_thread("SELECT pg_backend_pid()")


def test_nobody_gets_a_connection_that_the_server_has_ended() -> None:
    ended = in_new_thread("SELECT pg_backend_pid()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert in_new_thread("SELECT pg_backend_pid()") != ended


def test_after_a_restart_of_the_server_nobody_waits_for_broken_ones_to_be_passed_over() -> None:
    """The pool's own check would pause for a second after the second one, then for two, and give up."""
    together = Barrier(BROKEN)

    def pid() -> object:
        together.wait(30)
        return in_this_thread("SELECT pg_backend_pid(), pg_sleep(0.2)")

    with ThreadPoolExecutor(BROKEN) as threads:
        pids = [each.result() for each in [threads.submit(pid) for _ in range(BROKEN)]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [pids])
    assert in_new_thread("SELECT pg_backend_pid()") not in pids


def in_new_thread(query: str) -> object:
    """The first value of a query, in a thread that leaves nothing behind."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(in_this_thread, query).result()


def in_this_thread(query: str) -> object:
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
    finally:
        connections.close_all()
