"""What the gateway calls for each operation of an API: the part `x-ibm-configuration` of its document.

The server itself finds the action by `x-openwhisk`; only an action's secret stands here alone.
Source: core/routemgmt/common/apigw-utils.js.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

Document = dict[str, Any]
CONFIGURATION = "x-ibm-configuration"
SWITCH = "operation-switch"
AUTH_VARIABLE = "message.headers.X-Require-Whisk-Auth"


def new_configuration() -> Document:
    return {"assembly": {}, "cors": {"enabled": True}}


def with_invocation(document: Document, operation_id: str, target_url: str, secret: Any) -> Document:
    """Let the operation call the URL, with the action's secret if it has one."""
    execute: list[Document] = [{"invoke": {"target-url": target_url, "verb": "keep"}}]
    if secret:
        execute.append({"set-variable": {"actions": [{"set": AUTH_VARIABLE, "value": secret}]}})
    others = [case for case in _cases(document) if operation_id not in _operations(case)]
    return _with_cases(document, [*others, {"operations": [operation_id], "execute": execute}])


def without_invocations(document: Document, kept: Collection[str]) -> Document:
    """Forget what is called for operations that the document no longer has."""
    cases = _cases(document)
    left = [case for case in cases if any(operation in kept for operation in _operations(case))]
    return document if left == cases else _with_cases(document, left)


def secret_of(document: Document, operation_id: str) -> str | None:
    for case in _cases(document):
        if operation_id in _operations(case):
            return next((str(action.get("value")) for action in _secrets(case)), None)
    return None


def _secrets(case: Document) -> Iterator[Document]:
    for step in _objects(case.get("execute")):
        for action in _objects(_object(step.get("set-variable")).get("actions")):
            if action.get("set") == AUTH_VARIABLE:
                yield action


def _with_cases(document: Document, cases: list[Document]) -> Document:
    configuration = _object(document.get(CONFIGURATION))
    steps = [step for step in _steps(document) if SWITCH not in step]
    assembly = {**_object(configuration.get("assembly")), "execute": [*steps, {SWITCH: {"case": cases}}]}
    return {**document, CONFIGURATION: {**configuration, "assembly": assembly}}


def _cases(document: Document) -> list[Document]:
    switches = [_object(step.get(SWITCH)) for step in _steps(document)]
    return [case for switch in switches for case in _objects(switch.get("case"))]


def _steps(document: Document) -> list[Document]:
    assembly = _object(document.get(CONFIGURATION)).get("assembly")
    return _objects(_object(assembly).get("execute"))


def _operations(case: Document) -> list[Any]:
    operations = case.get("operations")
    return operations if isinstance(operations, list) else []


# A client may have written anything here.


def _object(value: Any) -> Document:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Document]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
