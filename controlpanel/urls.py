"""The root of all addresses; the panel's own are in `runtime_app/urls.py`."""

from __future__ import annotations

from django.urls import include, path

handler500 = "controlpanel.failures.server_error"

urlpatterns = [path("", include("runtime_app.urls"))]
