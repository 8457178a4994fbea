"""Bulk launches. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import bulk

namespace_urlpatterns: list[URLPattern] = [
    path("actions/<int:pk>/launch-many/", bulk.bulk_new, name="bulk-new"),
    path("bulk/<int:pk>/", bulk.bulk_page, name="bulk"),
    path("bulk/<int:pk>/launch/", bulk.bulk_launch, name="bulk-launch"),
    path("bulk/<int:pk>/pause/", bulk.bulk_pause, name="bulk-pause"),
    path("bulk/<int:pk>/resume/", bulk.bulk_resume, name="bulk-resume"),
    path("bulk/<int:pk>/stop/", bulk.bulk_stop, name="bulk-stop"),
    path("bulk/<int:pk>/discard/", bulk.bulk_discard, name="bulk-discard"),
]
