"""The page of one activation, whatever state it is in and whatever came back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, Origin, Role, Status
from runtime_app.services.collecting.jobs import FEW
from tests.factories import make_action, make_activation, make_namespace, make_user, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.fixture
def viewer(client: Client, namespace: Namespace) -> Client:
    client.force_login(member(namespace))
    return client


def address(activation: Activation, rest: str = "") -> str:
    return f"/n/{activation.namespace.slug}/activations/{activation.pk}/{rest}"


def page(client: Client, activation: Activation) -> str:
    answer = client.get(address(activation))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("status", list(Status))
def test_every_state_explains_itself(viewer: Client, namespace: Namespace, status: Status) -> None:
    html = page(viewer, make_activation(namespace, status))
    assert status.label in html
    assert status.explanation in html


@pytest.mark.parametrize("status", list(Status))
def test_a_fire_is_called_a_fire(viewer: Client, namespace: Namespace, status: Status) -> None:
    html = page(viewer, make_activation(namespace, status, kind="trigger", started_at=None))
    head, facts = html[html.index("<h1>") :], html[html.index('id="facts-title"') :]
    assert status.explanation_of_fire in head
    assert "<dt>Fired by</dt>" in facts
    assert "aunch" not in head[: head.index("</header>")]


def test_what_a_rule_has_started_says_so_once(viewer: Client, namespace: Namespace) -> None:
    fire = make_activation(namespace, kind="trigger", action_path="upload")
    started = make_activation(namespace, fired_by=fire, rule_name="upload-resize")
    html = page(viewer, started)
    facts = html[html.index('id="facts-title"') :]
    assert facts.count("upload-resize") == 2  # In words, and beside the launcher's picture.
    assert f"/activations/{fire.pk}/trace/" in facts


def test_start_and_end_are_told_by_the_clock(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, make_activation(namespace))
    facts = html[html.index('id="facts-title"') :]
    assert facts.count("data-clock") == 3
    assert facts.count("data-relative") == 1


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


def test_a_pending_one_says_when_it_ends_and_when_it_is_asked_for(
    viewer: Client, namespace: Namespace
) -> None:
    for _ in range(3):
        make_activation(
            namespace, duration_ms=60_000, wait_ms=0, listed_at=timezone.now() - timedelta(days=1)
        )
    html = page(viewer, make_activation(namespace, Status.PENDING, polls=7))
    assert "Asked 7 times" in html
    assert "The last 3 successful runs took 1m 00s" in html
    assert 'data-title-state="pending"' in html


def test_the_facts_count_on_while_it_is_under_way(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace, Status.PENDING, polls=7)
    assert 'hx-trigger="every 5s"' in page(viewer, activation)
    Activation.objects.filter(pk=activation.pk).update(polls=8)
    assert "Asked 8 times" in viewer.get(address(activation, "facts/")).content.decode()
    assert activation.report(Status.SUCCESS)
    assert "every 5s" not in viewer.get(address(activation, "facts/")).content.decode()


def test_one_of_a_crowd_is_asked_for_with_the_others(viewer: Client, namespace: Namespace) -> None:
    crowd = [make_activation(namespace, Status.PENDING, polls=7) for _ in range(FEW + 1)]
    html = page(viewer, crowd[0])
    assert "Asked for together with the others that run here" in html
    assert "7 times" not in html
    assert crowd[1].report(Status.SUCCESS)
    assert "Asked 7 times" in viewer.get(address(crowd[0], "facts/")).content.decode()


def test_without_a_history_nothing_is_predicted(viewer: Client, namespace: Namespace) -> None:
    assert "successful run" not in page(viewer, make_activation(namespace, Status.PENDING))


def test_a_cold_start_is_marked(viewer: Client, namespace: Namespace) -> None:
    assert "Cold start" in page(viewer, make_activation(namespace, init_ms=210))


def test_it_can_be_read_in_a_terminal(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace)
    html = page(viewer, activation)
    assert f"aio rt activation get {activation.activation_id}" in html
    assert f"{namespace.api_host}/api/v1/namespaces/_/activations/{activation.activation_id}" in html
    assert namespace.auth not in html


def test_htmx_gets_the_body_only(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace)
    part = viewer.get(address(activation), headers={"HX-Request": "true"}).content.decode()
    assert part.count(f'id="activation-body-{activation.pk}"') == 1
    assert "<html" not in part


def test_the_way_back_keeps_the_filters(viewer: Client, namespace: Namespace) -> None:
    activation = make_activation(namespace)
    history = f"/n/{namespace.slug}/activations/"
    came_from = f"http://testserver{history}?status=success"
    html = viewer.get(address(activation), headers={"Referer": came_from}).content.decode()
    assert f'href="{history}?status=success"' in html


def test_a_viewer_sees_who_could_run_it_again(viewer: Client, namespace: Namespace) -> None:
    member(namespace, Role.OPERATOR, name="olga")
    make_action(namespace)
    html = page(viewer, make_activation(namespace, parameters={"a": 1}))
    assert "Ask olga" in html
    assert "rerun/" not in html


def test_an_operator_can_run_it_again_or_edit_first(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    action = make_action(namespace)
    activation = make_activation(namespace, parameters={"a": 1})
    html = page(client, activation)
    assert address(activation, "rerun/") in html
    assert f"/n/{namespace.slug}/actions/{action.pk}/launch/?from={activation.pk}" in html


def test_what_is_gone_cannot_be_run_again(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    make_action(namespace, vanished_at=timezone.now())
    assert "rerun/" not in page(client, make_activation(namespace, parameters={"a": 1}))


def test_the_page_takes_a_fixed_number_of_queries(
    viewer: Client, namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_action(namespace)
    activation = make_activation(namespace, Status.PENDING, launched_by=make_user("grace"))
    viewer.get(address(activation))
    # Session, person, namespace, role; cursor, activation, payload, action, durations; whom to ask, others;
    # whether it is one of a crowd.
    with django_assert_num_queries(12):
        viewer.get(address(activation))


@pytest.mark.parametrize("rest", ["", "facts/", "logs/", "download/result/"])
def test_a_stranger_gets_404(client: Client, namespace: Namespace, rest: str) -> None:
    client.force_login(make_user("stranger"))
    assert client.get(address(make_activation(namespace), rest)).status_code == 404


@pytest.mark.parametrize("rest", ["", "logs/", "download/result/"])
def test_an_activation_of_another_namespace_is_404(viewer: Client, namespace: Namespace, rest: str) -> None:
    foreign = make_activation(make_namespace())
    assert viewer.get(f"/n/{namespace.slug}/activations/{foreign.pk}/{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["download/everything/", "logs/?start=-1", "logs/?start=ten"])
def test_nonsense_in_the_address_is_404(viewer: Client, namespace: Namespace, rest: str) -> None:
    assert viewer.get(address(make_activation(namespace), rest)).status_code == 404


@pytest.mark.parametrize("rest", ["", "facts/", "logs/", "download/result/"])
def test_reading_is_not_posting(viewer: Client, namespace: Namespace, rest: str) -> None:
    assert viewer.post(address(make_activation(namespace), rest)).status_code == 405


@pytest.mark.parametrize("rest", ["rerun/", "cancel/"])
def test_acting_is_posting(client: Client, namespace: Namespace, rest: str) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    assert client.get(address(make_activation(namespace), rest)).status_code == 405


@pytest.mark.parametrize("rest", ["rerun/", "cancel/"])
def test_a_viewer_may_not_act(viewer: Client, namespace: Namespace, rest: str) -> None:
    activation = make_activation(namespace, Status.QUEUED)
    assert viewer.post(address(activation, rest), {"launch_key": uuid4()}).status_code == 403
    activation.refresh_from_db()
    assert activation.status == Status.QUEUED


def test_a_queued_launch_is_taken_back(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, Status.QUEUED)
    assert "Take back" in page(client, activation)
    html = client.post(address(activation, "cancel/"), follow=True).content.decode()
    assert "taken back" in html
    activation.refresh_from_db()
    assert activation.status == Status.CANCELLED


def test_what_has_left_cannot_be_taken_back(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, Status.PENDING)
    assert "cannot be taken back" in client.post(address(activation, "cancel/"), follow=True).content.decode()
    activation.refresh_from_db()
    assert activation.status == Status.PENDING


def test_running_again_launches_once_however_often_it_is_pressed(
    client: Client, namespace: Namespace
) -> None:
    person = member(namespace, Role.OPERATOR)
    client.force_login(person)
    make_action(namespace)
    first = make_activation(namespace, parameters={"a": 1})
    key = uuid4()
    answers = [client.post(address(first, "rerun/"), {"launch_key": key}) for _ in range(2)]
    again = Activation.objects.get(launch_key=key)
    assert [answer["Location"] for answer in answers] == [address(again)] * 2
    assert again.rerun_of == first
    assert again.launched_by == person
    assert again.payload.parameters == {"a": 1}


@pytest.mark.parametrize("data", [{}, {"launch_key": "nonsense"}])
def test_running_again_needs_the_page_s_key(
    client: Client, namespace: Namespace, data: dict[str, str]
) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    make_action(namespace)
    activation = make_activation(namespace, parameters={})
    html = client.post(address(activation, "rerun/"), data, follow=True).content.decode()
    assert "out of date" in html
    assert Activation.objects.count() == 1


def test_an_action_that_is_gone_is_not_run_again(client: Client, namespace: Namespace) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    activation = make_activation(namespace, parameters={})
    html = client.post(address(activation, "rerun/"), {"launch_key": uuid4()}, follow=True).content.decode()
    assert "no longer known" in html


def test_a_launch_that_waits_for_room_says_why_and_is_no_error(viewer: Client, namespace: Namespace) -> None:
    html = page(viewer, make_activation(namespace, Status.QUEUED, error="2 launches run at once."))
    assert "2 launches run at once." in html
    assert "activation-error" not in html
