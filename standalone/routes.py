"""Every path the server answers, and who answers it."""

from __future__ import annotations

from standalone.handlers import (
    actions,
    activations,
    alarms,
    apis,
    docs,
    gateway,
    info,
    invoke,
    log_forwarding,
    packages,
    rules,
    triggers,
    web,
)
from standalone.http.routing import Route

NAMESPACE = "/api/v1/namespaces/{namespace}"
ACTION_PATHS = (f"{NAMESPACE}/actions/{{name}}", f"{NAMESPACE}/actions/{{package}}/{{name}}")

LOG_FORWARDING = "/runtime/namespaces/{namespace}/logForwarding"
WEB_PATH = "/api/v1/web/{namespace}/{package}/{name}/{rest*}"
API_MANAGEMENT = (
    ("POST", "createApi", apis.create_api),
    ("GET", "getApi", apis.get_api),
    ("DELETE", "deleteApi", apis.delete_api),
)

# In the order in which OpenWhisk tries methods, because its 405 tells them so.
DESCRIBED = [
    Route("GET", "/", info.system),
    Route("GET", "/ping", info.ping),
    Route("GET", "/api/v1", info.api),
    Route("GET", "/api/v1/namespaces", info.namespaces),
    Route("GET", f"{NAMESPACE}/limits", info.limits),
    Route("GET", f"{NAMESPACE}/limits/{{name}}", info.one_limit),
    Route("GET", LOG_FORWARDING, log_forwarding.get_target),
    Route("PUT", LOG_FORWARDING, log_forwarding.put_target),
    Route("GET", f"{LOG_FORWARDING}/errors", log_forwarding.get_errors),
    Route("GET", f"{NAMESPACE}/actions", actions.list_actions),
    Route("GET", f"{NAMESPACE}/actions/{{package}}/", actions.list_package_actions),
    *(Route("PUT", path, actions.put_action) for path in ACTION_PATHS),
    *(Route("GET", path, actions.get_action) for path in ACTION_PATHS),
    *(Route("DELETE", path, actions.delete_action) for path in ACTION_PATHS),
    *(Route("POST", path, invoke.invoke_action) for path in ACTION_PATHS),
    Route("GET", f"{NAMESPACE}/triggers", triggers.list_triggers),
    Route("PUT", f"{NAMESPACE}/triggers/{{name}}", triggers.put_trigger),
    Route("GET", f"{NAMESPACE}/triggers/{{name}}", triggers.get_trigger),
    Route("DELETE", f"{NAMESPACE}/triggers/{{name}}", triggers.delete_trigger),
    Route("POST", f"{NAMESPACE}/triggers/{{name}}", triggers.fire_trigger),
    Route("GET", f"{NAMESPACE}/rules", rules.list_rules),
    Route("PUT", f"{NAMESPACE}/rules/{{name}}", rules.put_rule),
    Route("GET", f"{NAMESPACE}/rules/{{name}}", rules.get_rule),
    Route("DELETE", f"{NAMESPACE}/rules/{{name}}", rules.delete_rule),
    Route("POST", f"{NAMESPACE}/rules/{{name}}", rules.set_rule_status),
    Route("GET", f"{NAMESPACE}/packages", packages.list_packages),
    Route("PUT", f"{NAMESPACE}/packages/{{name}}", packages.put_package),
    Route("GET", f"{NAMESPACE}/packages/{{name}}", packages.get_package),
    Route("DELETE", f"{NAMESPACE}/packages/{{name}}", packages.delete_package),
    Route("GET", f"{NAMESPACE}/activations", activations.list_activations),
    Route("GET", f"{NAMESPACE}/activations/{{id}}", activations.get_activation),
    Route("GET", f"{NAMESPACE}/activations/{{id}}/result", activations.get_result),
    Route("GET", f"{NAMESPACE}/activations/{{id}}/logs", activations.get_logs),
    Route("PUT", "/standalone/alarms/{namespace}/{name}", alarms.put_alarm),
    Route("PATCH", "/standalone/alarms/{namespace}/{name}", alarms.change_alarm),
    Route("GET", "/standalone/alarms/{namespace}/{name}", alarms.get_alarm),
    Route("DELETE", "/standalone/alarms/{namespace}/{name}", alarms.delete_alarm),
    *(
        Route(method, f"/api/v1/web/whisk.system/apimgmt/{name}{ending}", handler)
        for method, name, handler in API_MANAGEMENT
        for ending in ("", ".http")
    ),
    *(Route(method, "/gateway/{namespace}/{rest*}", gateway.gateway) for method in web.METHODS),
    *(Route(method, WEB_PATH, web.web_action) for method in web.METHODS),
]

ROUTES = [*DESCRIBED, *docs.routes_about(DESCRIBED)]
