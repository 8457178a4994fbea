"""What a cycle costs with 1,000 and with 10,000 pending jobs that were launched in the same seconds.

    python -m bench.many_pending [--cycles 20]

The jobs all run on: this is what waiting costs. Requests are counted by the server that is asked. Beside it
stands what asking for each job costs, once.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.databases import database_name, prepared, run_on_each
from bench.figures import machine, percentile, table

CROWDS = (1_000, 10_000)
LAUNCH_SECONDS = 20
AGE_SECONDS = 30
PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Cost:
    """Of one cycle: requests, milliseconds of the clock and of the processor."""

    requests: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float


def pending_rows(namespace: Any, count: int) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from runtime_app.models import Activation, Status

    now = timezone.now()
    rows = []
    for number in range(count):
        at = now - timedelta(seconds=AGE_SECONDS + LAUNCH_SECONDS * number / count)
        rows.append(
            Activation(
                namespace=namespace,
                activation_id=f"{number:032x}",
                action_path="wait",
                status=Status.PENDING,
                listed_at=at,
                accepted_at=at,
                deadline_at=now + timedelta(hours=3),
                next_poll_at=now,
            )
        )
    Activation.objects.bulk_create(rows, batch_size=500)


def cost_of_cycles(namespace: Any, upstream: Any, cycles: int) -> Cost:
    """Run as many cycles as the collector would while somebody watches, each when something is due."""
    from runtime_app.services.collecting.cycles import collect_namespace
    from runtime_app.services.live.publishing import watch

    times, cpu = [], 0.0
    upstream.asked.clear()
    for _ in range(cycles):
        watch(namespace.pk)
        began, cpu_began = time.perf_counter(), time.thread_time()
        collect_namespace(namespace.pk)
        times.append((time.perf_counter() - began) * 1000)
        cpu += (time.thread_time() - cpu_began) * 1000
        time.sleep(max(0.0, PAUSE_SECONDS - times[-1] / 1000))
    p50, p95 = (percentile(times, share) for share in (0.5, 0.95))
    return Cost(len(upstream.asked) / cycles, p50, p95, cpu / cycles)


def measure(cycles: int) -> None:
    from tests.factories import make_namespace
    from tests.upstream import Upstream

    rows: list[list[object]] = []
    with Upstream().running() as upstream:
        upstream.has_activations()
        for count in CROWDS:
            namespace = make_namespace(api_host=upstream.url)
            pending_rows(namespace, count)
            cost = cost_of_cycles(namespace, upstream, cycles)
            rows.append([database_name(), count, cost.requests, count, cost.p50_ms, cost.p95_ms, cost.cpu_ms])
            namespace.delete()
    header = ["", "pending", "requests a cycle", "one by one", "cycle p50 ms", "p95 ms", "CPU ms"]
    print(table(header, rows))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cycles", type=int, default=20)
    arguments = parser.parse_args()
    if database_name():
        with prepared():
            measure(arguments.cycles)
        return 0
    print(f"{arguments.cycles} cycles. {machine()}\n", flush=True)
    return run_on_each("bench.many_pending", sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
