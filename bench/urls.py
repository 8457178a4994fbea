"""The panel's addresses, and Django's admin over the same table."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from runtime_app.models import Activation


@admin.register(Activation)
class ActivationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What one gets for three lines."""

    list_display = ("activation_id", "action_path", "status", "launched_by", "listed_at", "duration_ms")
    list_filter = ("status", "origin")
    search_fields = ("action_path", "activation_id")


urlpatterns = [path("admin/", admin.site.urls), path("", include("runtime_app.urls"))]
