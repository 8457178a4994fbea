"""Every path the server answers, and who answers it."""

from __future__ import annotations

from standalone.handlers import actions, activations, info, invoke
from standalone.http.routing import Route

NAMESPACE = "/api/v1/namespaces/{namespace}"
ACTION_PATHS = (f"{NAMESPACE}/actions/{{name}}", f"{NAMESPACE}/actions/{{package}}/{{name}}")

ROUTES = [
    Route("GET", "/", info.system),
    Route("GET", "/ping", info.ping),
    Route("GET", "/api/v1", info.api),
    Route("GET", "/api/v1/namespaces", info.namespaces),
    Route("GET", f"{NAMESPACE}/limits", info.limits),
    Route("GET", "/runtime/namespaces/{namespace}/logForwarding", info.log_forwarding),
    Route("GET", f"{NAMESPACE}/actions", actions.list_actions),
    *(Route("GET", path, actions.get_action) for path in ACTION_PATHS),
    *(Route("PUT", path, actions.put_action) for path in ACTION_PATHS),
    *(Route("DELETE", path, actions.delete_action) for path in ACTION_PATHS),
    *(Route("POST", path, invoke.invoke_action) for path in ACTION_PATHS),
    Route("GET", f"{NAMESPACE}/activations", activations.list_activations),
    Route("GET", f"{NAMESPACE}/activations/{{id}}", activations.get_activation),
    Route("GET", f"{NAMESPACE}/activations/{{id}}/result", activations.get_result),
    Route("GET", f"{NAMESPACE}/activations/{{id}}/logs", activations.get_logs),
]
