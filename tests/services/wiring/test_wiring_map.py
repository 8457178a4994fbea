"""What the wiring map knows: nodes, what ties them, how it went last, and how often."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Namespace, RuleOutcome, Status
from runtime_app.services.wiring.map import WiringMap, wiring_map
from runtime_app.services.wiring.map_nodes import Component
from runtime_app.services.wiring.rule_ends import Volume, latest_ends
from tests.factories import (
    make_action,
    make_namespace,
    make_package,
    make_rule,
    make_trigger,
)
from tests.wiring import fire_rule, wire, wire_two_hundred

pytestmark = pytest.mark.django_db
REFUSED, INACTIVE = RuleOutcome.Status.REFUSED, RuleOutcome.Status.INACTIVE


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def names(found: WiringMap) -> tuple[list[str], list[str], list[str]]:
    return (
        [trigger.name for trigger in found.triggers],
        [rule.rule.name for rule in found.rules],
        [action.path for action in found.actions],
    )


def test_a_rule_ties_its_trigger_to_its_action(namespace: Namespace) -> None:
    wire(namespace)
    make_trigger(make_namespace(), name="of another team")
    found = wiring_map(namespace)
    assert names(found) == (["upload"], ["upload-resize"], ["resize"])
    rule = found.rules[0]
    assert (rule.trigger, rule.action) == (found.triggers[0].key, found.actions[0].key)
    assert (rule.is_broken, rule.is_off, rule.is_failing) == (False, False, False)
    assert (rule.end, rule.volume) == (None, Volume())


def test_the_last_outcome_counts(namespace: Namespace) -> None:
    wire(namespace)
    fire_rule(namespace, status=Status.SUCCESS, hours_ago=2)
    fire_rule(namespace, status=Status.TIMED_OUT, hours_ago=1)
    found = wiring_map(namespace)
    end = found.rules[0].end
    assert end is not None
    assert (end.status, end.label, found.failing) == (Status.TIMED_OUT, "Timed out", 1)
    fire_rule(namespace)
    assert wiring_map(namespace).failing == 0


@pytest.mark.parametrize(
    ("outcome", "status", "label", "fails"),
    [(REFUSED, Status.REFUSED, "Refused", True), (INACTIVE, None, "Was off", False)],
)
def test_a_rule_that_started_nothing_says_so(
    namespace: Namespace, outcome: RuleOutcome.Status, status: Status | None, label: str, fails: bool
) -> None:
    wire(namespace)
    fire_rule(namespace, outcome=outcome)
    end = wiring_map(namespace).rules[0].end
    assert end is not None
    assert (end.status, end.label, end.is_failure) == (status, label, fails)


def test_what_still_runs_is_no_failure(namespace: Namespace) -> None:
    wire(namespace)
    fire_rule(namespace, status=Status.PENDING)
    assert wiring_map(namespace).failing == 0


def test_fires_of_the_last_day_are_counted(namespace: Namespace) -> None:
    wire(namespace)
    fire_rule(namespace, hours_ago=25)
    fire_rule(namespace, hours_ago=23)
    fire_rule(namespace, outcome=REFUSED)
    fire_rule(make_namespace())
    assert wiring_map(namespace).rules[0].volume == Volume(fires=2, starts=1)


def test_a_trigger_that_is_gone_is_shown_as_missing(namespace: Namespace) -> None:
    make_trigger(namespace, vanished_at=timezone.now())
    make_action(namespace)
    make_rule(namespace)
    found = wiring_map(namespace)
    assert [(trigger.name, trigger.is_missing) for trigger in found.triggers] == [("upload", True)]
    assert found.rules[0].is_broken
    assert found.failing == 1


def test_an_action_that_is_gone_is_shown_as_missing(namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace, vanished_at=timezone.now())
    make_rule(namespace)
    make_rule(namespace, name="never-known", action_path="images/crop")
    found = wiring_map(namespace)
    assert [(action.path, action.is_missing) for action in found.actions] == [
        ("images/crop", True),
        ("resize", True),
    ]


def test_actions_that_are_never_listed_here_are_not_missed(namespace: Namespace) -> None:
    make_trigger(namespace)
    make_package(namespace, name="bound", binding="other/images")
    make_rule(namespace, action_path="bound/crop")
    make_rule(namespace, name="abroad", action_path="mail/send", action_namespace="whisk.system")
    found = wiring_map(namespace)
    assert names(found)[2] == ["/whisk.system/mail/send", "bound/crop"]
    assert not any(action.is_missing for action in found.actions)
    assert found.failing == 0


def test_rules_that_are_gone_are_left_out(namespace: Namespace) -> None:
    wire(namespace)
    make_rule(namespace, name="old", vanished_at=timezone.now())
    assert names(wiring_map(namespace))[1] == ["upload-resize"]


def test_marks_of_actions_are_kept(namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace, path="images/crop", annotations={"web-export": True})
    crop = make_action(namespace, path="images/scale")
    make_action(
        namespace,
        path="both",
        kind="sequence",
        components=[f"/{namespace.name}/images/scale", "/whisk.system/utils/echo"],
    )
    sequence, web, _ = wiring_map(namespace).actions
    assert sequence.is_sequence
    assert sequence.components == (
        Component("images/scale", crop.pk),
        Component("/whisk.system/utils/echo", None),
    )
    assert (web.is_web, web.package, web.name) == (True, "images", "crop")


def test_what_is_not_wired_is_told_apart(namespace: Namespace) -> None:
    wire(namespace)
    make_trigger(namespace, name="lonely")
    make_action(namespace, path="step")
    make_action(namespace, path="both", kind="sequence", components=[f"/{namespace.name}/step"])
    found = wiring_map(namespace)
    assert [trigger.name for trigger in found.loose_triggers] == ["lonely"]
    assert [action.path for action in found.loose_actions] == ["both"]


def test_a_filter_keeps_both_ends_of_what_it_finds(namespace: Namespace) -> None:
    wire(namespace)
    make_trigger(namespace, name="orders")
    make_rule(namespace, name="orders-report", trigger_name="orders", action_path="report")
    make_action(namespace, path="report")
    found = wiring_map(namespace)
    for text in ("UPLOAD", "resize", "upload-resize"):
        assert names(found.narrowed(text)) == (["upload"], ["upload-resize"], ["resize"])
    assert names(found.narrowed("nothing like it")) == ([], [], [])
    assert found.narrowed() == found


def test_a_sequence_is_found_by_its_steps(namespace: Namespace) -> None:
    make_action(namespace, path="both", kind="sequence", components=["/_/scale", "/_/crop"])
    assert names(wiring_map(namespace).narrowed("crop"))[2] == ["both"]


def test_only_what_is_off_or_fails_can_be_shown(namespace: Namespace) -> None:
    wire(namespace)
    make_rule(namespace, name="sleeps", is_active=False)
    make_rule(namespace, name="fails")
    make_trigger(namespace, name="lonely")
    fire_rule(namespace, "fails", status=Status.APPLICATION_ERROR)
    found = wiring_map(namespace)
    assert names(found.narrowed(only="off")) == (["upload"], ["sleeps"], ["resize"])
    assert names(found.narrowed(only="failing")) == (["upload"], ["fails"], ["resize"])
    assert names(found.narrowed("lonely", "failing")) == ([], [], [])
    assert (found.off, found.failing) == (1, 1)


def test_actions_alone_are_no_wiring(namespace: Namespace) -> None:
    make_action(namespace)
    assert not wiring_map(namespace)
    make_trigger(namespace)
    assert wiring_map(namespace)


WEB = {"web-export": True}


def test_a_url_is_tied_to_the_action_that_it_starts(namespace: Namespace) -> None:
    make_action(namespace)
    make_action(namespace, path="hook", annotations=WEB, starts="resize")
    make_action(namespace, path="no-url", starts="resize")
    make_action(namespace, path="itself", annotations=WEB, starts="itself")
    found = wiring_map(namespace)
    (url,) = found.urls
    assert (url.path, url.starts, url.is_open, url.is_broken) == ("hook", "resize", True, False)
    assert found.wired == {url.action}
    assert [action.path for action in found.loose_actions] == ["itself", "no-url"]
    assert bool(found)


def test_a_url_may_start_what_is_not_listed_here(namespace: Namespace) -> None:
    make_action(namespace, path="abroad", annotations=WEB, starts="/whisk.system/utils/echo")
    make_action(namespace, path="broken", annotations=WEB, starts="gone")
    found = wiring_map(namespace)
    assert [(url.path, url.is_broken, url.action_pk) for url in found.urls] == [
        ("abroad", False, None),
        ("broken", True, None),
    ]
    assert [(action.path, action.is_missing) for action in found.actions[:1]] == [
        ("/whisk.system/utils/echo", False)
    ]
    assert found.failing == 1


def test_a_url_is_found_by_either_end(namespace: Namespace) -> None:
    wire(namespace)
    make_action(namespace, path="hook", annotations=WEB, starts="resize")
    make_action(namespace, path="other", annotations=WEB, starts="gone")
    found = wiring_map(namespace)
    assert [url.path for url in found.narrowed("HOOK").urls] == ["hook"]
    assert [url.path for url in found.narrowed("resize").urls] == ["hook"]
    assert [url.path for url in found.narrowed("upload").urls] == []
    assert [url.path for url in found.narrowed(only="failing").urls] == ["other"]
    assert [url.path for url in found.narrowed(only="off").urls] == []
    assert found.narrowed() == found


def test_two_hundred_entities_cost_ten_queries(
    namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    wire_two_hundred(namespace)
    with django_assert_max_num_queries(10):
        found = wiring_map(namespace)
    assert [len(column) for column in names(found)] == [60, 80, 62]
    assert all(rule.end and rule.volume == Volume(1, 1) for rule in found.rules)


def test_the_latest_ends_of_a_rule_come_newest_first(
    namespace: Namespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rule = make_rule(namespace)
    fires = [
        fire_rule(namespace, status=status) for status in (Status.SUCCESS, Status.TIMED_OUT, Status.PENDING)
    ]
    fire_rule(namespace, "another")
    fire_rule(make_namespace())
    with django_assert_max_num_queries(2):
        ends = latest_ends(rule, 2)
        assert [end.outcome.fire for end in ends] == [fires[2], fires[1]]
    assert [end.status for end in ends] == [Status.PENDING, Status.TIMED_OUT]
