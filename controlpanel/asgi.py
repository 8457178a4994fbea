"""The ASGI application: static files first (they never touch Django), then the panel."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

from controlpanel.env import refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")


def build() -> Any:
    """The application; raises ImproperlyConfigured, because a web server runs no system checks."""
    if settings.ENV_PROBLEMS:
        raise ImproperlyConfigured(refusal(settings.ENV_PROBLEMS))
    panel = get_asgi_application()
    from controlpanel.static_files import with_static_files

    return with_static_files(panel)


application = build()
