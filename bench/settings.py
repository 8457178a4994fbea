"""The panel's settings, with Django's admin beside it for comparison."""

from __future__ import annotations

from controlpanel.settings import *  # noqa: F403
from controlpanel.settings import INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
ROOT_URLCONF = "bench.urls"
ALLOWED_HOSTS = ["testserver"]
TEMPLATES[0]["OPTIONS"]["context_processors"].append("django.template.context_processors.request")
LOGGING_CONFIG = None
