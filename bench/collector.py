"""Bring a thousand pending jobs home: Overtime, and what people do otherwise, in one run on one runtime.

    python -m bench.collector [--jobs 1000] [--longest 60] [--within 50] [--watchers 5] [--alone]

The jobs are one action that waits as long as it is told, 1 s to `--longest` s by a fixed seed. They are
launched evenly `--within` so many seconds, or as fast as the machine can with 0. Lag is from the record's own
end to the moment its result was there: a final row, an event in a browser's stream, or an answer. Requests
are counted by a proxy in front of the runtime, which all three go through. `--alone` leaves out what people
do otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import requests

from bench.counting_proxy import CountingProxy
from bench.figures import machine, percentile, table
from runtime_app.openwhisk import ActionLimits, ActionSpec, NotFound, OpenWhiskClient
from standalone.settings import GUEST_AUTH
from tests.panel import Panel
from tests.product import RunningProduct

ACTION = "bench-wait"
SOURCE = "function main({ ms }) { return new Promise(done => setTimeout(() => done({ ms }), ms)) }"
LIMITS = ActionLimits(timeout_ms=600_000, memory_mb=512, logs_mb=1, concurrency=500)
LAUNCHERS = 8
GRACE_SECONDS = 60
OURS = ("worker", "beat", "web", "redis")


@dataclass
class Measured:
    """One way to collect: lags in seconds, requests to the runtime, CPU seconds of the collector."""

    name: str
    lags: list[float] = field(default_factory=list)
    requests: int = 0
    most_in_a_minute: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def row(self, jobs: int) -> list[object]:
        """A line of the table."""
        shares = [percentile(self.lags, share) for share in (0.5, 0.95, 0.99)]
        rate, each = self.requests / self.seconds, self.requests / jobs
        asked = [self.requests, rate, self.most_in_a_minute, each]
        return [self.name, len(self.lags), *shares, *asked, self.cpu_seconds]


def durations_ms(jobs: int, longest_seconds: int) -> list[int]:
    """How long each job takes; the same in every run."""
    chance = random.Random(20_26)
    return [chance.randint(1_000, longest_seconds * 1_000) for _ in range(jobs)]


def launch_all(waits: Sequence[int], within_seconds: float, launch: Callable[[int], object]) -> None:
    """Launch one job after the other, spread evenly, over some connections."""
    began = time.monotonic()

    def in_turn(number: int) -> None:
        time.sleep(max(0.0, began + within_seconds * number / len(waits) - time.monotonic()))
        launch(waits[number])

    with ThreadPoolExecutor(LAUNCHERS) as people:
        list(people.map(in_turn, range(len(waits))))


def overtime(
    product: RunningProduct, proxy: CountingProxy, waits: Sequence[int], within: float, watchers: int
) -> list[Measured]:
    """Launch through the panel; read lags from its rows and from its streams."""
    panel = Panel(product, GUEST_AUTH)
    action = panel.create_action(ACTION, SOURCE, timeout_ms=LIMITS.timeout_ms)
    panel.upstream.put_action(
        ACTION, ActionSpec(kind="nodejs:default", code=SOURCE, limits=LIMITS), overwrite=True
    )
    send_through(product, proxy)
    time.sleep(3)
    streams = [Stream(panel) for _ in range(watchers)]
    processes = [psutil.Process(product.pid(name)) for name in OURS]
    proxy.clear()
    began, cpu = time.monotonic(), cpu_of(processes)
    launch_all(waits, within, lambda ms: panel.launch(action, {"ms": ms}))
    unfinished = (
        "SELECT COUNT(*) FROM runtime_app_activation WHERE status IN ('queued', 'sending', 'pending')"
    )
    wait_for(lambda: panel.rows(unfinished)[0][0] == 0, max(waits) / 1000 + GRACE_SECONDS)
    ours = Measured("Overtime, final row", seconds=time.monotonic() - began, requests=proxy.counts["GET"])
    ours.cpu_seconds = cpu_of(processes) - cpu
    ours.most_in_a_minute = proxy.most_gets_in(60)
    time.sleep(2)
    rows = panel.rows(
        "SELECT id, changed_at, ended_at FROM runtime_app_activation"
        " WHERE action_path = ? AND ended_at IS NOT NULL",
        ACTION,
    )
    moments = [(pk, epoch(changed), epoch(end)) for pk, changed, end in rows]
    ended = {pk: end for pk, _, end in moments}
    ours.lags = [changed - end for _, changed, end in moments]
    browser = Measured(f"Overtime, event in each of {watchers} browsers", seconds=ours.seconds)
    browser.requests, browser.most_in_a_minute = ours.requests, ours.most_in_a_minute
    browser.lags = [seen - ended[pk] for stream in streams for pk, seen in stream.seen.items() if pk in ended]
    return [ours, browser]


def one_get_per_second(
    client: OpenWhiskClient, proxy: CountingProxy, waits: Sequence[int], within: float
) -> Measured:
    """Ask for every pending id once a second, over kept-alive connections."""
    measured = Measured("One GET per job and second")
    return poll(client, proxy, waits, within, measured, pause_seconds=1.0, workers=16)


def loop_of_a_script(
    client: OpenWhiskClient, proxy: CountingProxy, waits: Sequence[int], within: float
) -> Measured:
    """Ask for one id after the other, as a script around the command line or the SDK does."""
    measured = Measured("A script's loop over the ids")
    return poll(client, proxy, waits, within, measured, pause_seconds=0.0, workers=1)


def poll(
    client: OpenWhiskClient,
    proxy: CountingProxy,
    waits: Sequence[int],
    within: float,
    measured: Measured,
    *,
    pause_seconds: float,
    workers: int,
) -> Measured:
    proxy.clear()
    began, cpu = time.monotonic(), time.process_time()
    pending: set[str] = set()
    with ThreadPoolExecutor(1) as launcher, ThreadPoolExecutor(workers) as askers:
        launched = launcher.submit(
            launch_all, waits, within, lambda ms: pending.add(client.invoke(ACTION, {"ms": ms}).activation_id)
        )
        while pending or not launched.done():
            round_began = time.monotonic()
            for activation_id, lag in askers.map(lambda each: ask(client, each), sorted(pending.copy())):
                if lag is not None:
                    measured.lags.append(lag)
                    pending.discard(activation_id)
            time.sleep(max(0.0, pause_seconds - (time.monotonic() - round_began)))
    measured.seconds, measured.cpu_seconds = time.monotonic() - began, time.process_time() - cpu
    measured.requests, measured.most_in_a_minute = proxy.counts["GET"], proxy.most_gets_in(60)
    return measured


def ask(client: OpenWhiskClient, activation_id: str) -> tuple[str, float | None]:
    try:
        record = client.get_activation(activation_id)
    except NotFound:
        return activation_id, None
    return activation_id, time.time() - (record.end_ms or 0) / 1000


class Stream:
    """A browser's stream of the namespace: when each activation was announced as final."""

    def __init__(self, panel: Panel) -> None:
        self.seen: dict[int, float] = {}
        url = f"{panel.product.url}/n/guest/live/"
        self._answer = requests.get(url, cookies=panel.session.cookies, stream=True, timeout=(5, 30))
        self._answer.raise_for_status()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(requests.RequestException):
            self._follow()

    def _follow(self) -> None:
        for note in self._notes():
            if note["status"] not in ("queued", "sending", "pending"):
                self.seen.setdefault(note["pk"], time.time())

    def _notes(self) -> Iterator[dict[str, object]]:
        event = ""
        for line in self._answer.iter_lines(chunk_size=None, decode_unicode=True):
            if line.startswith("event:"):
                event = line.partition(":")[2].strip()
            elif line.startswith("data:") and event == "changed":
                yield json.loads(line.partition(":")[2])


