"""Wrong settings end the start with a sentence; right ones do not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import run_checks

from controlpanel.env import Problem
from controlpanel.keys import kept_key, new_secret

SECONDS = 60
SERVERS = [
    ("-m", "uvicorn", "controlpanel.asgi:application", "--port", "0"),
    ("-m", "celery", "-A", "controlpanel", "worker"),
    ("-m", "celery", "-A", "controlpanel", "beat"),
]


def manage(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs manage.py in a process of its own, with nothing set but `variables`."""
    environment = {"PATH": os.environ["PATH"], "OVERTIME_HOME": str(home), "OVERTIME_ENV_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env={**environment, **variables},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def refused(outcome: subprocess.CompletedProcess[str], check_id: str, sentence: str) -> bool:
    return outcome.returncode == 1 and f"({check_id}) {sentence}" in outcome.stderr


def test_the_settings_of_the_tests_have_no_complaints() -> None:
    assert run_checks() == []


def test_each_problem_of_the_environment_is_an_error_with_a_hint(settings: Any) -> None:
    settings.ENV_PROBLEMS = (Problem("runtime_app.E001", "PORT", "PORT is wrong."),)
    (error,) = run_checks()
    assert (error.id, error.msg, error.hint) == (
        "runtime_app.E001",
        "PORT is wrong.",
        "docs/operating.md explains every variable.",
    )


def test_all_wrong_values_are_named_at_one_start(tmp_path: Path) -> None:
    outcome = manage(
        tmp_path,
        "up",
        PORT="80 80",
        HOST="my machine",
        DATABASE_URL="mysql://a:hush@b/c",
        REDIS_URL="http://:hush@localhost",
        OVERTIME_CREDENTIAL_KEYS=f"{Fernet.generate_key().decode()},hush",
        SECRET_KEY="hush",
        ALLOWED_HOSTS="https://example.org",
        OVERTIME_CONCURRENCY="many",
    )
    assert refused(outcome, "runtime_app.E001", "PORT must be a whole number from 1 to 65535")
    assert refused(outcome, "runtime_app.E001", "OVERTIME_CONCURRENCY must be a whole number")
    assert refused(outcome, "runtime_app.E002", "DATABASE_URL must look like postgres://")
    assert refused(outcome, "runtime_app.E003", "REDIS_URL must look like redis://")
    assert refused(outcome, "runtime_app.E004", "Key 2 of OVERTIME_CREDENTIAL_KEYS is no Fernet key")
    assert refused(outcome, "runtime_app.E005", "SECRET_KEY must have at least 32 characters")
    assert refused(outcome, "runtime_app.E006", "HOST must be an IP address or localhost")
    assert refused(outcome, "runtime_app.E007", "ALLOWED_HOSTS must hold host names only")
    assert "hush" not in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_other_wrong_values_are_named_too(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    outcome = manage(
        blocked,
        "check",
        PORT="3233",
        DATABASE_URL="postgres://localhost",
        CSRF_TRUSTED_ORIGINS="example.org",
    )
    assert refused(outcome, "runtime_app.E002", "DATABASE_URL names no database")
    assert refused(outcome, "runtime_app.E006", "STANDALONE_PORT and PORT are both 3233")
    assert refused(outcome, "runtime_app.E007", "CSRF_TRUSTED_ORIGINS must hold origins")
    assert refused(outcome, "runtime_app.E008", "OVERTIME_HOME cannot be used for keys")


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "uvicorn", "controlpanel.asgi:application", "--port", "0"),
        ("-m", "celery", "-A", "controlpanel", "worker"),
    ],
)
def test_servers_that_run_no_checks_refuse_as_well(tmp_path: Path, command: tuple[str, ...]) -> None:
    environment = {"PATH": os.environ["PATH"], "OVERTIME_HOME": str(tmp_path), "OVERTIME_HTTPS": "maybe"}
    outcome = subprocess.run(
        [sys.executable, *command],
        env={**environment, "OVERTIME_ENV_FILE": os.devnull},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert outcome.returncode != 0
    assert "OVERTIME_HTTPS must be on or off, but it is 'maybe'." in outcome.stderr


def test_keys_are_generated_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    code = (
        "from django.conf import settings as s; print(s.SECRET_KEY, s.OVERTIME_CREDENTIAL_KEYS, s.REDIS_URL)"
    )
    first, second = (manage(home, "shell", "--no-imports", "-c", code) for _ in range(2))
    assert first.stdout == second.stdout != ""
    assert stat.S_IMODE(home.stat().st_mode) == stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    files = list((home / "keys").iterdir())
    assert {file.name for file in files} == {"django-secret-key", "credential-key", "redis-password"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_many_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: kept_key(tmp_path / "keys", "key", new_secret), range(64)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["key"]
