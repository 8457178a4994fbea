"""Activation records and receipts (docs/rest_api.md, Activations; core WhiskActivation.scala)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.fields import JsonObject, ShapeError
from runtime_app.openwhisk.names import is_activation_id
from runtime_app.openwhisk.types.actions import ActionLimits

# Index = the numeric statusCode of list items (core ActivationResponse.scala).
STATUSES = ("success", "application error", "action developer error", "whisk internal error")


def activation_id_of(data: JsonObject) -> str:
    activation_id = fields.text(data, "activationId")
    if not is_activation_id(activation_id):
        raise ShapeError(f"“activationId” is no activation id: {activation_id[:80]!r}")
    return activation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationBase:
    """What list items and full records share. Times are epoch milliseconds by the server's clock."""

    activation_id: str
    namespace: str
    name: str
    version: str
    start_ms: int
    end_ms: int | None
    duration_ms: int | None
    annotations: JsonObject
    cause: str | None

    @property
    def path(self) -> str:
        """`pkg/name` or `name`: the `path` annotation without its namespace; a trigger has its name only.

        What was called through a binding has the binding's name, as the platform lists it: the `path` tells
        the package behind it (core ArtifactActivationStore, ContainerProxy.scala).
        """
        path, binding = self.annotations.get("path"), self.annotations.get("binding")
        if isinstance(binding, str) and "/" in binding:
            return f"{binding.partition('/')[2]}/{self.name}"
        return path.partition("/")[2] if isinstance(path, str) and "/" in path else self.name

    @property
    def kind(self) -> str | None:
        """The runtime kind, `sequence`, or None for a trigger."""
        kind = self.annotations.get("kind")
        return kind if isinstance(kind, str) else None

    @property
    def is_trigger(self) -> bool:
        """Only triggers have neither an end nor a kind."""
        return self.end_ms is None and self.kind is None

    @property
    def timed_out(self) -> bool:
        """The annotation decides: deployments differ in the status they give a timeout."""
        return self.annotations.get("timeout") is True

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds between acceptance and start of execution."""
        return plausible_int(self.annotations, "waitTime")

    @property
    def init_ms(self) -> int | None:
        """Milliseconds of initialisation; None on a warm start."""
        return plausible_int(self.annotations, "initTime")

    @property
    def limits(self) -> ActionLimits | None:
        """The limits as they were at run time; None where the record does not say, or says nonsense."""
        try:
            return ActionLimits.from_json(self.annotations.get("limits"))
        except ShapeError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationSummary(ActivationBase):
    """One row of GET /activations. `status_code` is 0 to 3, None for triggers."""

    status_code: int | None

    @classmethod
    def from_json(cls, data: object) -> ActivationSummary:
        item = fields.as_object(data)
        end_ms, duration_ms = _end_and_duration(item)
        return cls(
            activation_id=activation_id_of(item),
            namespace=fields.text(item, "namespace"),
            name=fields.text(item, "name"),
            version=fields.optional_text(item, "version") or "",
            start_ms=fields.epoch_ms(item, "start"),
            end_ms=end_ms,
            duration_ms=duration_ms,
            annotations=fields.annotation_map(item),
            cause=fields.optional_text(item, "cause"),
            status_code=plausible_int(item, "statusCode"),
        )

    @property
    def status(self) -> str | None:
        """The words of a full record for this status code; an unheard-of code is the platform's fault."""
        if self.status_code is None:
            return None
        return STATUSES[min(self.status_code, len(STATUSES) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActivation(ActivationBase):
    """One finished activation, whole.

    `status` is normally one of STATUSES; another text is kept as it came. The `logs` of a sequence are
    activation ids, those of a trigger one JSON text for each rule (see RuleOutcome).
    """

    status: str
    success: bool
    result: object
    size: int | None
    logs: tuple[str, ...]
    subject: str

    @classmethod
    def from_json(cls, data: object) -> RemoteActivation:
        """Read GET /activations/ID, an item of docs=true, or a blocking answer; or raise ShapeError."""
        record = fields.as_object(data)
        response = fields.as_object(record.get("response"), "response")
        end_ms, duration_ms = _end_and_duration(record)
        return cls(
            activation_id=activation_id_of(record),
            namespace=fields.text(record, "namespace"),
            name=fields.text(record, "name"),
            version=fields.optional_text(record, "version") or "",
            start_ms=fields.epoch_ms(record, "start"),
            end_ms=end_ms,
            duration_ms=duration_ms,
            annotations=fields.annotation_map(record),
            cause=fields.optional_text(record, "cause"),
            status=fields.text(response, "status"),
            success=fields.flag(response, "success"),
            result=response.get("result"),
            size=plausible_int(response, "size"),
            logs=fields.texts(record, "logs"),
            subject=fields.optional_text(record, "subject") or "",
        )


def _end_and_duration(data: JsonObject) -> tuple[int | None, int | None]:
    """Some stores write `end: 0` for triggers, which never end.

    A missing or absurd duration is end − start; None when that is absurd too, as after a clock's jump.
    """
    end_ms = fields.optional_epoch_ms(data, "end") or None
    if end_ms is None:
        return None, None
    counted: JsonObject = {"duration": end_ms - fields.epoch_ms(data, "start")}
    duration_ms = plausible_int(data, "duration")
    return end_ms, plausible_int(counted, "duration") if duration_ms is None else duration_ms


def plausible_int(data: JsonObject, key: str) -> int | None:
    """The number at `key`, or None: nonsense in a detail must not cost the record."""
    try:
        return fields.optional_int(data, key)
    except ShapeError:
        return None


@dataclass(frozen=True, slots=True)
class ActivationResult:
    """GET /activations/ID/result."""

    result: object
    success: bool
    status: str
    size: int | None

    @classmethod
    def from_json(cls, data: object) -> ActivationResult:
        body = fields.as_object(data)
        return cls(
            body.get("result"),
            fields.flag(body, "success"),
            fields.text(body, "status"),
            plausible_int(body, "size"),
        )


@dataclass(frozen=True, slots=True)
class InvokeReceipt:
    """What a launch answered.

    `record` is set when a blocking call ended within its wait. A result that is a JSON array comes bare,
    without its record (core Actions.scala): then `bare_result` holds the only copy.
    """

    activation_id: str
    record: RemoteActivation | None = None
    bare_result: list[object] | None = None


@dataclass(frozen=True, slots=True)
class FireReceipt:
    """What firing a trigger answered. No id when no rule was active: nothing will happen."""

    activation_id: str | None


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule's line in the logs of a trigger's activation (core Triggers.scala)."""

    rule: str
    action: str
    success: bool
    activation_id: str | None
    error: str | None

    @classmethod
    def from_log_line(cls, line: str) -> RuleOutcome:
        """Read one line; `rule` and `action` begin with the namespace. Raise ShapeError for other text."""
        try:
            data = fields.as_object(json.loads(line), "the log line")
        except (ValueError, RecursionError) as exc:
            raise ShapeError(f"a trigger's log line is no rule outcome: {line[:80]!r}") from exc
        return cls(
            rule=fields.text(data, "rule"),
            action=fields.text(data, "action"),
            success=fields.flag(data, "success"),
            activation_id=activation_id_of(data) if data.get("activationId") is not None else None,
            error=fields.optional_text(data, "error"),
        )
