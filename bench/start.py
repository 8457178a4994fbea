"""How long `manage.py up` takes to start everything, the first time and later, and to end all of it.

    python -m bench.start [--starts 5]

A start is from calling the command to its last line, when every process answers; a stop from SIGTERM to its
exit, while a browser holds its event stream open. Beside them, what any management command takes before it
does anything. What a fresh clone installs before (`make run`) depends on the network and is left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import machine, table

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")


def start_and_stop(home: Path) -> tuple[float, float]:
    """Seconds until everything is ready, and seconds until everything has ended."""
    from tests.product import RunningProduct

    with (
        RunningProduct(home) as product,
        product.signed_in().get(f"{product.url}/n/guest/live/", stream=True, timeout=10) as stream,
    ):
        next(stream.iter_content(1))
        return product.start_seconds, product.stop()


def nothing() -> float:
    """Seconds of a management command that does nothing."""
    began = time.monotonic()
    subprocess.run([sys.executable, "manage.py", "shell", "-c", ""], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=5, help="later starts in the same folder")
    arguments = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="overtime-bench-") as folder:
        (first, first_stop), *later = [
            start_and_stop(Path(folder) / "home") for _ in range(1 + arguments.starts)
        ]
    idle = [nothing() for _ in range(arguments.starts)]
    rows = [
        ("First start, the database is made", first, first),
        ("Later start", *median_and_most([start for start, _ in later])),
        ("Stop, a browser watching", *median_and_most([first_stop, *(stop for _, stop in later)])),
        ("A management command that does nothing", *median_and_most(idle)),
    ]
    print(table(["", "median s", "most s"], rows))
    return 0


def median_and_most(values: list[float]) -> tuple[float, float]:
    """What the table's two columns tell of each row."""
    return statistics.median(values), max(values)


if __name__ == "__main__":
    sys.exit(main())
