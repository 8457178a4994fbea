"""Triggers with feeds, against the real runtime and its alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from runtime_app.models import TRIGGER_KIND, Activation, AuditEntry, Namespace, Trigger, Verb
from runtime_app.openwhisk import Conflict, OpenWhiskClient, Parameter
from runtime_app.services.authoring.actions import DeletedMeanwhileError
from runtime_app.services.authoring.drafts import EncryptedParametersError
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.wiring.alarms import Alarm, AlarmKind, alarm_from
from runtime_app.services.wiring.feeds import Feed, FeedError
from runtime_app.services.wiring.triggers import (
    TriggerDraft,
    create_trigger,
    delete_trigger,
    read_feed,
    reveal_authorization,
    update_trigger,
)
from tests.factories import AUTH, make_namespace, make_trigger, make_user
from tests.waiting import wait_until
from tests.wiring import collect_until_final, wire_upstream

ALARM_SECONDS = 60
CRON = Alarm(kind=AlarmKind.ALARM, cron="0 8 * * 1", payload={"by": "alarm"}).feed


@pytest.fixture
def client(guest: Namespace) -> Any:
    with client_for(guest) as opened:
        yield opened


def create(namespace: Namespace, feed: Feed | None = None, name: str = "nightly") -> Trigger:
    person = make_user(f"maker of {name}")
    return create_trigger(namespace, TriggerDraft(name=name, feed=feed), person=person)


def alarm_of(trigger: Trigger) -> dict[str, Any]:
    """What the feed says it was told."""
    return read_feed(trigger).feed_parameters


def test_an_alarm_is_created_with_its_trigger(guest: Namespace, client: OpenWhiskClient) -> None:
    trigger = create(guest, CRON)
    assert client.get_trigger("nightly").annotations["feed"] == "/whisk.system/alarms/alarm"
    assert (trigger.feed, trigger.feed_parameters) == (CRON.path, CRON.parameters)
    delete_trigger(trigger, person=make_user())


def test_an_alarm_fires_and_its_fire_is_traced(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    client.delete_trigger("upload")
    # Before that the rule is there, on a slow machine too.
    soon = (timezone.now() + timedelta(seconds=8)).replace(microsecond=0)
    feed = Alarm(kind=AlarmKind.ONCE, date=soon, payload={"by": "alarm"}).feed
    trigger = create(guest, feed, name="upload")
    client.put_rule("upload-resize", trigger="upload", action="resize", overwrite=True)
    client.set_rule_status("upload-resize", active=True)
    sync_namespace(guest)

    def fired() -> Activation | None:
        sweep_namespace(guest.pk)
        newest = Activation.objects.filter(kind=TRIGGER_KIND, action_path="upload", listed_at__gte=soon)
        return newest.first()

    # Each sweep costs requests of the budget that the collecting below needs too.
    fire = wait_until(fired, ALARM_SECONDS, pause_seconds=0.5)
    collect_until_final(guest)
    assert Activation.objects.get(fired_by=fire).payload.result == {"got": {"by": "alarm"}}
    delete_trigger(trigger, person=make_user())


def test_a_feed_that_refuses_leaves_no_trigger_behind(guest: Namespace, client: OpenWhiskClient) -> None:
    with pytest.raises(FeedError, match="refused"):
        create(guest, Feed("/whisk.system/alarms/alarm", {"cron": "nonsense"}))
    assert [item.name for item in client.iter_triggers()] == []
    assert not Trigger.objects.exists()


def test_a_feed_that_does_not_exist_is_said(guest: Namespace, client: OpenWhiskClient) -> None:
    with pytest.raises(FeedError, match="does not exist on this runtime"):
        create(guest, Feed("/whisk.system/nothing/here"))
    assert [item.name for item in client.iter_triggers()] == []


def test_a_schedule_is_changed_and_taken_away(guest: Namespace, client: OpenWhiskClient) -> None:
    trigger, person = create(guest, CRON), make_user()
    every_hour = Alarm(kind=AlarmKind.ALARM, cron="0 * * * *", payload={}).feed
    draft = TriggerDraft(name="nightly", feed=every_hour)
    trigger = update_trigger(trigger, draft, base_version=trigger.version, person=person)
    assert alarm_of(trigger)["cron"] == "0 * * * *"
    interval = Alarm(kind=AlarmKind.INTERVAL, minutes=90, payload={}).feed
    draft = TriggerDraft(name="nightly", feed=interval)
    trigger = update_trigger(trigger, draft, base_version=trigger.version, person=person)
    assert trigger.feed == "/whisk.system/alarms/interval"
    assert alarm_of(trigger)["minutes"] == 90
    plain = TriggerDraft(name="nightly")
    trigger = update_trigger(trigger, plain, base_version=trigger.version, person=person)
    assert (trigger.feed, trigger.feed_parameters) == ("", {})
    assert "feed" not in client.get_trigger("nightly").annotations


def test_an_end_that_is_taken_away_is_taken_away_at_the_feed_too(
    guest: Namespace, client: OpenWhiskClient
) -> None:
    """An UPDATE cannot say it: what it does not name stays in force."""
    stops = datetime(2099, 1, 1, tzinfo=UTC)
    every_hour = Alarm(kind=AlarmKind.ALARM, cron="0 * * * *", payload={}, stops=stops)
    trigger, person = create(guest, every_hour.feed), make_user()
    assert "stopDate" in alarm_of(trigger)
    draft = TriggerDraft(name="nightly", feed=replace(every_hour, stops=None).feed)
    trigger = update_trigger(trigger, draft, base_version=trigger.version, person=person)
    assert "stopDate" not in alarm_of(trigger)
    assert alarm_of(trigger)["cron"] == "0 * * * *"


@pytest.mark.parametrize(
    "told",
    [
        Alarm(kind=AlarmKind.ALARM, cron="0 8 * * 1", payload={"by": "alarm"}),
        Alarm(kind=AlarmKind.INTERVAL, minutes=90, payload={"by": "alarm"}),
        Alarm(kind=AlarmKind.ONCE, date=datetime(2040, 1, 1, 8, 0, tzinfo=UTC), payload={"by": "alarm"}),
    ],
)
def test_an_alarm_that_was_set_up_elsewhere_is_read_from_the_feed(guest: Namespace, told: Alarm) -> None:
    trigger = create(guest, told.feed)
    Trigger.objects.update(feed_parameters={})
    trigger.refresh_from_db()
    read = read_feed(trigger)
    schedule = alarm_from(read.feed, read.feed_parameters)
    assert schedule is not None
    assert (schedule.kind, schedule.payload) == (told.kind, told.payload)
    assert (schedule.cron, schedule.minutes, schedule.date) == (told.cron, told.minutes, told.date)
    delete_trigger(trigger, person=make_user())


def test_a_trigger_whose_feed_fails_is_deleted_only_on_request(
    guest: Namespace, client: OpenWhiskClient
) -> None:
    client.put_trigger("odd", annotations={"feed": "/whisk.system/nothing/here"})
    sync_namespace(guest)
    trigger, person = Trigger.objects.get(namespace=guest), make_user()
    with pytest.raises(FeedError):
        delete_trigger(trigger, person=person)
    assert client.get_trigger("odd").name == "odd"
    delete_trigger(trigger, person=person, even_if_the_feed_fails=True)
    assert not Trigger.objects.exists()


def test_a_taken_name_is_a_conflict(guest: Namespace, client: OpenWhiskClient) -> None:
    wire_upstream(client)
    with pytest.raises(Conflict):
        create(guest, name="resize")


def test_a_trigger_that_is_gone_is_not_saved_over(guest: Namespace, client: OpenWhiskClient) -> None:
    trigger = create(guest)
    client.delete_trigger("nightly")
    with pytest.raises(DeletedMeanwhileError):
        update_trigger(
            trigger, TriggerDraft(name="nightly"), base_version=trigger.version, person=make_user()
        )
    trigger.refresh_from_db()
    assert trigger.vanished_at is not None


@pytest.mark.django_db
def test_revealing_is_noted_before_anybody_sees_it() -> None:
    trigger = make_trigger(make_namespace())
    assert reveal_authorization(trigger, person=make_user()) == AUTH
    entry = AuditEntry.objects.get(verb=Verb.REVEALED)
    assert entry.target == f"{trigger.namespace.name}, to fire upload"


def test_what_is_shown_instead_of_a_value_is_never_stored_as_one(
    guest: Namespace, client: OpenWhiskClient
) -> None:
    """A platform that encrypts parameters marks them; the runtime gives back the mark it was given."""
    kept = Parameter("token", "9f86d08")
    hidden = {"parameters": [{"key": kept.key, "value": kept.value, "encryption": "aes-256"}]}
    url = f"{guest.api_host}/api/v1/namespaces/_/triggers/nightly"
    requests.put(url, json=hidden, auth=tuple(guest.auth.split(":")), timeout=5).raise_for_status()
    sync_namespace(guest)
    trigger, person = Trigger.objects.get(namespace=guest, name="nightly"), make_user()

    def change(**parameters: Any) -> Trigger:
        draft = TriggerDraft(name="nightly", parameters=parameters)
        return update_trigger(trigger, draft, base_version=trigger.version, person=person)

    trigger = change(token="9f86d08")
    assert client.get_trigger("nightly").parameters == (replace(kept, encrypted=True),)
    with pytest.raises(EncryptedParametersError, match="token"):
        change(token="9f86d08", size=1)
    change(token="hush", size=1)
    assert client.get_trigger("nightly").parameters == (Parameter("token", "hush"), Parameter("size", 1))
