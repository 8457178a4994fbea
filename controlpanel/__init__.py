"""The Django project: settings, URLs, ASGI and Celery. Wiring only."""

from __future__ import annotations

from controlpanel.celery import app as celery_app

__all__ = ["celery_app"]
