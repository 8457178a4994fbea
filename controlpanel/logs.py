"""What libraries write while Redis is away: one sentence a minute instead of a stack trace for each try."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator

QUIET_SECONDS = 60
MOST_CAUSES = 20
SENTENCE = (
    "Redis does not answer (%s). What was to be queued is not lost: it is found again once Redis is back."
)
# By name, so that writing a line needs neither library.
AWAY = {
    ("redis", "ConnectionError"),
    ("redis", "TimeoutError"),
    ("kombu", "OperationalError"),
    ("amqp", "RecoverableConnectionError"),
}
# Celery's worker tells the loss of its connection without the exception, twice, and a plan for Celery 6.
CONSUMER = "celery.worker.consumer.consumer"
LOST = re.compile(r"Connection to broker lost|Cannot connect to (?:rediss?|sentinel|unix)://")
REASON = re.compile(r"Cannot connect to \S+: (?P<reason>.*?)\.*\s*$", re.MULTILINE)
ADVICE = "worker_cancel_long_running_tasks_on_connection_loss"


class OneSentence(logging.Filter):
    """Lets a record about a Redis that is away through as one sentence, and further ones only after a minute.

    The panel's own records pass as they are, unless they bring a stack trace: they say more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said_at = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; it is rewritten here."""
        if record.name == "py.warnings" and ADVICE in record.getMessage():
            return False
        reason = reason_of(record)
        if reason is None:
            return True
        now = time.monotonic()
        if now - self.said_at < QUIET_SECONDS:
            return False
        self.said_at = now
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = SENTENCE, (reason,)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def reason_of(record: logging.LogRecord) -> str | None:
    """Why Redis does not answer, in a few words; None for a record about anything else."""
    errors = [error for error in _errors(record) if _is_away(error)]
    if errors:
        return _in_words(str(errors[0]))
    text = record.getMessage() if record.name == CONSUMER else ""
    if not LOST.search(text):
        return None
    found = REASON.search(text)
    return _in_words(found["reason"] if found else "the connection was lost")


def _errors(record: logging.LogRecord) -> Iterator[BaseException]:
    """The exceptions that a record brings, and what led to them."""
    given = [record.exc_info[1]] if record.exc_info else []
    if not record.name.startswith("runtime_app"):
        given += [item for item in record.args or () if isinstance(item, BaseException)]
    for error in given:
        for _ in range(MOST_CAUSES):
            if error is None:
                break
            yield error
            error = error.__cause__ or error.__context__


def _is_away(error: BaseException) -> bool:
    return any((kind.__module__.partition(".")[0], kind.__name__) in AWAY for kind in type(error).__mro__)


def _in_words(reason: str) -> str:
    return " ".join(reason.split()).rstrip(".")
