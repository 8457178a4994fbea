"""SQLite's file locked for longer than anybody waits for it: people try again, and nothing is lost."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from controlpanel.backing import SQLITE_OPTIONS
from runtime_app.services.collecting.cycles import LEASE_SECONDS
from standalone.settings import GUEST_AUTH
from tests.faults.test_killed_processes import JOB, SEEDS, check_each_ended_once, launch_slowly, unfinished
from tests.panel import Panel
from tests.product import RunningProduct
from tests.waiting import wait_until

JOBS = 20
LOCKED_SECONDS = SQLITE_OPTIONS["timeout"] + 2

pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[RunningProduct]:
    with RunningProduct(tmp_path / "home") as running:
        yield running


def hold_the_lock(file: Path, seconds: float) -> None:
    """As a backup does that goes wrong, or somebody at the file with a tool."""
    with closing(sqlite3.connect(file, timeout=seconds, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_job_ends_exactly_once_though_nobody_could_write_for_a_while(
    product: RunningProduct, seed: int
) -> None:
    panel, chance = Panel(product, GUEST_AUTH), random.Random(seed)
    action = panel.create_action("job", JOB)
    parameters = [{"ms": chance.randint(50, 4000), "n": number} for number in range(JOBS)]
    with ThreadPoolExecutor(5) as people, ThreadPoolExecutor(1) as trouble:
        launches = [people.submit(launch_slowly, panel, action, values) for values in parameters]
        time.sleep(chance.uniform(0.5, 3.0))
        locked = trouble.submit(hold_the_lock, product.home / "overtime.sqlite3", LOCKED_SECONDS)
        keys = [each.result() for each in launches]
        locked.result()
    check_each_ended_once(panel, keys)

    panel.launch(action, {"ms": 10, "n": -1})
    # Sooner than a stuck lease would end.
    wait_until(lambda: not unfinished(panel), LEASE_SECONDS - 5)
