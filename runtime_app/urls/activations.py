"""Dashboard, history, one activation, and the live stream. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import activations, dashboard, history, live, lost_launches, status

namespace_urlpatterns: list[URLPattern] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("dashboard/", dashboard.sections, name="dashboard-sections"),
    path("dashboard/health/", dashboard.health, name="dashboard-health"),
    path("status/", status.status, name="status"),
    path("live/", live.live, name="live"),
    path("live/changes/", live.changes, name="live-changes"),
    path("activations/", history.activations, name="activations"),
    path("activations/news/", history.news, name="activation-news"),
    path("activations/find/", history.find, name="activation-find"),
    path("activations/<int:pk>/", activations.activation, name="activation"),
    path("activations/<int:pk>/rerun/", activations.rerun, name="activation-rerun"),
    path("activations/<int:pk>/cancel/", activations.cancel, name="activation-cancel"),
    path(
        "activations/<int:pk>/candidates/", lost_launches.activation_candidates, name="activation-candidates"
    ),
    path(
        "activations/<int:pk>/candidates/<int:candidate_pk>/identify/",
        lost_launches.activation_identify,
        name="activation-identify",
    ),
    path("activations/<int:pk>/facts/", activations.facts, name="activation-facts"),
    path("activations/<int:pk>/steps/", activations.steps, name="activation-steps"),
    path("activations/<int:pk>/logs/", activations.logs, name="activation-logs"),
    path("activations/<int:pk>/download/<str:what>/", activations.download, name="activation-download"),
]
