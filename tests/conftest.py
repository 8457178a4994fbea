"""What all tests stand on: a real Redis, the standalone runtime, a browser, and the whole product."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from runtime_app.services.backing import redis as panel_redis
from runtime_app.supervisor import embedded_redis
from tests import chromium
from tests.product import RunningProduct
from tests.waiting import wait_until

REDIS_SECONDS = 30

# An example says nothing about speed: one of a busy machine may take longer than the usual 200 ms.
hypothesis_settings.register_profile("any-machine", deadline=None)
hypothesis_settings.load_profile("any-machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a browser come last, and of these the short ones.

    Playwright leaves an event loop running in its thread, and asynchronous tests start one of their own. A
    flow that takes half a minute must not be what one process still does when the others have nothing left.
    """

    def place(item: pytest.Item) -> tuple[bool, bool]:
        return "browser" in getattr(item, "fixturenames", ()), "flows" not in item.path.parts

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[redis.Redis]:
    """A real Redis server for this test process (one each under xdist), and a client for it."""
    command = embedded_redis.command(django_settings.OVERTIME_HOME / "redis", django_settings.REDIS_URL)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    try:
        wait_until(lambda: answers(client), REDIS_SECONDS)
        with pytest.MonkeyPatch.context() as patch:
            # One that is away refuses connections; this one is there, however slow the machine.
            patch.setattr(panel_redis, "CONNECT_SECONDS", REDIS_SECONDS)
            patch.setattr(panel_redis, "ANSWER_SECONDS", REDIS_SECONDS)
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


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock of this process stands still until the test moves it on; those of others go on."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


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
    instance = browser.new_context(**chromium.DESKTOP)
    yield instance
    instance.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def migrated(django_db_setup: None) -> Callable[[Path], Path]:
    """Makes a home whose database has all tables and no rows, and returns it.

    Migrating from nothing takes a product seconds of processor time; a test that is not about its first start
    takes the tables that this process has migrated already. With PostgreSQL the home has none yet.
    """

    def made(home: Path) -> Path:
        home.mkdir(parents=True)
        database = django_settings.DATABASES["default"]
        if database["ENGINE"].endswith("sqlite3"):
            with (
                closing(sqlite3.connect(database["NAME"])) as source,
                closing(sqlite3.connect(home / "overtime.sqlite3")) as copy,
            ):
                source.backup(copy)
        return home

    return made


@pytest.fixture(scope="session")
def running_product(
    tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[Path], Path]
) -> Iterator[RunningProduct]:
    """The whole product, started by `manage.py up` once for all flows."""
    with RunningProduct(migrated(tmp_path_factory.mktemp("product") / "home")) as product:
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