def send_through(product: RunningProduct, proxy: CountingProxy) -> None:
    """Let the panel reach its runtime through the proxy."""
    connection = sqlite3.connect(product.home / "overtime.sqlite3", timeout=20)
    with connection:
        connection.execute("UPDATE runtime_app_namespace SET api_host = ?", (proxy.url,))
    connection.close()


def epoch(text: str) -> float:
    """Seconds of a time as SQLite keeps it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def cpu_of(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def wait_for(condition: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise SystemExit("Not everything came home in time.")
        time.sleep(0.2)


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--jobs", type=int, default=1000)
    arguments.add_argument("--longest", type=int, default=60, metavar="SECONDS")
    arguments.add_argument("--within", type=float, default=50, metavar="SECONDS")
    arguments.add_argument("--watchers", type=int, default=5)
    arguments.add_argument("--alone", action="store_true")
    chosen = arguments.parse_args()
    waits = durations_ms(chosen.jobs, chosen.longest)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningProduct(Path(folder) / "home") as product,
        CountingProxy(int(product.variables["STANDALONE_PORT"])) as proxy,
    ):
        measured = overtime(product, proxy, waits, chosen.within, chosen.watchers)
        if not chosen.alone:
            with OpenWhiskClient(proxy.url, GUEST_AUTH, "guest") as client:
                measured.append(one_get_per_second(client, proxy, waits, chosen.within))
                measured.append(loop_of_a_script(client, proxy, waits, chosen.within))
    lags = ["lag p50 s", "p95 s", "p99 s"]
    header = ["", "collected", *lags, "GETs", "GETs/s", "most in a minute", "GETs/result", "CPU s"]
    spread = f"launched within {chosen.within:g} s" if chosen.within else "launched as fast as they can be"
    print(f"{chosen.jobs} jobs of 1 to {chosen.longest} s, {spread}. {machine()}\n")
    print(table(header, [each.row(chosen.jobs) for each in measured]))


if __name__ == "__main__":
    main()
