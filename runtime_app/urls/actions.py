"""Actions: list, author, launch, presets. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern

namespace_urlpatterns: list[URLPattern] = []
