"""The client of one namespace on one OpenWhisk deployment."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.calls import ActionCalls, ActivationCalls, PackageCalls, RuleCalls, TriggerCalls
from runtime_app.openwhisk.calls.base import read_reply
from runtime_app.openwhisk.guarded import AddressCheck
from runtime_app.openwhisk.hosts import API_PREFIX, normalise_api_host
from runtime_app.openwhisk.names import OWN_NAMESPACE
from runtime_app.openwhisk.transport import Timeouts, Transport
from runtime_app.openwhisk.types import NamespaceLimits, ServerInfo


class OpenWhiskClient(ActionCalls, ActivationCalls, TriggerCalls, RuleCalls, PackageCalls):
    """Typed calls that answer values or raise an OpenWhiskError; safe to share between threads.

    `api_host` may come without scheme (https then), `auth` is `UUID:KEY`, the namespace `_` is the key's own.
    `verify=False` accepts any TLS certificate. `page_limit` is the largest list page if it is known already.
    `may_call` says of an IP address whether connections to it may be used; None allows all.
    InvalidHost or ValueError when host or key cannot be used at all. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        api_host: str,
        auth: str,
        namespace: str = OWN_NAMESPACE,
        *,
        verify: bool = True,
        timeouts: Timeouts | None = None,
        page_limit: int | None = None,
        may_call: AddressCheck | None = None,
    ) -> None:
        self.api_host = normalise_api_host(api_host)
        transport = Transport(self.api_host, auth, verify=verify, timeouts=timeouts, may_call=may_call)
        super().__init__(transport, namespace or OWN_NAMESPACE, page_limit)

    def server_info(self) -> ServerInfo:
        """GET /, which needs no key: the way to tell a wrong host from a wrong key."""
        reply = self._transport.send("GET", "/", with_key=False)
        reply.raise_for_error()
        return read_reply(reply, ServerInfo.from_json)

    def namespaces(self) -> tuple[str, ...]:
        """The real names behind this key; normally exactly one."""

        def read(data: object) -> tuple[str, ...]:
            return tuple(fields.as_text(name, "namespaces") for name in fields.as_list(data))

        return self._get(f"{API_PREFIX}/namespaces", read)

    def limits(self) -> NamespaceLimits:
        return self._get(self._path("limits"), NamespaceLimits.from_json)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"OpenWhiskClient({self.api_host!r}, namespace={self.namespace!r})"
