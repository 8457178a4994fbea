"""The root of all addresses; the panel's own are in `runtime_app/urls.py`."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("runtime_app.urls"))]
