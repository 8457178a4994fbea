"""Schedules. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import form_commands, schedules

namespace_urlpatterns: list[URLPattern] = [
    path("schedules/", schedules.schedule_list, name="schedules"),
    path("schedules/new/", schedules.schedule_new, name="schedule-new"),
    path("schedules/new/commands/", form_commands.schedule_commands, name="schedule-commands"),
    path("schedules/times/", schedules.schedule_times, name="schedule-times"),
    path("schedules/<int:pk>/edit/", schedules.schedule_edit, name="schedule-edit"),
    path("schedules/<int:pk>/enable/", schedules.schedule_enable, name="schedule-enable"),
    path("schedules/<int:pk>/disable/", schedules.schedule_disable, name="schedule-disable"),
    path("schedules/<int:pk>/run/", schedules.schedule_run, name="schedule-run"),
    path("schedules/<int:pk>/delete/", schedules.schedule_delete, name="schedule-delete"),
]
