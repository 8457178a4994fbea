"""The panel's addresses, cut by subject. Verbs are the last path segment."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from runtime_app.views.gallery import gallery

from . import actions, activations, bulk, callable, health, people, schedules, wiring, wiring_map

app_name = "runtime_app"

urlpatterns: list[URLPattern | URLResolver] = [
    *people.urlpatterns,
    *health.urlpatterns,
    path("gallery/", gallery, name="gallery"),
    path("n/<slug:slug>/", include(people.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(actions.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(activations.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(bulk.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(schedules.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(wiring.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(wiring_map.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(callable.namespace_urlpatterns)),
    path("n/<slug:slug>/", include(health.namespace_urlpatterns)),
]
