"""Which errors mean that something the panel stands on is away; by name, so that nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator

MOST_CAUSES = 20
REDIS = {
    ("redis", "ConnectionError"),
    ("redis", "TimeoutError"),
    ("kombu", "OperationalError"),
    ("amqp", "RecoverableConnectionError"),
}
POSTGRESQL = {("psycopg", "OperationalError"), ("psycopg", "InterfaceError")}
# Connections, resources, the operator's intervention, the system (PostgreSQL, appendix A). A connection that
# was never made, or broke, has none; others, such as a deadlock, are mistakes of ours.
OUTAGE_STATES = ("08", "53", "57P", "58")
SQLITE = {("sqlite3", "OperationalError")}
# SQLITE_ERROR: the statement is wrong. Others say that the file is locked, full, or not to be read.
WRONG_STATEMENT = 1


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it."""
    for _ in range(MOST_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def redis_is_away(error: BaseException) -> bool:
    """Whether this very error, without its causes, says that Redis does not answer."""
    return _is_one_of(error, REDIS)


def database_is_away(error: BaseException) -> bool:
    """Whether this very error of a database's driver says that the database does not answer."""
    if _is_one_of(error, POSTGRESQL):
        state = getattr(error, "sqlstate", None)
        return state is None or state.startswith(OUTAGE_STATES)
    return _is_one_of(error, SQLITE) and getattr(error, "sqlite_errorcode", None) != WRONG_STATEMENT


def _is_one_of(error: BaseException, names: set[tuple[str, str]]) -> bool:
    return any((kind.__module__.partition(".")[0], kind.__name__) in names for kind in type(error).__mro__)
