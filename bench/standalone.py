"""What a run costs on the standalone runtime, against Apache's action proxy and a bare Node.js HTTP server.

    python -m bench.standalone [--calls 500] [--waiting 200] [--proxy FOLDER]

The bare server is what an action costs at least: one process, JSON in, the same function, JSON out; no
process for each action, no limits, no logs, no records. The proxy is what runs in every container of a real
OpenWhisk: FOLDER is `core/nodejsActionBase` of a checkout of apache/openwhisk-runtime-nodejs, after an
`npm install` there; it wants port 8080. A real OpenWhisk adds its controller, its queue and its database to
that. All are measured in turns in one run.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self, cast

import psutil

from bench.figures import machine, percentile, table
from standalone.kinds import find_node
from standalone.settings import GUEST_AUTH
from standalone.testing import RunningServer, free_port

ECHO = "function main (args) { return args }"
WAIT = """const main = ({ file }) => {
  require('node:fs').appendFileSync(file, 'x')
  return new Promise(done => setTimeout(done, 3600000, {}))
}"""
BARE = f"""{ECHO}
require('node:http').createServer((request, response) => {{
  let text = ''
  request.on('data', chunk => {{ text += chunk }}).on('end', () => {{
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(main(JSON.parse(text))))
  }})
}}).listen(Number(process.argv[1]), '127.0.0.1')"""
Place = tuple[int, str, bytes]
"""Port, path and body of a call."""
PAYLOAD = json.dumps({"name": "value", "list": [1, 2, 3]}).encode()
HEADERS = {
    "Authorization": "Basic " + base64.b64encode(GUEST_AUTH.encode()).decode(),
    "Content-Type": "application/json",
}
ACTIONS = "/api/v1/namespaces/_/actions"
ROUNDS = 5
WARM_UP = 50
COLD_STARTS = 10
IDLE_SECONDS = 5.0
# Of a core: less than this is a machine that has nothing more to do.
QUIET = 0.05
# What Adobe gives new actions.
SHARED = 200
DEADLINE_SECONDS = 300.0
PROXY_PORT = 8080
PROXY_BODY = json.dumps({"value": json.loads(PAYLOAD), "activation_id": "1" * 32}).encode()


class Caller:
    """One kept-alive connection, or a new one for each call."""

    def __init__(self, port: int, path: str = "/", body: bytes = PAYLOAD, keep_alive: bool = True) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._path = path
        self._body = body
        self._keep_alive = keep_alive

    def call(self, method: str = "POST", path: str | None = None, body: bytes | None = None) -> int:
        self._connection.request(method, path or self._path, body or self._body, HEADERS)
        answer = self._connection.getresponse()
        answer.read()
        if not self._keep_alive:
            self._connection.close()
        return answer.status


class NodeServer:
    """A Node.js program that listens on `port`."""

    def __init__(self, port: int, *arguments: str, folder: Path | None = None) -> None:
        self.port = port
        self._command = [str(find_node()), *arguments]
        self._folder = folder

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            return Caller(self.port).call() > 0
        except OSError:
            return False


def bare_server() -> NodeServer:
    port = free_port()
    return NodeServer(port, "-e", BARE, str(port))


class ActionProxy(NodeServer):
    """Apache's, with the action loaded: from then on it takes `/run`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(PROXY_PORT, "app.js", folder=folder)

    def __enter__(self) -> Self:
        super().__enter__()
        code = {"name": "echo", "main": "main", "code": ECHO, "binary": False}
        if Caller(self.port, "/init").call(body=json.dumps({"value": code}).encode()) != 200:
            raise RuntimeError("The action proxy did not take the action.")
        return self


