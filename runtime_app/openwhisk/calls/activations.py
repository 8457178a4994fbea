"""Calls on activations: reads only (docs/rest_api.md, Activations; core Activations.scala)."""

from __future__ import annotations

from collections.abc import Iterator

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.calls.base import Calls, readable
from runtime_app.openwhisk.errors import SummariesOnly
from runtime_app.openwhisk.names import quote_name
from runtime_app.openwhisk.types import ActivationResult, ActivationSummary, RemoteActivation

COLLECTION = "activations"


class ActivationCalls(Calls):
    """`name` filters by `action` or `pkg/action`. `since_ms` and `upto_ms` bound the start, inclusively."""

    def get_activation(self, activation_id: str) -> RemoteActivation:
        """NotFound until it has ended and been stored; the same for an id that never was or has expired."""
        return self._get(self._activation(activation_id), RemoteActivation.from_json)

    def activation_logs(self, activation_id: str) -> tuple[str, ...]:
        def read(data: object) -> tuple[str, ...]:
            return fields.texts(fields.as_object(data), "logs")

        return self._get(f"{self._activation(activation_id)}/logs", read)

    def activation_result(self, activation_id: str) -> ActivationResult:
        return self._get(f"{self._activation(activation_id)}/result", ActivationResult.from_json)

    def list_activations(
        self,
        *,
        name: str | None = None,
        limit: int | None = None,
        skip: int = 0,
        since_ms: int | None = None,
        upto_ms: int | None = None,
    ) -> list[ActivationSummary]:
        """One page, newest start first; `limit` None is the largest page the server accepts.

        Items that cannot be read are logged and left out: page by `iter_…`, not by the length of this.
        """
        params = _filters(name, since_ms, upto_ms) | {"skip": str(skip)}
        return self._page(self._path(COLLECTION), limit, params, readable(ActivationSummary.from_json))

    def list_full_activations(
        self,
        *,
        name: str | None = None,
        limit: int | None = None,
        skip: int = 0,
        since_ms: int | None = None,
        upto_ms: int | None = None,
    ) -> list[RemoteActivation]:
        """The same with whole records, results and logs included.

        Raises:
            SummariesOnly: the server takes no notice of `docs`.
        """
        params = _filters(name, since_ms, upto_ms) | {"skip": str(skip), "docs": "true"}
        return self._page(self._path(COLLECTION), limit, params, _whole_records)

    def iter_activations(
        self, *, name: str | None = None, since_ms: int | None = None, upto_ms: int | None = None
    ) -> Iterator[ActivationSummary]:
        """All activations of the window, newest start first, each once."""
        params = _filters(name, since_ms, upto_ms)
        return self._pages(self._path(COLLECTION), params, readable(ActivationSummary.from_json), _id)

    def iter_full_activations(
        self, *, name: str | None = None, since_ms: int | None = None, upto_ms: int | None = None
    ) -> Iterator[RemoteActivation]:
        """The same with whole records.

        Raises:
            SummariesOnly: the server takes no notice of `docs`.
        """
        params = _filters(name, since_ms, upto_ms) | {"docs": "true"}
        return self._pages(self._path(COLLECTION), params, _whole_records, _id)

    def count_activations(
        self, *, name: str | None = None, since_ms: int | None = None, upto_ms: int | None = None
    ) -> int:
        return self._count(self._path(COLLECTION), COLLECTION, _filters(name, since_ms, upto_ms))

    def _activation(self, activation_id: str) -> str:
        return self._path(f"{COLLECTION}/{quote_name(activation_id)}")


def _filters(name: str | None, since_ms: int | None, upto_ms: int | None) -> dict[str, str]:
    filters = {"name": name, "since": since_ms, "upto": upto_ms}
    return {key: str(value) for key, value in filters.items() if value is not None}


def _whole_records(data: object) -> list[RemoteActivation]:
    items = fields.as_list(data)
    if items and all(isinstance(item, dict) and "response" not in item for item in items):
        raise SummariesOnly("The runtime names activations in its lists, but leaves their results out.")
    return readable(RemoteActivation.from_json)(items)


def _id(activation: ActivationSummary | RemoteActivation) -> str:
    return activation.activation_id
