"""What is written while Redis or the database is away: one sentence a minute, no stack trace for each try."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator

from controlpanel.outages import causes_of, database_is_away, redis_is_away

QUIET_SECONDS = 60
REDIS_AWAY = (
    "Redis does not answer (%s). What was to be queued is not lost: it is found again once Redis is back."
)
DATABASE_AWAY = (
    "The database does not answer (%s). Jobs go on, and none is lost: results are collected once it is back."
)
# Celery's worker tells the loss of its connection without the exception, twice, and a plan for Celery 6.
CONSUMER = "celery.worker.consumer.consumer"
LOST = re.compile(r"Connection to broker lost|Cannot connect to (?:rediss?|sentinel|unix)://")
REASON = re.compile(r"Cannot connect to \S+: (?P<reason>.*?)\.*\s*$", re.MULTILINE)
ADVICE = "worker_cancel_long_running_tasks_on_connection_loss"
# Whoever had such a connection, or wanted one, says so.
DISCARDED = "discarding closed connection"
GIVEN_UP = "reconnection attempt in pool"
OF_NO_USE = (("py.warnings", ADVICE), ("psycopg.pool", DISCARDED), ("psycopg.pool", GIVEN_UP))


class OneSentence(logging.Filter):
    """Lets a record about what is away through as one sentence, and further ones only after a minute.

    The panel's own records pass as they are, unless they bring a stack trace: they say more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; it is rewritten here."""
        if any(record.name == name and text in record.getMessage() for name, text in OF_NO_USE):
            return False
        sentence, reason = what_is_away(record)
        if not sentence:
            return True
        now = time.monotonic()
        if now - self.said_at.get(sentence, float("-inf")) < QUIET_SECONDS:
            return False
        self.said_at[sentence] = now
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = sentence, (reason,)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def what_is_away(record: logging.LogRecord) -> tuple[str, str]:
    """The sentence about it, and why in a few words; both empty for a record about anything else."""
    for error in _errors(record):
        if redis_is_away(error):
            return REDIS_AWAY, _in_words(str(error))
        if database_is_away(error):
            # What libpq adds in further lines are guesses.
            return DATABASE_AWAY, _in_words(str(error).partition("\n")[0])
    text = record.getMessage() if record.name == CONSUMER else ""
    if not LOST.search(text):
        return "", ""
    found = REASON.search(text)
    return REDIS_AWAY, _in_words(found["reason"] if found else "the connection was lost")


def _errors(record: logging.LogRecord) -> Iterator[BaseException]:
    """The exceptions that a record brings, and what led to them."""
    given = [record.exc_info[1]] if record.exc_info else []
    if not record.name.startswith("runtime_app"):
        given += [item for item in record.args or () if isinstance(item, BaseException)]
    for error in given:
        yield from causes_of(error)


def _in_words(reason: str) -> str:
    return " ".join(reason.split()).rstrip(".")
