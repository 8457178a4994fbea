"""The ASGI application: static files first (they never touch Django), then the panel."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlpanel.settings")

django_application = get_asgi_application()

# Importable only after Django is set up, because the finders read the settings.
from controlpanel.static_files import with_static_files  # noqa: E402

application = with_static_files(django_application)
