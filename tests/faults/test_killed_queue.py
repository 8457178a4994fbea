"""Kill -9 while a bulk launch drips out and schedules fall due: nothing is lost, nothing leaves twice."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime_app.models import Status
from runtime_app.models.statuses import REPORTED
from standalone.settings import GUEST_AUTH
from tests.faults.test_killed_processes import JOB, SEEDS, SETTLE_SECONDS, storm, unfinished
from tests.panel import Panel
from tests.product import RunningProduct
from tests.waiting import wait_until

ROWS = 120
SCHEDULES = 6
STORM_SECONDS = 16.0

pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[RunningProduct]:
    with RunningProduct(tmp_path / "home") as running:
        yield running


@pytest.mark.parametrize("seed", SEEDS)
def test_each_row_and_each_due_time_is_launched_once(product: RunningProduct, seed: int) -> None:
    panel, chance, over = Panel(product, GUEST_AUTH), random.Random(seed), threading.Event()
    bulk = put_down(panel, chance)
    threading.Timer(STORM_SECONDS, over.set).start()
    with ThreadPoolExecutor(1) as trouble:
        killed = trouble.submit(storm, product, chance, over).result()
    assert killed, "nothing was killed, so nothing was proved"
    check_each_left_once(panel, bulk)


def put_down(panel: Panel, chance: random.Random) -> int:
    """Schedules that are due soon, and a bulk launch, which is returned."""
    action = panel.create_action("job", JOB)
    for number in range(SCHEDULES):
        # Far enough ahead that it is still to come when the panel gets to know it.
        schedule(panel, number, datetime.now(UTC) + timedelta(seconds=9 + number))
    return launch_bulk(panel, action, [{"ms": chance.randint(50, 2000), "n": n} for n in range(ROWS)])


def check_each_left_once(panel: Panel, bulk: int) -> None:
    """Waits until nothing is under way; then no row and no due time is lost or doubled."""
    wait_until(lambda: nothing_due(panel) and not unfinished(panel), SETTLE_SECONDS, pause_seconds=0.5)

    rows = panel.rows("SELECT status, activation_id, bulk_id, schedule_id FROM runtime_app_activation")
    mine = [row for row in rows if row[2] or row[3]]
    assert sum(row[2] == bulk for row in mine) == ROWS
    assert Counter(row[3] for row in mine if row[3]) == dict.fromkeys(range(1, SCHEDULES + 1), 1)
    assert {row[0] for row in mine} <= REPORTED | {Status.UNKNOWN}
    known = {row[1] for row in mine if row[1]}
    ran = {item.activation_id for item in panel.upstream.iter_activations(name="job")}
    assert known <= ran
    unknown = sum(row[0] == Status.UNKNOWN for row in mine)
    assert len(ran) <= len(mine), "nothing ran twice"
    assert len(ran - known) <= unknown, "what ran without our knowing is exactly what is called unknown"
    wait_until(lambda: panel.rows("SELECT state FROM runtime_app_bulklaunch") == [("done",)], 60)


def schedule(panel: Panel, number: int, at: datetime) -> None:
    panel.post(
        "schedules/new/",
        name=f"once {number}",
        action="job",
        parameters=json.dumps({"ms": 100, "n": 1000 + number}),
        when="once",
        at=at.strftime("%Y-%m-%dT%H:%M:%S"),
        time_zone="UTC",
        missed="run_once",
    )


def launch_bulk(panel: Panel, action: int, parameters: list[dict[str, int]]) -> int:
    text = "\n".join(json.dumps(values) for values in parameters)
    location = panel.post(f"actions/{action}/launch-many/", rows=text).headers["Location"]
    bulk = int(location.rstrip("/").rpartition("/")[2])
    panel.post(f"bulk/{bulk}/launch/")
    return bulk


def nothing_due(panel: Panel) -> bool:
    return not panel.rows("SELECT id FROM runtime_app_schedule WHERE next_at IS NOT NULL")
