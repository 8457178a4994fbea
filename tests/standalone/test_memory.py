"""How the memory of a process and of what it has started is counted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from standalone.execution import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory others use")

FORK = """import os, time
held = b"x" * 40_000_000
if os.fork():
    print("forked", flush=True)
time.sleep(60)"""


@pytest.fixture
def forked() -> Iterator[int]:
    """A process of some 50 MB and a fork that shares them."""
    with subprocess.Popen([sys.executable, "-c", FORK], stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        os.killpg(process.pid, signal.SIGKILL)


def test_what_a_process_shares_with_its_fork_counts_once(forked: int) -> None:
    assert memory.exceeds_memory(forked, 30)
    assert not memory.exceeds_memory(forked, 70)


def test_a_limit_holds_on_a_kernel_that_tells_no_exact_number(
    forked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "EXACT_FIELD", b"Unknown:")
    assert memory.exceeds_memory(forked, 30)
