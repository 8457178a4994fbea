"""What the terminal shows while Redis is away: one sentence, and everything else as it is."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError as DatabaseError
from kombu.exceptions import OperationalError
from redis import AuthenticationError, ConnectionError, ResponseError

from controlpanel import logs
from controlpanel.logs import OneSentence

REFUSED = "Error 111 connecting to 127.0.0.1:6390. Connection refused."


def record(name: str, text: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    """What a library writes; with `error` also its stack trace."""
    if error is None:
        return logging.LogRecord(name, logging.ERROR, "x.py", 1, text, args, None)
    try:
        raise error
    except BaseException:
        return logging.LogRecord(name, logging.ERROR, "x.py", 1, text, args, sys.exc_info())


def caused(outer: BaseException, cause: BaseException) -> BaseException:
    outer.__cause__ = cause
    return outer


AWAY: dict[str, Callable[[], logging.LogRecord]] = {
    "beat": lambda: record(
        "celery.beat", "Message Error: %s\n%s", caused(RuntimeError("x"), OperationalError(REFUSED)), "stack"
    ),
    "task": lambda: record("celery.app.trace", "Task raised", error=ConnectionError(REFUSED)),
    "own, with a stack trace": lambda: record("runtime_app.x", "Oh", error=ConnectionError(REFUSED)),
    "consumer": lambda: record(
        logs.CONSUMER, f"consumer: Cannot connect to redis://:**@127.0.0.1/0: {REFUSED}.\nTrying again"
    ),
}


@pytest.mark.parametrize("who", AWAY)
def test_one_sentence_says_why_and_no_stack_trace_follows(who: str) -> None:
    said = AWAY[who]()
    assert OneSentence().filter(said)
    line = logging.Formatter("{levelname} {message}", style="{").format(said)
    assert line.startswith(f"WARNING Redis does not answer ({REFUSED.rstrip('.')}). What was")
    assert "\n" not in line


def test_a_database_that_is_away_has_a_sentence_of_its_own() -> None:
    reason = "connection failed: Connection refused"
    away = caused(DatabaseError("x"), psycopg.OperationalError(f"{reason}\n\tIs the server running?"))
    quiet = OneSentence()
    assert quiet.filter(AWAY["beat"]())
    said = record("celery.app.trace", "Task raised", error=away)
    assert quiet.filter(said)
    assert said.getMessage().startswith(f"The database does not answer ({reason}). Jobs go on, and")
    assert not quiet.filter(record("django.request", "Service Unavailable", error=away))


def test_it_is_said_again_only_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: now[0])
    quiet = OneSentence()
    assert quiet.filter(AWAY["beat"]())
    assert not quiet.filter(AWAY["consumer"]())
    now[0] += logs.QUIET_SECONDS + 1
    assert quiet.filter(AWAY["task"]())


def test_a_lost_connection_is_told_without_an_exception() -> None:
    said = record(logs.CONSUMER, "consumer: Connection to broker lost. Trying to re-establish …")
    assert OneSentence().filter(said)
    assert "Redis does not answer (the connection was lost)." in said.getMessage()


def test_a_wrong_password_is_named() -> None:
    said = record("celery.beat", "Oh", error=AuthenticationError("invalid username-password pair"))
    assert OneSentence().filter(said)
    assert "(invalid username-password pair)" in said.getMessage()


@pytest.mark.parametrize(
    "other",
    [
        record("celery.app.trace", "Task raised", error=ValueError("no")),
        record("celery.app.trace", "Task raised", error=ResponseError("OOM command not allowed")),
        record("celery.app.trace", "Task raised", error=psycopg.errors.DeadlockDetected("deadlock")),
        record("runtime_app.x", "%s was not queued: %s", "collect", ConnectionError(REFUSED)),
        record(logs.CONSUMER, "consumer: something else"),
    ],
)
def test_everything_else_stays_as_it_is(other: logging.LogRecord) -> None:
    before = (other.getMessage(), other.exc_info, other.levelno)
    quiet = OneSentence()
    assert quiet.filter(AWAY["beat"]())
    assert quiet.filter(other)
    assert (other.getMessage(), other.exc_info, other.levelno) == before


def test_celerys_plan_for_its_next_version_is_left_out() -> None:
    assert not OneSentence().filter(record("py.warnings", f"setting {logs.ADVICE}: …"))
    assert OneSentence().filter(record("py.warnings", "another warning"))


def test_what_the_pool_does_about_broken_connections_is_left_out() -> None:
    assert not OneSentence().filter(record("psycopg.pool", f"{logs.DISCARDED}: %s", object()))
    assert not OneSentence().filter(record("psycopg.pool", f"{logs.GIVEN_UP} %r failed after %s sec", "p", 3))
    assert OneSentence().filter(record("psycopg.pool", "another warning"))
