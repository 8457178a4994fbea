"""What a run costs on the standalone runtime, against a bare Node.js HTTP server that does the same work.

    python -m bench.standalone [--calls 500] [--waiting 200]

The bare server is what an action costs at least: one process, JSON in, the same function, JSON out; no
process for each action, no limits, no logs, no records. Both are measured in turns in one run.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from bench.figures import machine, percentile, table
from standalone.kinds import find_node
from standalone.settings import GUEST_AUTH
from standalone.testing import RunningServer, free_port

ECHO = "function main (args) { return args }"
WAIT = "const main = () => new Promise(done => setTimeout(done, 3600000, {}))"
BARE = f"""{ECHO}
require('node:http').createServer((request, response) => {{
  let text = ''
  request.on('data', chunk => {{ text += chunk }}).on('end', () => {{
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(main(JSON.parse(text))))
  }})
}}).listen(Number(process.argv[1]), '127.0.0.1')"""
PAYLOAD = json.dumps({"name": "value", "list": [1, 2, 3]}).encode()
HEADERS = {
    "Authorization": "Basic " + base64.b64encode(GUEST_AUTH.encode()).decode(),
    "Content-Type": "application/json",
}
ACTIONS = "/api/v1/namespaces/_/actions"
ROUNDS = 5
COLD_STARTS = 10
LAUNCHES = 500
IDLE_SECONDS = 5.0
DEADLINE_SECONDS = 300.0


class Caller:
    """One kept-alive connection."""

    def __init__(self, port: int, path: str = "/") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._path = path

    def call(self, method: str = "POST", path: str | None = None, body: bytes = PAYLOAD) -> int:
        self._connection.request(method, path or self._path, body, HEADERS)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


class BareServer:
    def __init__(self) -> None:
        self.port = free_port()

    def __enter__(self) -> BareServer:
        self.process = subprocess.Popen([str(find_node()), "-e", BARE, str(self.port)])
        wait_for(self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            return Caller(self.port).call() == 200
        except OSError:
            return False


def wait_for(condition: Callable[[], bool]) -> float:
    """Seconds until it held."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > DEADLINE_SECONDS:
            raise TimeoutError("The machine is too slow for this bench.")
        time.sleep(0.001)
    return time.monotonic() - began


def store(server: RunningServer, name: str, code: str) -> str:
    """The path that invokes the new action."""
    body = {"exec": {"kind": "nodejs:default", "code": code}, "limits": {"timeout": 3_600_000}}
    path = f"{ACTIONS}/{name}"
    if Caller(server.port).call("PUT", f"{path}?overwrite=true", json.dumps(body).encode()) != 200:
        raise RuntimeError("The action could not be stored.")
    return path


def latencies(caller: Caller, calls: int) -> list[float]:
    """Milliseconds of each call."""
    found = []
    for _ in range(calls):
        began = time.perf_counter()
        caller.call()
        found.append((time.perf_counter() - began) * 1000)
    return found


def rate(port: int, path: str, calls: int) -> float:
    """Calls a second over four connections."""
    callers = [Caller(port, path) for _ in range(4)]
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda caller: latencies(caller, calls // 4), callers))
    return calls / (time.perf_counter() - began)


def warm_rows(server: RunningServer, bare: BareServer, calls: int) -> list[list[object]]:
    path = f"{store(server, 'echo', ECHO)}?blocking=true&result=true"
    ours, theirs = Caller(server.port, path), Caller(bare.port)
    latencies(ours, 50), latencies(theirs, 50)
    our_times: list[float] = []
    their_times: list[float] = []
    for _ in range(ROUNDS):
        our_times += latencies(ours, calls // ROUNDS)
        their_times += latencies(theirs, calls // ROUNDS)
    rows: list[list[object]] = []
    for share in (0.5, 0.95):
        mine, other = percentile(our_times, share), percentile(their_times, share)
        rows.append([f"warm call, p{share * 100:.0f} (ms)", mine, other])
    rows.append(
        ["warm calls a second, 4 connections", rate(server.port, path, calls), rate(bare.port, "/", calls)]
    )
    return rows


def cold_row(server: RunningServer) -> list[object]:
    """From nothing to the first answer: for the bare server, its start and one request."""
    ours, theirs = [], []
    for number in range(COLD_STARTS):
        caller = Caller(server.port, f"{store(server, f'cold-{number}', ECHO)}?blocking=true")
        ours += latencies(caller, 1)
        began = time.perf_counter()
        with BareServer():
            theirs.append((time.perf_counter() - began) * 1000)
    return ["cold call, p50 (ms)", percentile(ours, 0.5), percentile(theirs, 0.5)]


def waiting_rows(server: RunningServer, jobs: int) -> list[list[object]]:
    path = store(server, "wait", WAIT)
    callers = [Caller(server.port, path) for _ in range(8)]
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda caller: latencies(caller, jobs // 8), callers))
    accepted = time.perf_counter() - began
    process = psutil.Process(server.pid)
    before = len(process.children())
    started = wait_for(lambda: len(process.children()) >= max(before, jobs // 8 * 8))
    wait_for(lambda: cpu_share(server, 1.0) < 0.05)
    tree = [process, *process.children(recursive=True)]
    private = sum(one.memory_full_info().uss for one in tree[1:]) / 2**20 / (len(tree) - 1)
    return [
        [f"{jobs} launches of a job that waits, 8 connections: accepted after (s)", accepted, "-"],
        ["… all running after (s)", accepted + started, "-"],
        ["… private memory of each (MiB)", private, "-"],
        ["… the server's own (MiB)", process.memory_full_info().uss / 2**20, "-"],
        ["… processor time of all (% of a core)", cpu_share(server, IDLE_SECONDS) * 100, "-"],
    ]


def cpu_share(server: RunningServer, seconds: float) -> float:
    process = psutil.Process(server.pid)
    tree = [process, *process.children(recursive=True)]

    def used() -> float:
        return sum(sum(one.cpu_times()[:2]) for one in tree)

    before = used()
    time.sleep(seconds)
    return (used() - before) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--waiting", type=int, default=200)
    options = parser.parse_args()
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        many = {"invocations_per_minute": 1_000_000, "concurrent_invocations": 10_000}
        with RunningServer(Path(folder), **many) as server:
            rows.append(["idle server (% of a core)", cpu_share(server, IDLE_SECONDS) * 100, "-"])
            with BareServer() as bare:
                rows += warm_rows(server, bare, options.calls)
            rows.append(cold_row(server))
            rows += waiting_rows(server, options.waiting)
    print(machine())
    print()
    print(table(["What", "Standalone runtime", "Bare Node.js server"], rows))


if __name__ == "__main__":
    main()
