"""Actions as the API shows them, and what a PUT of one needs.

Sources: docs/rest_api.md, Actions; core WhiskAction.scala.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime_app.openwhisk import fields
from runtime_app.openwhisk.fields import JsonObject

DEFAULT_TIMEOUT_MS = 60_000
DEFAULT_MEMORY_MB = 256
DEFAULT_LOGS_MB = 10


@dataclass(frozen=True, slots=True)
class ActionLimits:
    """What one activation may use. `concurrency` None leaves the deployment's own default in a PUT."""

    timeout_ms: int = DEFAULT_TIMEOUT_MS
    memory_mb: int = DEFAULT_MEMORY_MB
    logs_mb: int = DEFAULT_LOGS_MB
    concurrency: int | None = None

    @classmethod
    def from_json(cls, data: object) -> ActionLimits:
        """Read `{"timeout","memory","logs","concurrency"}`; absent ones are OpenWhisk's defaults."""
        limits = fields.as_object(data, "limits")
        given = {
            "timeout_ms": fields.optional_int(limits, "timeout"),
            "memory_mb": fields.optional_int(limits, "memory"),
            "logs_mb": fields.optional_int(limits, "logs"),
            "concurrency": fields.optional_int(limits, "concurrency"),
        }
        return cls(**{name: value for name, value in given.items() if value is not None})

    def to_json(self) -> JsonObject:
        body: JsonObject = {"timeout": self.timeout_ms, "memory": self.memory_mb, "logs": self.logs_mb}
        if self.concurrency is not None:
            body["concurrency"] = self.concurrency
        return body


@dataclass(frozen=True, slots=True)
class Parameter:
    """A default parameter. `init` ones reach the environment only; `encrypted` values are not readable."""

    key: str
    value: object = None
    init: bool = False
    encrypted: bool = False

    @classmethod
    def from_json(cls, data: object) -> Parameter:
        item = fields.as_object(data, "parameters")
        encryption = item.get("encryption")
        return cls(
            fields.text(item, "key"), item.get("value"), fields.flag(item, "init"), encryption is not None
        )

    def to_json(self) -> JsonObject:
        body: JsonObject = {"key": self.key, "value": self.value}
        if self.init:
            body["init"] = True
        return body


def parameters_from(data: JsonObject) -> tuple[Parameter, ...]:
    return tuple(Parameter.from_json(item) for item in fields.optional_list(data, "parameters"))


def split_namespace(data: JsonObject) -> tuple[str, str | None]:
    """An entity in a package shows `guest/pkg` as its namespace."""
    namespace, _, package = fields.text(data, "namespace").partition("/")
    return namespace, package or None


def relative_path(package: str | None, name: str) -> str:
    return f"{package}/{name}" if package else name


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAction:
    """One action, read whole. `code` is None when it was not asked for; base64 text when `binary`."""

    namespace: str
    package: str | None
    name: str
    version: str
    kind: str
    code: str | None
    binary: bool
    main: str | None
    parameters: tuple[Parameter, ...]
    annotations: JsonObject
    limits: ActionLimits
    updated_ms: int | None
    publish: bool
    components: tuple[str, ...] = ()
    image: str | None = None

    @classmethod
    def from_json(cls, data: object) -> RemoteAction:
        """Read the answer of GET, PUT or DELETE /actions/NAME; raise ShapeError on wrong types."""
        action = fields.as_object(data)
        code = fields.as_object(action.get("exec"), "exec")
        namespace, package = split_namespace(action)
        return cls(
            namespace=namespace,
            package=package,
            name=fields.text(action, "name"),
            version=fields.text(action, "version"),
            kind=fields.text(code, "kind"),
            code=fields.optional_text(code, "code"),
            binary=fields.flag(code, "binary"),
            main=fields.optional_text(code, "main"),
            parameters=parameters_from(action),
            annotations=fields.annotation_map(action),
            limits=ActionLimits.from_json(fields.optional_object(action, "limits")),
            updated_ms=fields.optional_epoch_ms(action, "updated"),
            publish=fields.flag(action, "publish"),
            components=fields.texts(code, "components"),
            image=fields.optional_text(code, "image"),
        )

    @property
    def path(self) -> str:
        """`pkg/name`, or `name` in the default package."""
        return relative_path(self.package, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSummary:
    """One row of GET /actions. Lists carry the kind only in the `exec` annotation."""

    namespace: str
    package: str | None
    name: str
    version: str
    kind: str | None
    annotations: JsonObject
    limits: ActionLimits
    updated_ms: int | None
    publish: bool

    @classmethod
    def from_json(cls, data: object) -> ActionSummary:
        action = fields.as_object(data)
        namespace, package = split_namespace(action)
        annotations = fields.annotation_map(action)
        return cls(
            namespace=namespace,
            package=package,
            name=fields.text(action, "name"),
            version=fields.text(action, "version"),
            kind=fields.optional_text(annotations, "exec"),
            annotations=annotations,
            limits=ActionLimits.from_json(fields.optional_object(action, "limits")),
            updated_ms=fields.optional_epoch_ms(action, "updated"),
            publish=fields.flag(action, "publish"),
        )

    @property
    def path(self) -> str:
        """`pkg/name`, or `name` in the default package."""
        return relative_path(self.package, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """What a person wants an action to be. What is None is left out, and an update then keeps the old value.

    An update merges annotations by key and replaces the whole parameter list (core Actions.scala).
    OpenWhisk has no conditional PUT: whoever must not overwrite a colleague's change compares `version`.
    """

    kind: str | None = None
    code: str | None = None
    main: str | None = None
    binary: bool = False
    components: tuple[str, ...] = ()
    image: str | None = None
    parameters: tuple[Parameter, ...] | None = None
    annotations: JsonObject | None = None
    remove_annotations: tuple[str, ...] = field(default=())
    limits: ActionLimits | None = None

    def to_json(self) -> JsonObject:
        """The body of PUT /actions/NAME."""
        body: JsonObject = {}
        if self.kind is not None:
            body["exec"] = self._exec()
        if self.parameters is not None:
            body["parameters"] = [parameter.to_json() for parameter in self.parameters]
        if self.annotations is not None:
            body["annotations"] = fields.annotation_list(self.annotations)
        if self.remove_annotations:
            body["delAnnotations"] = list(self.remove_annotations)
        if self.limits is not None:
            body["limits"] = self.limits.to_json()
        return body

    def _exec(self) -> JsonObject:
        if self.kind == "sequence":
            return {"kind": "sequence", "components": list(self.components)}
        code: JsonObject = {"kind": self.kind, "binary": self.binary}
        optional = {"code": self.code, "main": self.main, "image": self.image}
        return code | {key: value for key, value in optional.items() if value}
