"""What people read when something broke: that the database is away, or that we made a mistake."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.test import AsyncClient, Client

from controlpanel.outages import database_is_away

pytestmark = pytest.mark.django_db


def refusing(cause: Exception) -> Callable[..., None]:
    """A database that answers every statement like that, as Django passes it on."""

    def refuse(*_: object) -> None:
        raise OperationalError(str(cause)) from cause

    return refuse


def test_a_database_that_is_away_is_said_to_be_and_the_page_asks_it_for_nothing() -> None:
    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(refusing(psycopg.OperationalError("hush"))):
        posted = client.post("/sign-in/", {"username": "alice", "password": "x"})
    assert posted.status_code == 503
    assert posted.headers["Retry-After"]
    html = posted.content.decode()
    assert "The database does not answer" in html
    assert "what you had typed is sent again" in html
    assert "hush" not in html


def test_the_asynchronous_server_says_the_same() -> None:
    client = AsyncClient(raise_request_exception=False)
    with connection.execute_wrapper(refusing(psycopg.OperationalError("hush"))):
        answer = async_to_sync(client.post)("/sign-in/", {"username": "alice", "password": "x"})
    assert answer.status_code == 503


def test_a_mistake_of_ours_stays_one() -> None:
    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(refusing(psycopg.errors.DeadlockDetected("deadlock"))):
        answer = client.post("/sign-in/", {"username": "alice", "password": "x"})
    assert answer.status_code == 500
    assert "This is our mistake" in answer.content.decode()


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("connection refused"),
        psycopg.InterfaceError("the connection is closed"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.CannotConnectNow("the database system is starting up"),
        psycopg.errors.TooManyConnections("sorry, too many clients already"),
    ],
)
def test_what_postgresql_says_while_it_is_away(error: Exception) -> None:
    assert database_is_away(error)


def test_a_statement_that_is_wrong_is_no_outage() -> None:
    assert not database_is_away(psycopg.errors.UndefinedTable("no such table"))
    with pytest.raises(sqlite3.OperationalError) as caught, sqlite3.connect(":memory:") as base:
        base.execute("SELECT * FROM nothing")
    assert not database_is_away(caught.value)


def test_a_locked_file_is_an_outage(tmp_path: Path) -> None:
    name = f"{tmp_path}/file"
    with sqlite3.connect(name) as holder, sqlite3.connect(name, timeout=0) as other:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
    assert database_is_away(caught.value)
