"""Promises that the settings themselves make: safe pages, a durable database, a beat that cannot pile up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from controlpanel.backing import database
from controlpanel.celery import app
from controlpanel.env import Environment
from controlpanel.npm import static_folders
from tests.test_checks import manage


@pytest.mark.django_db
def test_pages_forbid_foreign_and_inline_code_and_framing(client: Client) -> None:
    headers = client.get("/sign-in/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    client.get("/sign-in/")
    cookie = client.cookies[settings.CSRF_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_machine_that_is_gone_is_noticed_and_the_address_may_say_how_soon() -> None:
    url = "postgres://a@b/c?connect_timeout=60"
    options = database(Environment({"DATABASE_URL": url}), Path(), threads=8)["OPTIONS"]
    assert options["connect_timeout"] == 60
    assert options["tcp_user_timeout"] == 20_000


def test_https_makes_cookies_secure_and_redirects(tmp_path: Path) -> None:
    names = "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0"
    code = f"from django.conf import settings as s; print({names})"
    with_https = manage(tmp_path, "shell", "--no-imports", "-c", code, OVERTIME_HTTPS="on")
    without = manage(tmp_path, "shell", "--no-imports", "-c", code)
    assert with_https.stdout.split() == ["True"] * 4
    assert without.stdout.split() == ["False"] * 4


@pytest.mark.parametrize("name", settings.CELERY_BEAT_SCHEDULE)
def test_a_beat_entry_names_a_task_and_expires_before_the_next(name: str) -> None:
    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE[name]
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
    assert 0 < entry["options"]["expires"] < entry["schedule"].total_seconds()


@pytest.mark.django_db
def test_sqlite_writes_ahead_and_waits_for_other_writers() -> None:
    pragmas = ("journal_mode", "busy_timeout", "synchronous")
    with connection.cursor() as cursor:
        found = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert found == ["wal", 20_000, 1]


def test_missing_npm_modules_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "style-mod" / "src").mkdir(parents=True)
    assert static_folders(tmp_path) == [("npm/style-mod/src", tmp_path / "style-mod" / "src")]