def wait_for(condition: Callable[[], bool]) -> float:
    """Seconds until it held."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > DEADLINE_SECONDS:
            raise TimeoutError("The machine is too slow for this bench.")
        time.sleep(0.001)
    return time.monotonic() - began


def store(server: RunningServer, name: str, code: str, concurrency: int = 1) -> str:
    """The path that invokes the new action."""
    limits = {"timeout": 3_600_000, "concurrency": concurrency}
    body = {"exec": {"kind": "nodejs:default", "code": code}, "limits": limits}
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


def rate(place: Place, calls: int) -> float:
    """Calls a second over four connections."""
    callers = [Caller(*place) for _ in range(4)]
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda caller: latencies(caller, calls // 4), callers))
    return calls / (time.perf_counter() - began)


def warm_rows(places: Sequence[Place], calls: int) -> list[list[object]]:
    rows: list[list[object]] = []
    for connection, keep_alive in (("kept-alive connection", True), ("new connection", False)):
        callers = [Caller(*place, keep_alive=keep_alive) for place in places]
        taken: list[list[float]] = [[] for _ in places]
        for caller in callers:
            latencies(caller, WARM_UP)
        for _ in range(ROUNDS):
            for caller, times in zip(callers, taken, strict=True):
                times += latencies(caller, calls // ROUNDS)
        for share in (0.5, 0.95):
            values = [percentile(times, share) for times in taken]
            rows.append([f"warm call, {connection}, p{share * 100:.0f} (ms)", *values])
    rows.append(["warm calls a second, 4 connections", *(rate(place, calls) for place in places)])
    return rows


def cold_row(server: RunningServer, proxy: Path | None) -> list[object]:
    """From nothing to the first answer: for the bare server, its start and one request."""
    ours, theirs = [], []
    for number in range(COLD_STARTS):
        caller = Caller(server.port, f"{store(server, f'cold-{number}', ECHO)}?blocking=true")
        ours += latencies(caller, 1)
        began = time.perf_counter()
        with bare_server():
            theirs.append((time.perf_counter() - began) * 1000)
    return ["cold call, p50 (ms)", percentile(ours, 0.5), percentile(theirs, 0.5), *proxy_starts(proxy)]


def proxy_starts(proxy: Path | None) -> list[float]:
    """As above, with `/init` and a `/run`."""
    found = []
    for _ in range(COLD_STARTS if proxy else 0):
        began = time.perf_counter()
        with ActionProxy(cast("Path", proxy)) as started:
            Caller(started.port, "/run", PROXY_BODY).call()
            found.append((time.perf_counter() - began) * 1000)
    return [percentile(found, 0.5)] if found else []


def waiting_rows(server: RunningServer, jobs: int, concurrency: int, folder: Path) -> list[list[object]]:
    """`concurrency` jobs share a process; each says in a file that it has begun."""
    path = store(server, f"wait-{concurrency}", WAIT, concurrency)
    begun = folder / f"begun-{concurrency}"
    begun.touch()
    body = json.dumps({"file": str(begun)}).encode()
    callers = [Caller(server.port, path, body) for _ in range(8)]
    process = psutil.Process(server.pid)
    own, others = process.memory_full_info().uss, set(process.children())
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda caller: latencies(caller, jobs // 8), callers))
    accepted = time.perf_counter() - began
    wait_for(lambda: begun.stat().st_size >= jobs // 8 * 8)
    running = time.perf_counter() - began
    wait_for(lambda: cpu_share(server, 1.0) < QUIET)
    workers = [child for child in process.children() if child not in others]
    private = sum(worker.memory_full_info().uss for worker in workers) / 2**20
    what = f"{jobs} waiting jobs, {concurrency} to a process:"
    return [
        [f"{what} accepted over 8 connections after (s)", accepted],
        [f"{what} all running after (s)", running],
        [f"{what} processes", len(workers)],
        [f"{what} their private memory in all (MiB)", private],
        [f"{what} what the server took more (MiB)", (process.memory_full_info().uss - own) / 2**20],
        [f"{what} processor time of all (% of a core)", cpu_share(server, IDLE_SECONDS) * 100],
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
    parser.add_argument("--proxy", type=Path, metavar="FOLDER", help="Apache's action proxy, see above")
    options = parser.parse_args()
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        many = {"invocations_per_minute": 1_000_000, "concurrent_invocations": 10_000}
        server = servers.enter_context(RunningServer(Path(folder), **many))
        rows.append(["idle server (% of a core)", cpu_share(server, IDLE_SECONDS) * 100])
        with ExitStack() as others:
            places = [(server.port, f"{store(server, 'echo', ECHO)}?blocking=true&result=true", PAYLOAD)]
            places.append((others.enter_context(bare_server()).port, "/", PAYLOAD))
            if options.proxy:
                places.append((others.enter_context(ActionProxy(options.proxy)).port, "/run", PROXY_BODY))
            rows += warm_rows(places, options.calls)
        rows.append(cold_row(server, options.proxy))
        for concurrency in (SHARED, 1):
            rows += waiting_rows(server, options.waiting, concurrency, Path(folder))
    header = ["What", "Standalone runtime", "Bare Node.js server", "Apache's action proxy"]
    columns = len(header) if options.proxy else len(header) - 1
    print(machine())
    print()
    print(table(header[:columns], [[*row, *["-"] * (columns - len(row))] for row in rows]))


if __name__ == "__main__":
    main()
