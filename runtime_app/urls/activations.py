"""Dashboard, history, one activation, and the live stream. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern

namespace_urlpatterns: list[URLPattern] = []
