"""What all tests stand on: a real Redis, the standalone runtime, a browser, and the whole product."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from runtime_app.supervisor import embedded_redis
from tests import chromium
from tests.product import RunningProduct
from tests.waiting import wait_until

REDIS_SECONDS = 10


# Files that mostly wait: `make test` spreads their turns among those that calculate.
LONG_WAITS = (
    "tests/faults/test_upstream_faults.py",
    "tests/faults/test_killed_queue.py",
    "tests/faults/test_killed_processes.py",
    "tests/commands/test_up.py",
)
SHORT_WAITS = ("tests/standalone/",)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with a browser come last; where whole files are dealt out, those that wait are spread evenly.

    Playwright leaves an event loop running in its thread, and asynchronous tests start one of their own.
    """
    if config.getoption("loadscopereorder", True):
        items.sort(key=needs_browser)
    else:
        # pytest-xdist deals out files in this order, and all tests of one to the same worker.
        files = spread(spread(list(dict.fromkeys(map(file_of, items))), SHORT_WAITS), LONG_WAITS)
        turns = {file: turn for turn, file in enumerate(files)}
        last = {file_of(item) for item in items if needs_browser(item)}
        items.sort(key=lambda item: (file_of(item) in last, turns[file_of(item)]))


def needs_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def spread(files: list[str], starts: tuple[str, ...]) -> list[str]:
    """The same files; those whose paths start so stand evenly among the others, the first in front."""
    some = [file for start in starts for file in files if file.startswith(start)]
    others = [file for file in files if file not in some]
    places = {file: turn * len(others) / len(some) - 0.5 for turn, file in enumerate(some)}
    places |= {file: float(turn) for turn, file in enumerate(others)}
    return sorted(files, key=lambda file: places[file])


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[redis.Redis]:
    """A real Redis server for this test process (one each under xdist), and a client for it."""
    command = embedded_redis.command(django_settings.OVERTIME_HOME / "redis", django_settings.REDIS_URL)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    try:
        wait_until(lambda: answers(client), REDIS_SECONDS)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(REDIS_SECONDS)
        # Workers of xdist leave without running their exit handlers (see settings.py).
        shutil.rmtree(django_settings.OVERTIME_HOME, ignore_errors=True)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(autouse=True)
def empty_redis(redis_server: redis.Redis) -> None:
    """No test sees leases, counters or messages of another."""
    redis_server.flushdb()
    cache.close()


@pytest.fixture(scope="session")
def standalone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The real standalone runtime, once for all tests of this process: `.url` and `.auth` (guest)."""
    from standalone.testing import RunningServer

    with RunningServer(tmp_path_factory.mktemp("standalone")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. A missing one fails the test: `make test` installs it beforehand."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.advice())
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield instance
        instance.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own, without cookies."""
    instance = browser.new_context(viewport={"width": 1280, "height": 800})
    yield instance
    instance.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def running_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    """The whole product, started by `manage.py up` once for all flows."""
    with RunningProduct(tmp_path_factory.mktemp("product") / "home") as product:
        yield product


@pytest.fixture
def guest(db: None, standalone_server: Any) -> Iterator[Any]:
    """The standalone runtime's namespace, connected, and without entities before and after the test."""
    from runtime_app.openwhisk import OpenWhiskClient
    from tests.factories import make_namespace

    def empty() -> None:
        with OpenWhiskClient(standalone_server.url, standalone_server.auth) as client:
            for rule in list(client.iter_rules()):
                client.delete_rule(rule.name)
            for trigger in list(client.iter_triggers()):
                client.delete_trigger(trigger.name)
            for action in list(client.iter_actions()):
                client.delete_action(action.path)
            for package in list(client.iter_packages()):
                client.delete_package(package.name)

    empty()
    yield make_namespace(
        name="guest", slug="guest", api_host=standalone_server.url, auth=standalone_server.auth
    )
    empty()
