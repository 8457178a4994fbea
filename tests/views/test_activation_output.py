"""Result and logs on the page of one activation: any shape, any size, and nothing of them runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from runtime_app.models import Namespace, Origin, Status
from tests.factories import make_activation
from tests.views.test_activation import address, page

pytestmark = pytest.mark.django_db


def test_the_result_is_a_tree(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, make_activation(namespace, result={"greeting": "Hello"}, size=20))
    assert '<span class="json-tree__key">greeting</span>' in html
    assert "Hello" in html


@pytest.mark.parametrize(
    "result", [None, "text", 7, [], [1, [2, {"a": []}]], {"": {"": None}}, "\ud800\x00", {"\u202e": "\udfff"}]
)
def test_any_json_can_be_a_result(viewer: Client, namespace: Namespace, result: Any) -> None:
    activation = make_activation(namespace, result=result, size=10)
    assert "json-tree" in page(viewer, activation)
    downloaded = viewer.get(address(activation, "download/result/"))
    assert json.loads(downloaded.content) == result or "\ufffd" not in downloaded.content.decode()


def test_deep_nesting_breaks_nothing(viewer: Client, namespace: Namespace) -> None:
    deep: Any = "bottom"
    for _ in range(400):
        deep = [deep]
    activation = make_activation(namespace, result=deep, size=810)
    assert "nested too deeply" in page(viewer, activation)
    assert viewer.get(address(activation, "download/result/")).status_code == 200


def test_a_long_result_is_offered_as_a_file_and_not_put_into_the_page(
    viewer: Client, namespace: Namespace
) -> None:
    text = "x" * 1_000_000
    activation = make_activation(namespace, result={"items": [text]}, size=1_000_020)
    html = page(viewer, activation)
    assert len(html) < 60_000
    assert "976.6 KB" in html or "977 KB" in html
    file = viewer.get(address(activation, "download/result/"))
    assert json.loads(file.content) == {"items": [text]}
    assert file["Content-Disposition"].startswith("attachment")


def test_logs_of_a_launch_that_may_never_have_run_are_not_said_to_be_empty(
    viewer: Client, namespace: Namespace
) -> None:
    assert "It wrote nothing." in page(viewer, make_activation(namespace))
    lost = page(viewer, make_activation(namespace, Status.UNKNOWN))
    assert "It wrote nothing." not in lost
    assert "None: there is no record of a run." in lost


def test_hostile_output_is_escaped(viewer: Client, namespace: Namespace) -> None:
    evil = "<script>alert(1)</script>"
    activation = make_activation(
        namespace,
        Status.APPLICATION_ERROR,
        error=evil,
        result={evil: evil},
        logs=[f"2026-01-01T00:00:00.000000000Z stdout: {evil}", evil],
        parameters={evil: evil},
    )
    assert evil not in page(viewer, activation)


def test_log_lines_have_a_stream_and_a_time(viewer: Client, namespace: Namespace) -> None:
    logs = ["2026-01-01T10:20:30.123456789Z stderr: oh no", "no form at all"]
    html = page(viewer, make_activation(namespace, logs=logs))
    assert '<li id="L1" class="log__stderr">' in html
    assert "10:20:30.123" in html
    assert ">oh no<" in html
    assert ">no form at all<" in html


def test_long_logs_come_in_pieces(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, logs=[f"line {number}" for number in range(1, 1201)])
    html = page(viewer, activation)
    assert ">line 500<" in html
    assert ">line 501<" not in html
    middle = viewer.get(address(activation, "logs/?start=500")).content.decode()
    assert ">line 501<" in middle
    assert "start=1000" in middle
    last = viewer.get(address(activation, "logs/?start=1000")).content.decode()
    assert ">line 1200<" in last
    assert "More lines" not in last


def test_ten_megabytes_of_logs_make_a_small_page(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, logs=["y" * 1_000_000] * 10)
    assert len(page(viewer, activation)) < 100_000
    assert len(viewer.get(address(activation, "download/logs/")).content) == 10_000_010


@pytest.mark.parametrize("logs", [None, {}, "text", [None, 3, {"statusCode": 0}]])
def test_logs_of_another_shape_break_nothing(viewer: Client, namespace: Namespace, logs: Any) -> None:
    page(viewer, make_activation(namespace, logs=[] if logs is None else logs))


def test_a_missing_payload_breaks_nothing(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, payload=False)
    assert "was not kept" in page(viewer, activation)
    assert viewer.get(address(activation, "download/result/")).status_code == 404
    assert viewer.get(address(activation, "logs/")).status_code == 404


def test_a_trigger_s_record_breaks_nothing(viewer: Client, namespace: Namespace) -> None:
    log = json.dumps({"statusCode": 0, "success": True, "activationId": "a" * 32, "rule": "guest/r"})
    activation = make_activation(
        namespace,
        kind="",
        origin=Origin.ELSEWHERE,
        duration_ms=None,
        ended_at=None,
        wait_ms=None,
        logs=[log],
        result={"a": 1},
    )
    assert "a" * 32 in page(viewer, activation)
