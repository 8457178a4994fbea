"""When alarms fire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runtime_app.services.wiring.alarms import Alarm, AlarmKind, BadSchedule, alarm_from, check_cron

START = datetime(2026, 1, 30, 12, 0, tzinfo=UTC)


def test_a_cron_says_its_next_five_times_in_utc() -> None:
    schedule = Alarm(kind=AlarmKind.ALARM, cron="0 8 * * 1-5")
    times = schedule.next_times(START)
    assert [f"{moment:%a %d %H:%M %Z}" for moment in times] == [
        "Mon 02 08:00 UTC",
        "Tue 03 08:00 UTC",
        "Wed 04 08:00 UTC",
        "Thu 05 08:00 UTC",
        "Fri 06 08:00 UTC",
    ]


def test_a_cron_of_six_parts_begins_with_seconds() -> None:
    times = Alarm(kind=AlarmKind.ALARM, cron="*/20 * * * * *").next_times(START, 2)
    assert [moment.second for moment in times] == [20, 40]


def test_an_interval_counts_from_now() -> None:
    times = Alarm(kind=AlarmKind.INTERVAL, minutes=90).next_times(START, 2)
    assert [f"{moment:%H:%M}" for moment in times] == ["13:30", "15:00"]


def test_an_interval_that_runs_keeps_its_beat() -> None:
    since = START - timedelta(minutes=100)
    schedule = Alarm(kind=AlarmKind.INTERVAL, minutes=60)
    assert [f"{moment:%H:%M}" for moment in schedule.next_times(START, 2, since=since)] == ["12:20", "13:20"]
    later = Alarm(kind=AlarmKind.INTERVAL, minutes=60, starts=START + timedelta(hours=5))
    assert [f"{moment:%H:%M}" for moment in later.next_times(START, 2, since=since)] == ["17:00", "18:00"]


def test_a_date_fires_once_and_never_when_it_has_passed() -> None:
    date = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
    schedule = Alarm(kind=AlarmKind.ONCE, date=date)
    assert schedule.next_times(START) == [date]
    assert schedule.next_times(date) == []


def test_a_schedule_keeps_to_its_first_and_last_day() -> None:
    starts, stops = START + timedelta(days=10), START + timedelta(days=12)
    schedule = Alarm(kind=AlarmKind.ALARM, cron="0 8 * * *", starts=starts, stops=stops)
    assert [moment.day for moment in schedule.next_times(START)] == [10, 11]
    assert "until 2026-02-11" in schedule.sentence


def test_a_cron_with_a_time_zone_is_read_in_it() -> None:
    told = {"cron": "0 8 * * *", "timezone": "Asia/Tokyo"}
    schedule = alarm_from("/whisk.system/alarms/alarm", told)
    assert schedule is not None
    (moment,) = schedule.next_times(START, 1)
    assert moment.astimezone(UTC).hour == 23
    nowhere = alarm_from("/whisk.system/alarms/alarm", {**told, "timezone": "../../etc/passwd"})
    assert nowhere is not None
    assert nowhere.next_times(START) == []


@pytest.mark.parametrize(
    ("cron", "sentence"),
    [
        ("* * * *", "five parts"),
        ("61 * * * *", "out of range"),
        ("a b c d e", "neither a number"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 * * 1 2026 7", "five parts"),
    ],
)
def test_what_is_no_cron_is_refused_in_a_sentence(cron: str, sentence: str) -> None:
    with pytest.raises(BadSchedule, match=sentence):
        check_cron(cron)


@pytest.mark.parametrize(
    "schedule",
    [
        Alarm(kind=AlarmKind.ALARM, cron="0 8 * * 1", payload={"a": 1}),
        Alarm(kind=AlarmKind.ALARM, cron="0 8 * * 1", payload={}, starts=START, others={"strict": True}),
        Alarm(kind=AlarmKind.INTERVAL, minutes=5, payload={}),
        Alarm(kind=AlarmKind.ONCE, date=datetime(2030, 1, 1, tzinfo=UTC), payload={}),
    ],
)
def test_what_the_feed_is_told_reads_back_as_the_same_schedule(schedule: Alarm) -> None:
    assert alarm_from(schedule.feed.path, schedule.feed.parameters) == schedule


def test_another_feed_or_an_unknown_setting_is_no_schedule() -> None:
    assert alarm_from("/whisk.system/messaging/kafka", {"cron": "0 8 * * 1"}) is None
    assert alarm_from("/whisk.system/alarms/alarm", {}) is None


@pytest.mark.parametrize(
    "told", [{"cron": 5}, {"cron": "nonsense"}, {"minutes": 0}, {"minutes": -1}, {"date": "x"}]
)
@pytest.mark.parametrize("kind", list(AlarmKind))
def test_hostile_settings_of_a_feed_have_no_next_times(kind: AlarmKind, told: dict[str, object]) -> None:
    schedule = alarm_from(f"/whisk.system/alarms/{kind}", told)
    assert schedule is not None
    assert schedule.next_times(START) == []
    assert schedule.sentence
