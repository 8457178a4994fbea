"""Records a second that the panel takes in: as lists bring them, and row by row.

    python -m bench.take_in [--records 20000] [--on PostgreSQL]

Half of the records end an activation that waits for them, half were started elsewhere.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from bench.databases import add_choice, database_name, prepared, run_on_each
from bench.figures import machine, table

LIST_PAGE = 200
ROW_BY_ROW = 500


def remote_records(count: int) -> list[Any]:
    from runtime_app.openwhisk import RemoteActivation
    from tests.upstream import record

    return [RemoteActivation.from_json(record(f"{number:032x}")) for number in range(count)]


def waiting_rows(namespace: Any, records: list[Any]) -> None:
    """A pending activation for every second record."""
    from django.utils import timezone

    from runtime_app.models import Activation, Status

    now = timezone.now()
    Activation.objects.bulk_create(
        [
            Activation(
                namespace=namespace,
                activation_id=each.activation_id,
                action_path="resize",
                status=Status.PENDING,
                listed_at=now,
                accepted_at=now,
                next_poll_at=now,
            )
            for each in records[::2]
        ],
        batch_size=500,
    )


def measure(count: int) -> None:
    from runtime_app.services.collecting.records import take_in, take_in_many
    from tests.factories import make_namespace

    records, namespace = remote_records(count + ROW_BY_ROW), make_namespace()
    many, single = records[:count], records[count:]
    waiting_rows(namespace, records)
    began = time.perf_counter()
    for start in range(0, count, LIST_PAGE):
        take_in_many(namespace, many[start : start + LIST_PAGE])
    in_pages = count / (time.perf_counter() - began)
    began = time.perf_counter()
    for each in single:
        take_in(namespace, each)
    one_by_one = len(single) / (time.perf_counter() - began)
    print(
        table(
            ["", f"pages of {LIST_PAGE}, records/s", "row by row, records/s"],
            [[database_name(), in_pages, one_by_one]],
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=20_000)
    add_choice(parser)
    arguments = parser.parse_args()
    if database_name():
        with prepared():
            measure(arguments.records)
        return 0
    print(f"{arguments.records} records. {machine()}\n", flush=True)
    return run_on_each("bench.take_in", sys.argv[1:], only=arguments.on)


if __name__ == "__main__":
    sys.exit(main())
