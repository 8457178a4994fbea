"""The Celery app: configuration from the settings named CELERY_*, tasks from `runtime_app/tasks.py`."""

from __future__ import annotations

import logging.config
import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import beat_init, setup_logging, worker_init, worker_ready

from controlpanel.broker import use_own_qos
from controlpanel.env import refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

# Celery warns root because of pickled messages; this app accepts JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

use_own_qos()
app = Celery("overtime")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**_: Any) -> None:
    """Keeps Celery from replacing the one-line format of the settings by its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
@beat_init.connect
def refuse_wrong_settings(**_: Any) -> None:
    """Celery runs no system checks: a worker with half of its settings must not begin."""
    from django.conf import settings

    if settings.ENV_PROBLEMS:
        raise SystemExit(refusal(settings.ENV_PROBLEMS))


@worker_ready.connect
def report_at_once(**_: Any) -> None:
    """Pages say that no worker runs until its first heartbeat; beat would send that seconds later."""
    app.send_task("runtime_app.tasks.record_heartbeat")
