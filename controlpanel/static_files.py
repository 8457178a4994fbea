"""Serves `static/`, the apps' static folders and the npm modules from their places, without a copy step."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from servestatic import ServeStaticASGI

MAX_AGE_SECONDS = 300


def with_static_files(application: Any) -> Any:
    """Wraps an ASGI application; addresses below STATIC_URL that are files are answered here."""
    wrapped = ServeStaticASGI(
        application,
        autorefresh=settings.DEBUG,
        max_age=0 if settings.DEBUG else MAX_AGE_SECONDS,
        add_headers_function=add_headers,
        allow_all_origins=False,
    )
    for folder, prefix in static_roots():
        wrapped.add_files(folder, prefix=prefix)
    return wrapped


def static_roots() -> list[tuple[str, str]]:
    """Every folder that the finders know, with its address prefix; the first one wins, so it comes last."""
    roots: dict[tuple[str, str], None] = {}
    for finder in finders.get_finders():
        for storage in getattr(finder, "storages", {}).values():
            prefix = getattr(storage, "prefix", None) or ""
            roots[str(storage.location), f"{settings.STATIC_URL}{prefix}"] = None
    return list(reversed(roots))


def add_headers(headers: Any, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
