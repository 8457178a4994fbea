"""Whatever a server sends, reading it ends in a value or in our own error, never in another exception."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.openwhisk import (
    ActionSummary,
    ActivationSummary,
    BadReply,
    NamespaceLimits,
    OpenWhiskError,
    RemoteAction,
    RemoteActivation,
    RemotePackage,
    RemoteRule,
    RemoteTrigger,
)
from runtime_app.openwhisk.calls.base import read_reply
from runtime_app.openwhisk.replies import Reply
from tests.openwhisk import documents

URL = "http://whisk.test/api/v1/x"
SAMPLES: list[tuple[Callable[[object], Any], dict[str, Any]]] = [
    (RemoteAction.from_json, documents.action()),
    (ActionSummary.from_json, documents.action_item()),
    (RemoteActivation.from_json, documents.activation()),
    (RemoteActivation.from_json, documents.trigger_activation()),
    (ActivationSummary.from_json, documents.activation_item()),
    (RemoteTrigger.from_json, documents.trigger()),
    (RemoteRule.from_json, documents.rule()),
    (RemotePackage.from_json, documents.package()),
    (NamespaceLimits.from_json, {"maxParameterSize": "1048576 B", "maxActionTimeout": 300_000}),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("read", "sample"), SAMPLES)
@given(data=st.data())
def test_a_field_of_any_other_type_is_tolerated_or_a_bad_reply(
    read: Callable[[object], Any], sample: dict[str, Any], data: st.DataObject
) -> None:
    document = json.loads(json.dumps(sample))
    place: Any = document
    key: Any = data.draw(st.sampled_from(sorted(document)))
    while data.draw(st.booleans()) and isinstance(place[key], dict | list) and place[key]:
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(json_values)
    with contextlib.suppress(BadReply):
        read_reply(Reply("GET", URL, 200, {}, json.dumps(document).encode()), read)


@given(body=st.binary(), status=st.integers(200, 599))
def test_any_bytes_with_any_status_are_a_value_or_our_error(body: bytes, status: int) -> None:
    reply = Reply("POST", URL, status, {}, body)
    with contextlib.suppress(OpenWhiskError):
        reply.raise_for_error()
        reply.json()


@given(cut=st.integers(0, 600))
def test_a_record_that_is_cut_off_anywhere_is_a_bad_reply(cut: int) -> None:
    whole = json.dumps(documents.activation()).encode()
    body = whole[: min(cut, len(whole) - 1)]
    with pytest.raises(BadReply):
        read_reply(Reply("GET", URL, 200, {}, body), RemoteActivation.from_json)
