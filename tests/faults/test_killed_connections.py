"""PostgreSQL on its bad days: connections end at any moment, the server itself is killed and comes back.

Nothing of the product needs a start for that, every job ends exactly once, and open pages hear of it.
`FAULT_SEEDS="1 2 3" FAULT_JOBS=500 pytest tests/faults` tries more schedules with more jobs.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import requests

from runtime_app.services.collecting.cycles import LEASE_SECONDS
from standalone.settings import GUEST_AUTH
from tests.faults.listener import Listener
from tests.faults.test_killed_processes import (
    JOB,
    JOBS,
    SEEDS,
    check_each_ended_once,
    is_back,
    launch_slowly,
    unfinished,
)
from tests.faults.test_killed_queue import STORM_SECONDS, check_each_left_once, put_down
from tests.panel import ANSWER_SECONDS, OBSERVER, Panel
from tests.postgres import OUTLIVES_A_KILL, Server, postgres_server
from tests.product import RunningProduct
from tests.waiting import wait_until

# Of the connections that there are at a moment; most live for one request or task.
ENDED_AT_ONCE = 0.5
PAUSES = (0.02, 0.3)
SERVER_DIES_AFTER = (2.0, 8.0)
SERVER_IS_AWAY = (0.5, 3.0)
PROCESSES = ("worker", "web")
PROCESS_DIES_EVERY = (2.0, 5.0)
THEIR_CONNECTIONS = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> %s"
)
LAUNCHES = "SELECT launch_key, id, status FROM runtime_app_activation WHERE origin = 'panel'"
READY_SECONDS = 60

pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres_server(OUTLIVES_A_KILL) as running:
        yield running


@pytest.fixture
def product(tmp_path: Path, server: Server) -> Iterator[RunningProduct]:
    with RunningProduct(tmp_path / "home", DATABASE_URL=server.url) as running:
        yield running


class Storm:
    """Ends connections of the product several times a second, and the server at least once."""

    def __init__(self, product: RunningProduct, server: Server, seed: int, victims: Sequence[str]) -> None:
        self.product = product
        self.server = server
        self.victims = victims
        self.chance = random.Random(seed)
        self.over = threading.Event()
        self.struck: Counter[str] = Counter()

    def rage(self) -> Counter[str]:
        """Until `over`; what was killed how often."""
        began = time.monotonic()
        server_dies_at = began + self.chance.uniform(*SERVER_DIES_AFTER)
        process_dies_at = began + self.chance.uniform(*PROCESS_DIES_EVERY)
        while not (self.over.wait(self.chance.uniform(*PAUSES)) and self.struck["server"]):
            self._end_connections()
            if time.monotonic() > server_dies_at and not self.struck["server"]:
                self._kill_server()
            if self.victims and time.monotonic() > process_dies_at:
                process_dies_at = time.monotonic() + self.chance.uniform(*PROCESS_DIES_EVERY)
                self._kill_process(self.chance.choice(self.victims))
        return self.struck

    def _end_connections(self) -> None:
        with psycopg.connect(self.server.url, application_name=OBSERVER, autocommit=True) as connection:
            pids = [pid for (pid,) in connection.execute(THEIR_CONNECTIONS, [OBSERVER])]
            chosen = [pid for pid in pids if self.chance.random() < ENDED_AT_ONCE]
            for pid in chosen:
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        self.struck["connection"] += len(chosen)

    def _kill_server(self) -> None:
        self.server.kill()
        time.sleep(self.chance.uniform(*SERVER_IS_AWAY))
        self.server.start()
        self.struck["server"] += 1

    def _kill_process(self, name: str) -> None:
        if not is_back(self.product, name):
            return
        try:
            self.product.kill(name)
        except ProcessLookupError:
            return
        self.struck[name] += 1


def run_through(product: RunningProduct, storm: Storm) -> None:
    """Launch through the storm as several people do, then find everything as it should be.

    A page stays open all the while, and is told how the jobs end.
    """
    panel = Panel(product, GUEST_AUTH)
    action = panel.create_action("job", JOB)
    chance = random.Random(storm.chance.random())
    parameters = [{"ms": chance.randint(50, 4000), "n": number} for number in range(JOBS)]
    with Listener(panel) as page, ThreadPoolExecutor(5) as people, ThreadPoolExecutor(1) as trouble:
        raging = trouble.submit(storm.rage)
        try:
            keys = list(people.map(lambda values: launch_slowly(panel, action, values), parameters))
        finally:
            storm.over.set()
        assert raging.result()["connection"], "no connection was ended, so nothing was proved"
        wait_until(lambda: is_ready(product), READY_SECONDS, pause_seconds=0.5)
        check_each_ended_once(panel, keys)

        last = panel.launch(action, {"ms": 10, "n": -1})
        # Sooner than a stuck lease would end.
        wait_until(lambda: not unfinished(panel), LEASE_SECONDS - 5)
        # Who is killed between a commit and the telling of it leaves that to a web process that lives on.
        heard = [last] if storm.victims else [*keys, last]
        ended = {pk: status for key, pk, status in panel.rows(LAUNCHES) if UUID(key) in heard}
        assert len(ended) == len(heard)
        wait_until(lambda: page.shows(ended), READY_SECONDS)


def is_ready(product: RunningProduct) -> bool:
    try:
        return requests.get(f"{product.url}/readyz", timeout=ANSWER_SECONDS).status_code == 200
    except requests.RequestException:
        return False


@pytest.mark.parametrize("seed", SEEDS)
def test_ended_connections_and_a_killed_server_cost_nothing_and_no_process(
    product: RunningProduct, server: Server, seed: int
) -> None:
    before = {name: product.pid(name) for name in ("worker", "beat", "web")}
    run_through(product, Storm(product, server, seed, victims=()))
    assert {name: product.pid(name) for name in before} == before, "nothing had to be started again"


@pytest.mark.parametrize("seed", SEEDS)
def test_processes_killed_beside_their_connections_cost_nothing(
    product: RunningProduct, server: Server, seed: int
) -> None:
    run_through(product, Storm(product, server, seed, PROCESSES))


@pytest.mark.parametrize("seed", SEEDS)
def test_each_row_and_each_due_time_is_launched_once_through_ended_connections(
    product: RunningProduct, server: Server, seed: int
) -> None:
    panel, storm = Panel(product, GUEST_AUTH), Storm(product, server, seed, victims=())
    bulk = put_down(panel, storm.chance)
    threading.Timer(STORM_SECONDS, storm.over.set).start()
    assert storm.rage()["connection"], "no connection was ended, so nothing was proved"
    check_each_left_once(panel, bulk)
