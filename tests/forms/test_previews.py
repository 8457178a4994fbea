"""What a form that changes something would send, while a part of it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from runtime_app.forms import previews
from runtime_app.forms.actions import ActionForm
from runtime_app.forms.packages import PackageForm
from runtime_app.forms.triggers import TriggerForm
from runtime_app.models import Namespace
from runtime_app.services.wiring.alarms import Alarm, AlarmKind
from tests.factories import make_action, make_namespace, make_package, make_trigger

pytestmark = pytest.mark.django_db

KEPT: Any = [{"key": "width", "value": "800"}]


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def test_an_action_keeps_what_cannot_be_read_of_it(namespace: Namespace) -> None:
    action = make_action(
        namespace, parameters=KEPT, memory_mb=512, logs_mb=3, concurrency=2, timeout_ms=90_000
    )
    typed = {"parameters": '{"width": ', "memory": "much", "logs": "x", "concurrency": "y", "timeout": "z"}
    form = ActionForm(typed, namespace=namespace, action=action)
    assert not form.is_valid()
    draft = previews.action_draft(form)
    assert draft.parameters == {"width": "800"}
    assert (draft.memory_mb, draft.logs_mb, draft.concurrency, draft.timeout_ms) == (512, 3, 2, 90_000)
    assert {"Memory (MB)", "Default parameters"} <= set(previews.unread(form))


def test_a_trigger_keeps_what_cannot_be_read_of_it(namespace: Namespace) -> None:
    alarm = Alarm(kind=AlarmKind.ALARM, cron="0 8 * * 1", payload={"a": 1}).feed
    trigger = make_trigger(namespace, parameters=KEPT, feed=alarm.path, feed_parameters=alarm.parameters)
    typed = {"parameters": "{", "schedule": "alarm", "cron": "0 9 * * 1", "payload": "["}
    form = TriggerForm(typed, namespace=namespace, trigger=trigger)
    assert not form.is_valid()
    draft = previews.trigger_draft(form)
    assert draft.parameters == {"width": "800"}
    assert draft.feed == Alarm(kind=AlarmKind.ALARM, cron="0 9 * * 1", payload={"a": 1}).feed


def test_a_package_keeps_what_cannot_be_read_of_it(namespace: Namespace) -> None:
    package = make_package(namespace, parameters=KEPT)
    form = PackageForm({"parameters": "{"}, namespace=namespace, package=package)
    assert not form.is_valid()
    assert previews.package_draft(form).parameters == {"width": "800"}


@pytest.mark.parametrize("parameters", ["", "{}"])
def test_what_was_emptied_is_empty(namespace: Namespace, parameters: str) -> None:
    package = make_package(namespace, parameters=KEPT)
    form = PackageForm({"parameters": parameters}, namespace=namespace, package=package)
    form.is_valid()
    assert previews.package_draft(form).parameters == {}


def test_of_something_new_it_is_left_out(namespace: Namespace) -> None:
    form = TriggerForm({"name": "new", "parameters": "{", "schedule": ""}, namespace=namespace)
    assert not form.is_valid()
    assert previews.trigger_draft(form).parameters == {}
