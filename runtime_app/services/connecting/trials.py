"""Trying a host and a key before they are saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtime_app.openwhisk import (
    BadReply,
    InvalidHost,
    NamespaceLimits,
    NotFound,
    OpenWhiskClient,
    OpenWhiskError,
    ServerInfo,
    Timeouts,
    Unauthorized,
)
from runtime_app.services.connecting.hosts import check_host, may_call

TRIAL_SECONDS = 5.0
OWN_NAMESPACE = "_"
LARGEST_LIST_LIMIT = 200


class TrialFailedError(Exception):
    """The connection does not work. `field` (api_host, name or auth) has the cause, `sentence` says it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a runtime says about itself and the key's namespace."""

    api_host: str
    name: str
    limits: dict[str, Any] = field(default_factory=dict)
    runtimes: list[dict[str, Any]] = field(default_factory=list)
    list_limit: int = LARGEST_LIST_LIMIT


def try_connection(api_host: str, name: str, auth: str) -> ConnectionReport:
    """Call the runtime with this key. `name` is the expected namespace; empty or `_` stand for whichever.

    Takes four requests, none of which may take longer than TRIAL_SECONDS.

    Raises:
        TrialFailedError: the host may not be called or does not answer as OpenWhisk does, the key is refused,
            or it belongs to another namespace.
    """
    try:
        checked = check_host(api_host)
    except InvalidHost as error:
        raise TrialFailedError("api_host", str(error)) from error
    timeouts = Timeouts(read=TRIAL_SECONDS, body=TRIAL_SECONDS)
    with OpenWhiskClient(checked, auth, timeouts=timeouts, may_call=may_call) as client:
        try:
            real_name = _namespace_behind(client, name)
            return _report(client, real_name)
        except Unauthorized as error:
            raise TrialFailedError("auth", error.message) from error
        except OpenWhiskError as error:
            raise TrialFailedError("api_host", error.message) from error


def _namespace_behind(client: OpenWhiskClient, expected: str) -> str:
    """The real name of the key's namespace."""
    names = client.namespaces()
    if not names:
        raise TrialFailedError("auth", "The key was accepted, but it opens no namespace.")
    if expected in ("", OWN_NAMESPACE):
        return names[0]
    if expected not in names:
        raise TrialFailedError("name", f"This key opens the namespace {', '.join(names)}, not {expected}.")
    return expected


def _report(client: OpenWhiskClient, name: str) -> ConnectionReport:
    limits, info = _read_limits(client), _read_server_info(client)
    client.list_actions()  # The refusal of a page that is too large names the limit (Adobe: 50).
    return ConnectionReport(
        api_host=client.api_host,
        name=name,
        limits=dict(limits.raw),
        runtimes=[] if info is None else _runtimes_of(info),
        list_limit=client.page_limit or LARGEST_LIST_LIMIT,
    )


def _read_limits(client: OpenWhiskClient) -> NamespaceLimits:
    """The namespace's limits; none where the deployment is too old to say."""
    try:
        return client.limits()
    except NotFound:
        return NamespaceLimits()


def _read_server_info(client: OpenWhiskClient) -> ServerInfo | None:
    """What the server offers; None where a proxy answers at `/` in its stead."""
    try:
        return client.server_info()
    except (BadReply, NotFound):
        return None


def _runtimes_of(info: ServerInfo) -> list[dict[str, Any]]:
    """The kinds as they are kept on the namespace."""
    return [
        {"kind": runtime.kind, "default": runtime.default, "deprecated": runtime.deprecated}
        for runtime in info.runtimes
    ]
