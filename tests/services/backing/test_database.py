"""What must be written down is, as soon as the database is back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from runtime_app.services.backing import database
from runtime_app.services.backing.database import outlasting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PAUSE_SECONDS", 0)


def failing(times: int, error: Exception) -> tuple[Callable[[], str], list[int]]:
    """Work that raises `error` so many times, and a list of its tries."""
    tries: list[int] = []

    def work() -> str:
        tries.append(1)
        if len(tries) <= times:
            raise error
        return "done"

    return work, tries


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_it_is_tried_until_the_database_is_back(kind: type[Exception]) -> None:
    work, tries = failing(3, kind("away"))
    assert outlasting(work) == "done"
    assert len(tries) == 4


def test_it_gives_up_when_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OUTLASTED_SECONDS", -1)
    work, tries = failing(1, OperationalError("away"))
    with pytest.raises(OperationalError):
        outlasting(work)
    assert len(tries) == 1


def test_within_a_transaction_there_is_one_try() -> None:
    """What came before in it would be missing."""
    work, tries = failing(1, OperationalError("away"))
    with pytest.raises(OperationalError), transaction.atomic():
        outlasting(work)
    assert len(tries) == 1


def test_other_errors_are_not_repeated() -> None:
    work, tries = failing(1, IntegrityError("twice"))
    with pytest.raises(IntegrityError):
        outlasting(work)
    assert len(tries) == 1
