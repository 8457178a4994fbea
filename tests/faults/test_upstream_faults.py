"""A runtime on its bad days: whatever it answers, every job ends exactly once, with its own result.

`FAULT_JOBS=200 pytest tests/faults` launches more jobs under each fault.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import requests

from runtime_app.models import Status
from runtime_app.models.statuses import UNFINISHED
from runtime_app.services.collecting.cycles import LEASE_SECONDS
from standalone.settings import GUEST_AUTH
from tests.panel import Panel
from tests.product import RunningProduct
from tests.waiting import wait_until

JOBS = int(os.environ.get("FAULT_JOBS", "20"))
JOB = """async function main({ ms, n }) {
    await new Promise(resolve => setTimeout(resolve, ms));
    return { n };
}"""
PEOPLE = 4
STORM_SECONDS = 2.5
MOST_STORMS = 5
SETTLE_SECONDS = 120.0
READS: dict[str, Any] = {"path": "*/activations*", "method": "GET"}
LAUNCHES: dict[str, Any] = {"path": "*/actions/*", "method": "POST"}
MINUTES_MS = 180_000

Fault = dict[str, Any]
# Answers to reads only: no launch may become unknown.
HARMLESS: dict[str, list[Fault]] = {
    "late records": [{"kind": "late-records", "ms": 2500}],
    "stale lists": [{"kind": "stale-lists", "ms": 5000}],
    "429 with Retry-After": [{"kind": "error", "status": 429, "retry_after": 1, "every": 2}],
    "429 without": [{"kind": "error", "status": 429, "every": 2, **READS}],
    "500": [{"kind": "error", "status": 500, "every": 2, **READS}],
    "502 by a proxy": [{"kind": "error", "status": 502, "html": True, **READS}],
    "slow bodies": [{"kind": "slow", "ms": 1500, **READS}],
    "truncated JSON": [{"kind": "truncated", "every": 2, **READS}],
    "broken connections": [{"kind": "truncated", "hang_up": True, "every": 2, **READS}],
    "wrong types": [{"kind": "wrong-types", "every": 2, **READS}],
    "duplicates": [{"kind": "duplicates"}],
    "a clock ahead": [{"kind": "clock-skew", "ms": MINUTES_MS}],
    "a clock behind": [{"kind": "clock-skew", "ms": -MINUTES_MS}],
}
# Answers to launches: what came of some is unknown, and said to be.
LOSING: dict[str, list[Fault]] = {
    "500 instead of launches": [{"kind": "error", "status": 500, "every": 3, **LAUNCHES}],
    "502 after launches": [
        {"kind": "error", "status": 502, "html": True, "carried_out": True, "every": 3, **LAUNCHES}
    ],
    "truncated answers to launches": [{"kind": "truncated", "every": 2, **LAUNCHES}],
    "everything at once": [
        {"kind": "late-records", "ms": 1000},
        {"kind": "stale-lists", "ms": 3000},
        {"kind": "error", "status": 429, "every": 5},
        {"kind": "error", "status": 502, "every": 7, "carried_out": True},
        {"kind": "truncated", "every": 4},
        {"kind": "wrong-types", "every": 3},
        {"kind": "duplicates"},
        {"kind": "clock-skew", "ms": 20_000},
    ],
}

pytestmark = pytest.mark.timeout(400)


class Bench:
    """The product, a person at it, an action, and the runtime's steering."""

    def __init__(self, product: RunningProduct) -> None:
        self.panel = Panel(product, GUEST_AUTH)
        self.action = self.panel.create_action("job", JOB)
        self.steering = requests.Session()
        user, _, key = GUEST_AUTH.partition(":")
        self.steering.auth = (user, key)
        self.faults = f"{product.standalone_url}/_standalone/faults"

    def have(self, faults: list[Fault], **scope: Any) -> None:
        for fault in faults:
            self.steering.post(self.faults, json={**fault, **scope}, timeout=60).raise_for_status()

    def struck(self) -> list[str]:
        """The kinds of faults that made a difference to somebody; a clock always does."""
        found = self.steering.get(self.faults, timeout=60).json()
        return [fault["kind"] for fault in found if fault["applied"] or fault["kind"] == "clock-skew"]

    def calm(self) -> None:
        self.steering.delete(self.faults, timeout=60).raise_for_status()

    def launch(self, seed: str) -> dict[UUID, int]:
        """Launch JOBS jobs of 0.1 to 2 s, by several people; launch key to the number each returns."""
        chance = random.Random(seed)
        numbers = range(first := chance.randrange(10**9), first + JOBS)
        waits = {number: chance.choice((100, 200, 400, 1000, 2000)) for number in numbers}
        with ThreadPoolExecutor(PEOPLE) as people:
            keys = people.map(
                lambda number: self.panel.launch(self.action, {"ms": waits[number], "n": number}), numbers
            )
            return dict(zip(keys, numbers, strict=True))

    def unfinished(self) -> list[tuple[Any, ...]]:
        marks = ",".join("?" * len(UNFINISHED))
        query = f"SELECT id, status, error FROM runtime_app_activation WHERE status IN ({marks})"
        return self.panel.rows(query, *UNFINISHED)

    def rows(self, keys: dict[UUID, int]) -> list[tuple[Any, ...]]:
        marks = ",".join("?" * len(keys))
        query = (
            "SELECT a.launch_key, a.status, a.activation_id, p.result FROM runtime_app_activation a"
            " JOIN runtime_app_activationpayload p ON p.activation_id = a.id"
            f" WHERE a.launch_key IN ({marks})"
        )
        return self.panel.rows(query, *(key.hex for key in keys))

    def is_healthy(self) -> bool:
        query = "SELECT last_error, failures, retry_at, key_refused FROM runtime_app_namespace"
        return self.panel.rows(query) == [("", 0, None, 0)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("upstream-faults") / "home"
    variables = {"OVERTIME_STANDALONE_OPTIONS": "--steering", "OVERTIME_REQUESTS_PER_SECOND": "10"}
    with RunningProduct(home, **variables) as product:
        yield Bench(product)


def storm(bench: Bench, name: str, faults: list[Fault]) -> dict[UUID, int]:
    """Launch jobs in the storm, which lasts a little longer, and wait until all have ended.

    One request may bring all of them home, before a fault that strikes every second one: then there are more.
    """
    expected = {fault["kind"] for fault in faults}
    bench.have(faults)
    keys: dict[UUID, int] = {}
    try:
        for number in range(MOST_STORMS):
            ends = time.monotonic() + STORM_SECONDS
            keys |= bench.launch(f"{name} {number}")
            wait_until(
                lambda ends=ends: time.monotonic() > ends or not bench.unfinished(), STORM_SECONDS + 30
            )
            if (struck := set(bench.struck())) == expected:
                break
    finally:
        # The tests that follow have faults of their own.
        bench.calm()
    assert struck == expected, "the faults were met"
    wait_until(lambda: not bench.unfinished(), SETTLE_SECONDS, pause_seconds=0.1)
    return keys


def check_each_ended_once(bench: Bench, keys: dict[UUID, int]) -> Counter[str]:
    """Nothing doubled, nothing lost, each result where it belongs; how many ended in which state."""
    rows = bench.rows(keys)
    assert sorted(row[0] for row in rows) == sorted(key.hex for key in keys), "one row for each launch"
    known = Counter(row[2] for row in rows if row[2])
    assert not known or max(known.values()) == 1, "no two launches share an activation"
    for key, status, activation_id, result in rows:
        assert status in (Status.SUCCESS, Status.UNKNOWN), (key, status, activation_id)
        if status == Status.SUCCESS:
            assert json.loads(result) == {"n": keys[UUID(key)]}, "its own result"
    ran = {
        record.activation_id
        for record in bench.panel.upstream.iter_full_activations(name="job")
        if isinstance(record.result, dict) and record.result.get("n") in keys.values()
    }
    counts = Counter(row[1] for row in rows)
    assert known.keys() <= ran, "whatever was accepted has its record"
    assert len(ran - known.keys()) <= counts[Status.UNKNOWN], "nothing ran twice"
    return counts


def check_all_is_well_again(bench: Bench) -> None:
    bench.panel.launch(bench.action, {"ms": 10, "n": -1})
    # Sooner than a stuck lease would end.
    wait_until(lambda: not bench.unfinished(), LEASE_SECONDS - 5)
    wait_until(bench.is_healthy, 60)


@pytest.mark.parametrize("name", HARMLESS)
def test_bad_answers_to_reads_delay_results_and_lose_none(bench: Bench, name: str) -> None:
    keys = storm(bench, name, HARMLESS[name])
    assert check_each_ended_once(bench, keys) == {Status.SUCCESS: len(keys)}
    check_all_is_well_again(bench)


# Where the body of an answer is lost, its header still names the activation.
UNKNOWN = {
    "500 instead of launches": JOBS // 3,
    "502 after launches": JOBS // 3,
    "truncated answers to launches": 0,
}


@pytest.mark.parametrize("name", LOSING)
def test_bad_answers_to_launches_leave_no_doubt_but_the_one_that_is_shown(bench: Bench, name: str) -> None:
    keys = storm(bench, name, LOSING[name])
    unknown = check_each_ended_once(bench, keys)[Status.UNKNOWN]
    assert unknown == UNKNOWN.get(name, unknown)
    check_all_is_well_again(bench)
