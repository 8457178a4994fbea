"""What a person wants an action to be, and the request that makes it so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtime_app.models import Action
from runtime_app.openwhisk import ActionLimits, ActionPath, ActionSpec, Parameter, RemoteAction

PROVIDE_KEY = "provide-api-key"


class EncryptedParametersError(ValueError):
    """A change would replace values that nobody can read any more. The text is one sentence for the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDraft:
    """An action as typed. `code` None keeps what is there; `concurrency` None is the deployment's default.

    `code` is source, or base64 of an archive when `is_binary`. `provides_key` gives the running code the
    namespace's key, which `require("openwhisk")` needs. `annotations` are further ones of a new action.
    """

    path: str
    kind: str
    code: str | None
    is_binary: bool = False
    main: str = ""
    timeout_ms: int
    memory_mb: int
    logs_mb: int
    concurrency: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    provides_key: bool = False
    annotations: dict[str, Any] = field(default_factory=dict)

    @property
    def limits(self) -> ActionLimits:
        """The limits in the client's words."""
        return ActionLimits(self.timeout_ms, self.memory_mb, self.logs_mb, self.concurrency)


def checked_path(text: str) -> str:
    """`name` or `package/name` as OpenWhisk accepts it.

    Raises:
        InvalidName (a ValueError): it does not; the text is one sentence for the field.
    """
    path = ActionPath.parse(text)
    if path.namespace is not None:
        raise ValueError("Write name or package/name; the namespace is this one.")
    return path.relative


def spec_for_new(draft: ActionDraft) -> ActionSpec:
    """The request that creates the action."""
    return ActionSpec(
        kind=draft.kind,
        code=draft.code or "",
        binary=draft.is_binary,
        main=draft.main or None,
        parameters=tuple(Parameter(key, value) for key, value in draft.parameters.items()),
        annotations={**draft.annotations, PROVIDE_KEY: draft.provides_key},
        limits=draft.limits,
    )


def spec_for_change(
    draft: ActionDraft, current: RemoteAction, inherited: dict[str, Any] | None = None
) -> ActionSpec:
    """The request that makes `current` what the draft says, leaving out what is the same.

    `inherited` are the default parameters of its package, which the platform shows with its own.

    Raises:
        EncryptedParametersError: see `_parameters`.
    """
    code = current.code if draft.code is None else draft.code
    is_binary = current.binary if draft.code is None else draft.is_binary
    has_code = code is not None and not current.components
    return ActionSpec(
        kind=draft.kind if has_code else None,
        code=code,
        binary=is_binary,
        main=draft.main or None,
        image=current.image,
        parameters=_parameters(draft, current, inherited or {}),
        annotations=_annotations(draft, current),
        limits=draft.limits,
    )


def editable_parameters(action: Action, inherited: dict[str, Any] | None = None) -> dict[str, Any]:
    """The default parameters that reach `main`; those for initialisation stay as they are.

    Without those that it only inherits from its package.

    The one parameter of a sequence is the platform's own list of its components.
    """
    if action.is_sequence:
        return {}
    shown = {item["key"]: item.get("value") for item in action.parameters if not item.get("init")}
    return without_inherited(shown, inherited or {})


def without_inherited(parameters: dict[str, Any], inherited: dict[str, Any]) -> dict[str, Any]:
    """`GET` of an action in a package shows the package's parameters among its own (core Actions.scala)."""
    return {
        key: value for key, value in parameters.items() if key not in inherited or inherited[key] != value
    }


def plain_parameters(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The default parameters that a person edits: those for `init` reach only the environment."""
    return {item.key: item.value for item in parameters if not item.init}


def provides_key(annotations: dict[str, Any]) -> bool:
    """Whether the running code gets the namespace's key: without the annotation it does (Actions.scala)."""
    return annotations.get(PROVIDE_KEY, True) is not False


def _annotations(draft: ActionDraft, current: RemoteAction) -> dict[str, object] | None:
    if draft.provides_key == provides_key(current.annotations):
        return None
    return {PROVIDE_KEY: draft.provides_key}


def _parameters(
    draft: ActionDraft, current: RemoteAction, inherited: dict[str, Any]
) -> tuple[Parameter, ...] | None:
    """The whole list, for a PUT replaces it whole; None when nothing in it changed.

    Raises:
        EncryptedParametersError: something changed beside a value that the platform shows only encrypted:
            sending that back would store the encrypted text as the value.
    """
    if draft.parameters == without_inherited(plain_parameters(current.parameters), inherited):
        return None
    refuse_unreadable(current.parameters, draft.parameters)
    for_init = [item for item in current.parameters if item.init]
    return (*for_init, *(Parameter(key, value) for key, value in draft.parameters.items()))


def refuse_unreadable(shown: tuple[Parameter, ...], typed: dict[str, Any]) -> None:
    """Insist that nothing of what the platform shows encrypted would be sent back to it as a value.

    Raises:
        EncryptedParametersError: `typed` still has some of it, or there are such values for initialisation.
    """
    unreadable = [
        item.key for item in shown if item.encrypted and (item.init or typed.get(item.key) == item.value)
    ]
    if unreadable:
        raise EncryptedParametersError(
            f"The platform shows {', '.join(unreadable)} only encrypted. To change the parameters, "
            "enter the real values of these too, or remove them."
        )


def unreadable_keys(parameters: list[dict[str, Any]]) -> list[str]:
    """The names of cached parameters that the platform shows only encrypted."""
    return [item["key"] for item in parameters if item.get("encrypted")]


def about_unreadable(parameters: list[dict[str, Any]]) -> str:
    """What a form says of cached parameters that the platform shows only encrypted; empty without any."""
    unreadable = unreadable_keys(parameters)
    if not unreadable:
        return ""
    return (
        f"The platform shows {', '.join(unreadable)} only encrypted, and keeps the values while you leave "
        "all parameters as they are. To change any, enter the real values of these too, or remove them."
    )
