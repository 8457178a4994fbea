"""Telling browsers that an activation or the wiring changed, and workers that somebody is watching."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone
from redis import RedisError

from runtime_app.models import Activation, Namespace
from runtime_app.services.backing.redis import key, redis_client

logger = logging.getLogger(__name__)

WATCHED_SECONDS = 20

# An activation's primary key and the status it has now.
Change = tuple[int, str]


def changes_channel(namespace_pk: int) -> str:
    """The Redis channel on which a namespace's changes are announced."""
    return key("changes", namespace_pk)


def publish_change(activation: Activation, *, is_new: bool = False) -> None:
    """Announce a change after commit, as JSON `{"pk", "status", "new"}`.

    Losing the message is harmless: streams compare with the database when Redis comes back.
    """
    publish_rows(activation.namespace_id, [(activation.pk, activation.status)], are_new=is_new)


def publish_rows(namespace_pk: int, changes: Iterable[Change], *, are_new: bool = False) -> None:
    """Announce many changes of a namespace after commit, in one exchange with Redis."""
    messages = [json.dumps({"pk": pk, "status": status, "new": are_new}) for pk, status in changes]
    if messages:
        transaction.on_commit(partial(_publish, changes_channel(namespace_pk), messages))


def publish_rewired(namespace_pk: int) -> None:
    """Note and announce after commit, as JSON `{"rewired": true}`, that its wiring is another one."""
    Namespace.objects.filter(pk=namespace_pk).update(rewired_at=timezone.now())
    transaction.on_commit(partial(_publish, changes_channel(namespace_pk), ['{"rewired": true}']))


def _publish(channel: str, messages: list[str]) -> None:
    try:
        with redis_client().pipeline(transaction=False) as pipeline:
            for message in messages:
                pipeline.publish(channel, message)
            pipeline.execute()
    except RedisError as error:
        logger.warning("A change was not announced, browsers will find it in the database: %s", error)


def watch(namespace_pk: int) -> None:
    """Note that somebody looks at this namespace now; call it again within `WATCHED_SECONDS`."""
    try:
        redis_client().set(key("watched", namespace_pk), 1, ex=WATCHED_SECONDS)
    except RedisError as error:
        logger.warning("Nobody could note that namespace %s is watched: %s", namespace_pk, error)


def is_watched(namespace_pk: int) -> bool:
    """Whether somebody looks at this namespace now; False when Redis is away."""
    try:
        return bool(redis_client().exists(key("watched", namespace_pk)))
    except RedisError:
        return False
