"""How the panel is: pages for people, and answers for probes (without a slash, as probes expect them)."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import health, probes

urlpatterns: list[URLPattern] = [
    path("health/", health.panel_health, name="panel-health"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics, name="metrics"),
]

namespace_urlpatterns: list[URLPattern] = [path("health/", health.health, name="health")]
