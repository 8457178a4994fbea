"""`manage.py up`: one command starts everything, keeps it running and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.product import CHILDREN, STOP_SECONDS, RunningProduct
from tests.waiting import wait_until

RESTART_SECONDS = 60
ANSWER_SECONDS = 30


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    with RunningProduct(tmp_path_factory.mktemp("up") / "home") as running:
        yield running


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def test_a_fresh_start_prints_the_address_and_a_link_that_signs_in_once(product: RunningProduct) -> None:
    assert product.said(f"Overtime is ready at {product.url}/")
    assert product.link.startswith(product.url)
    assert requests.get(product.link, timeout=ANSWER_SECONDS).status_code == 200


def test_every_process_runs_and_the_runtime_is_connected(product: RunningProduct) -> None:
    assert all(psutil.pid_exists(product.pid(name)) for name in CHILDREN)
    assert requests.get(f"{product.standalone_url}/ping", timeout=ANSWER_SECONDS).status_code == 200
    with sqlite3.connect(product.home / "overtime.sqlite3") as database:
        assert database.execute("select count(*) from runtime_app_namespace").fetchone() == (1,)


def test_nothing_but_our_own_sentences_is_printed(product: RunningProduct) -> None:
    assert not [line for line in product.lines if "│" in line]


def test_static_files_are_served_with_safe_headers(product: RunningProduct) -> None:
    answer = requests.get(f"{product.url}/static/js/live.js", timeout=ANSWER_SECONDS)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert requests.get(f"{product.url}/static/../manage.py", timeout=ANSWER_SECONDS).status_code == 404


def test_a_second_start_on_the_same_folder_says_so_and_changes_nothing(product: RunningProduct) -> None:
    configuration = product.home / "redis" / "redis.conf"
    before = configuration.read_text()
    said = RunningProduct(product.home).refused()
    assert configuration.read_text() == before
    assert f"Overtime is already running in {product.home} (process {product.process.pid})." in said


@pytest.mark.parametrize("name", ["worker", "redis", "standalone", "web"])
def test_a_process_that_dies_is_started_again_and_said_so(product: RunningProduct, name: str) -> None:
    before = product.kill(name)
    wait_until(lambda: product.said(f"{name} ended (signal SIGKILL); starting it again in 1 s."))
    wait_until(lambda: product.pid(name) not in (0, before), RESTART_SECONDS)
    if name != "worker":  # It listens nowhere.
        wait_until(lambda: product.said(f"{name} answers again."), RESTART_SECONDS)
    # What others say of it is one sentence each.
    assert not [line for line in product.lines if "Traceback" in line or 'File "' in line]


def test_sigterm_ends_all_processes_though_a_browser_watches_and_a_second_start_finds_all_as_it_was(
    tmp_path: Path, migrated: Callable[[Path], Path]
) -> None:
    """How many seconds both take, `python -m bench.start` measures."""
    with RunningProduct(migrated(tmp_path / "home")) as first:
        processes = first.descendants()
        assert len(processes) >= len(CHILDREN)
        person = first.signed_in()
        # A browser that watches keeps its event stream open; it must not hold up the stop.
        with person.get(f"{first.url}/n/guest/live/", stream=True, timeout=ANSWER_SECONDS) as stream:
            assert next(stream.iter_content(1))
            first.stop()
        assert first.process.returncode == 0
        assert not [line for line in first.lines if "│" in line]
    assert all_gone(processes)
    with RunningProduct(tmp_path / "home", **first.variables) as second:
        assert second.link
        answer = person.get(f"{second.url}/n/guest/", timeout=ANSWER_SECONDS, allow_redirects=False)
        assert answer.status_code == 200
        second.stop(signal.SIGINT)


def test_children_end_when_up_itself_is_killed(tmp_path: Path, migrated: Callable[[Path], Path]) -> None:
    with RunningProduct(migrated(tmp_path / "home")) as product:
        processes = product.descendants()
        product.stop(signal.SIGKILL)
        wait_until(lambda: all_gone(processes), STOP_SECONDS)


@pytest.mark.parametrize("variable", ["PORT", "REDIS_PORT", "STANDALONE_PORT"])
def test_a_taken_port_gets_a_sentence_with_the_variable_to_change(tmp_path: Path, variable: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = RunningProduct(tmp_path / "home", **{variable: port}).refused()
    assert f"Port {port} for " in said
    assert (
        f"is already in use by another program. Set {variable} to a free port, for example {variable}="
        in said
    )


def test_a_part_of_the_product_can_be_started(tmp_path: Path, migrated: Callable[[Path], Path]) -> None:
    with RunningProduct(migrated(tmp_path / "home"), "--only", "redis") as product:
        assert product.said("Running: redis.")
        assert product.pid("redis")
        assert not product.pid("web")


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    said = RunningProduct(tmp_path / "home", "--only", "redis,postgres").refused()
    assert "There is no process named postgres; there are redis, standalone, worker, beat, web." in said


def test_an_outside_redis_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    said = RunningProduct(tmp_path / "home", REDIS_URL="redis://:hush@127.0.0.1:1/0").refused()
    assert "Redis at 127.0.0.1:1 does not answer. Start it, or change REDIS_URL." in said
    assert "hush" not in said


def test_a_part_that_cannot_start_ends_the_start_with_a_sentence(
    tmp_path: Path, migrated: Callable[[Path], Path]
) -> None:
    product = RunningProduct(migrated(tmp_path / "home"))
    (tmp_path / "home" / "standalone").write_text("a file where a folder should be")
    said = product.refused()
    assert "Overtime could not start: standalone ended 3 times; its own lines above say why." in said


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    said = RunningProduct(tmp_path / "home", DATABASE_URL="postgres://me:hush@127.0.0.1:1/none").refused()
    assert "The database does not answer" in said
    assert "DATABASE_URL" in said
    assert "hush" not in said
    assert "Traceback" not in said
