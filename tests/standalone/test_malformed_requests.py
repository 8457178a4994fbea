"""Whatever is sent, the server answers in its own form: no 500, no hang, no stack trace."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.standalone.client import Client

EXAMPLES = 150
ANSWER_SECONDS = 60
FIELDS = [
    "exec", "kind", "code", "main", "components", "parameters", "annotations", "key", "value", "limits",
    "timeout", "memory", "concurrency", "publish", "version", "trigger", "action", "status", "binding",
    "namespace", "name", "delAnnotations", "init", "apidoc", "swagger", "gatewayPath", "gatewayBasePath",
    "gatewayMethod", "apiName", "basePath", "paths", "info", "instances", "parameters", "cron", "timezone",
    "date", "minutes", "startDate", "trigger_payload", "components",
]  # fmt: skip
VALUES = [
    "nodejs:default",
    "sequence",
    "/_/fuzz",
    "/guest/fuzz",
    "function main() {}",
    "1.2.3",
    "\ud800",
    "\0",
]
PARAMETERS = [
    "limit", "skip", "since", "upto", "name", "count", "docs", "blocking", "result", "timeout", "overwrite",
]  # fmt: skip

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
scalars = plain | st.sampled_from(VALUES)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=12,
)
names = st.sampled_from(["fuzz", "fuzz/inner", "fuzz/", "..", "_", " ", "createApi", "bell"]) | st.text(
    min_size=1, max_size=20
)
places = st.sampled_from(
    ["api/v1/namespaces/_/actions", "api/v1/namespaces/_/triggers", "api/v1/namespaces/_/rules",
     "api/v1/namespaces/_/packages", "api/v1/namespaces/_/activations", "api/v1/namespaces/other/actions",
     "api/v1/web/guest/default", "api/v1/web/whisk.system/apimgmt", "standalone/alarms/_", "gateway/guest"]
)  # fmt: skip
queries = st.dictionaries(
    st.sampled_from(PARAMETERS), st.sampled_from(["true", "0", "-1", "x", "9" * 30, "a/b/c", ""]) | st.text()
)
bodies = documents.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)
types = st.sampled_from(["application/json", "application/json", "text/plain", "", "a/b; c"])


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]),
    place=places,
    name=names,
    query=queries,
    body=bodies,
    media_type=types,
)
def test_every_answer_has_the_documented_form(
    client: Client, method: str, place: str, name: str, query: dict[str, str], body: bytes, media_type: str
) -> None:
    path = quote(name, safe="/", errors="replace")
    pairs = "&".join(f"{key}={quote(value, errors='replace')}" for key, value in query.items())
    answer = client.request(
        method,
        f"{client.server.url}/{place}/{path}?{pairs}",
        data=body,
        headers={"Content-Type": media_type},
        timeout=ANSWER_SECONDS,
    )
    assert answer.status_code < 500 or answer.status_code == 502, answer.text
    assert "Traceback" not in answer.text
    if 400 <= answer.status_code < 500:
        told: dict[str, Any] = answer.json()
        assert set(told) == {"error", "code"}
        assert isinstance(told["error"], str)
        assert answer.headers["X-Request-ID"] == told["code"]
