"""The Celery app: configuration from the settings named CELERY_*, tasks from `runtime_app/tasks.py`."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

app = Celery("overtime")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**_: Any) -> None:
    """Keeps Celery from replacing the one-line format of the settings by its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
