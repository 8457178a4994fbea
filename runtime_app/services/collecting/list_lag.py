"""How long the runtime's lists leave out what has ended, as far as looks at crowds have shown.

OpenWhisk stores a record when a run has ended and its logs are collected, and its lists may lag further
(CouchDB views are read stale). How far differs from deployment to deployment.
"""

from __future__ import annotations

from redis import RedisError

from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.backing.redis import key, redis_client

KEPT_SECONDS = 3600
# Less may be the way of the request itself, or of the launch's answer.
LEAST_SECONDS = 0.25

# Keeps the larger of what is known and ARGV[1], and counts its hour anew.
_KEEP_LARGER = """
local known = tonumber(redis.call('get', KEYS[1]) or '0')
if tonumber(ARGV[1]) >= known then redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[2]) end
"""


def overlooked_seconds(record: RemoteActivation, accepted: float, asked: float) -> float:
    """How long before an earlier look, which did not bring it, a run had ended; 0 when it had not.

    `accepted` and `asked` are moments by our clock, in seconds. Of the record only durations count, so that
    the runtime's clock may say what it likes.
    """
    if record.end_ms is None or asked <= accepted:
        return 0.0
    ended = accepted + (record.end_ms - record.start_ms + (record.wait_ms or 0)) / 1000
    seconds = asked - ended
    return seconds if seconds > LEAST_SECONDS else 0.0


def note_list_lag(namespace_pk: int, seconds: float) -> None:
    """Remember the longest of the last hour, roughly."""
    redis_client().eval(_KEEP_LARGER, 1, _key(namespace_pk), seconds, KEPT_SECONDS)


def list_lag(namespace_pk: int) -> float:
    """Seconds from an end until lists name it, at the longest seen lately; 0 when no lag was seen."""
    try:
        return float(str(redis_client().get(_key(namespace_pk)) or 0))
    except RedisError:
        return 0.0


def _key(namespace_pk: int) -> str:
    return key("list-lag", namespace_pk)
