"""Kill -9 of any process at any moment: every job ends exactly once, none is lost, none runs twice.

`FAULT_SEEDS="1 2 3" FAULT_JOBS=500 pytest tests/faults` tries more schedules with more jobs.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
import requests

from runtime_app.models import Status
from runtime_app.models.statuses import REPORTED, UNFINISHED
from runtime_app.services.collecting.cycles import LEASE_SECONDS
from standalone.settings import GUEST_AUTH
from tests.panel import ANSWER_SECONDS, Panel
from tests.product import RunningProduct
from tests.waiting import wait_until

SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEEDS", "1").split()]
JOBS = int(os.environ.get("FAULT_JOBS", "80"))
VICTIMS = ("worker", "beat", "redis", "standalone", "web")
JOB = """async function main({ ms, n }) {
    await new Promise(resolve => setTimeout(resolve, ms));
    return { n };
}"""
SETTLE_SECONDS = 180.0

pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[RunningProduct]:
    with RunningProduct(tmp_path / "home") as running:
        yield running


def storm(product: RunningProduct, chance: random.Random, over: threading.Event) -> list[str]:
    """Kill a process every few seconds until `over`; Redis comes back without its data.

    Each has come back before it is killed again: where a start takes longer than the pauses nobody would ever
    launch anything.
    """
    killed = []
    while not over.wait(chance.uniform(1.5, 4.0)):
        victim = chance.choice(VICTIMS)
        if not is_back(product, victim):
            continue
        try:
            product.kill(victim)
        except ProcessLookupError:
            # It has ended meanwhile, as all that need Redis may.
            continue
        killed.append(victim)
        if victim == "redis":
            for file in (product.home / "redis").rglob("*.*"):
                if file.suffix != ".conf":
                    file.unlink(missing_ok=True)
    return killed


def is_back(product: RunningProduct, victim: str) -> bool:
    if victim != "web" or not product.pid(victim):
        return bool(product.pid(victim))
    try:
        return requests.get(f"{product.url}/healthz", timeout=ANSWER_SECONDS).ok
    except requests.RequestException:
        return False


def unfinished(panel: Panel) -> list[tuple[int, str]]:
    marks = ",".join("?" * len(UNFINISHED))
    query = f"SELECT id, status FROM runtime_app_activation WHERE status IN ({marks})"
    return panel.rows(query, *UNFINISHED)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_job_ends_exactly_once_whatever_is_killed(product: RunningProduct, seed: int) -> None:
    panel, chance, over = Panel(product, GUEST_AUTH), random.Random(seed), threading.Event()
    action = panel.create_action("job", JOB)
    parameters = [{"ms": chance.randint(50, 4000), "n": number} for number in range(JOBS)]

    with ThreadPoolExecutor(5) as people, ThreadPoolExecutor(1) as trouble:
        killing = trouble.submit(storm, product, chance, over)
        try:
            keys = list(people.map(lambda values: launch_slowly(panel, action, values), parameters))
        finally:
            over.set()
    assert killing.result(), "nothing was killed, so nothing was proved"

    check_each_ended_once(panel, keys)

    panel.launch(action, {"ms": 10, "n": -1})
    # Sooner than a stuck lease would end.
    wait_until(lambda: not unfinished(panel), LEASE_SECONDS - 5)


def check_each_ended_once(panel: Panel, keys: list[UUID]) -> None:
    """Waits until nothing is under way; then none of these launches is lost, doubled or half-written."""
    wait_until(lambda: not unfinished(panel), SETTLE_SECONDS, pause_seconds=0.5)
    rows = panel.rows(
        "SELECT launch_key, status, activation_id FROM runtime_app_activation WHERE origin = 'panel'"
    )
    assert sorted(row[0] for row in rows) == sorted(key.hex for key in keys), "one row for each launch"
    known = Counter(row[2] for row in rows if row[2])
    assert max(known.values()) == 1, "no two rows share an activation"
    for key, status, activation_id in rows:
        assert status in REPORTED | {Status.UNKNOWN}, (key, status, activation_id)

    ran = {item.activation_id for item in panel.upstream.iter_activations(name="job")}
    unknown = sum(1 for row in rows if row[1] == Status.UNKNOWN)
    assert known.keys() <= ran, "whatever was accepted has its record"
    assert len(ran) <= len(rows), "nothing ran twice"
    assert len(ran - known.keys()) <= unknown, (
        "what ran without our knowing is exactly what is called unknown"
    )
    payloads = panel.rows(
        "SELECT COUNT(*) FROM runtime_app_activation a JOIN runtime_app_activationpayload p"
        " ON p.activation_id = a.id WHERE a.origin = 'panel'"
    )
    assert payloads == [(len(keys),)], "no row is half-written"


def launch_slowly(panel: Panel, action: int, values: dict[str, int]) -> UUID:
    time.sleep(random.Random(values["n"]).uniform(0.2, 1.5))
    return panel.launch(action, values)
