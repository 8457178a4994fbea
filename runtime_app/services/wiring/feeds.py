"""Feeds: actions that fire a trigger for us, told what to do by life cycle events.

Source: OpenWhisk docs/feeds.md; apache/openwhisk-package-alarms README.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtime_app.models import Namespace
from runtime_app.openwhisk import Forbidden, NotFound, OpenWhiskClient

FEED_WAIT_MS = 20_000
ALARMS = "/whisk.system/alarms/"


class FeedError(Exception):
    """The feed did not do what it was asked for. The text is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Which action fires the trigger, and what it is told: its path, and its own parameters."""

    path: str
    parameters: dict[str, Any] = field(default_factory=dict)


def tell_feed(
    client: OpenWhiskClient, namespace: Namespace, event: str, trigger_name: str, feed: Feed
) -> Any:
    """Call the feed with a life cycle event (CREATE, UPDATE, DELETE or READ) and return its answer.

    It gets the namespace's key, as `wsk` and `aio` hand it over, because it fires in our name.

    Raises:
        FeedError: it failed, is not there, or did not answer in time.
        OpenWhiskError: the runtime refused the call or could not be reached.
    """
    message = {
        **feed.parameters,
        "lifecycleEvent": event,
        "triggerName": f"/{namespace.name}/{trigger_name}",
        "authKey": namespace.auth,
    }
    try:
        receipt = client.invoke(feed.path, message, blocking=True, wait_ms=FEED_WAIT_MS)
    except (Forbidden, NotFound) as error:
        sentence = f"The feed {feed.path} does not exist on this runtime, or the key may not use it."
        raise FeedError(sentence) from error
    if receipt.record is None:
        raise FeedError(
            f"The feed {feed.path} did not answer within {FEED_WAIT_MS // 1000} s; "
            "look at its activation before you try again."
        )
    if not receipt.record.success:
        raise FeedError(f"The feed refused: {_reason(receipt.record.result)}")
    return receipt.record.result


def takes_back(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a setting is gone. An UPDATE cannot tell that: feeds keep what it does not name."""
    return not set(before) <= set(after)


def _reason(result: Any) -> str:
    error = result.get("error") if isinstance(result, dict) else None
    if isinstance(error, dict):
        error = error.get("error") or error.get("message") or error.get("body")
    return error if isinstance(error, str) and error else "it gave no reason."
