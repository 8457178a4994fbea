"""The wiring map and what one of its edges did. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import wiring_map

namespace_urlpatterns: list[URLPattern] = [
    path("wiring/", wiring_map.wiring_page, name="wiring"),
    path("wiring/rules/<int:pk>/", wiring_map.wiring_edge, name="wiring-edge"),
    path("wiring/urls/<int:pk>/", wiring_map.wiring_url, name="wiring-url"),
]
