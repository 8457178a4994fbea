"""Actions: list, author, launch, presets. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import actions, authoring, form_commands, launch, presets

action_urls: list[URLPattern] = [
    path("actions/", actions.action_list, name="actions"),
    path("actions/sync/", actions.actions_sync, name="actions-sync"),
    path("actions/sample/", authoring.sample_create, name="sample-create"),
    path("actions/new/", authoring.action_new, name="action-new"),
    path("actions/new/commands/", form_commands.action_commands, name="action-commands"),
    path("actions/<int:pk>/", actions.action_detail, name="action"),
    path("actions/<int:pk>/code/", actions.action_code, name="action-code"),
    path("actions/<int:pk>/edit/", authoring.action_edit, name="action-edit"),
    path("actions/<int:pk>/edit/commands/", form_commands.action_commands, name="action-commands"),
    path("actions/<int:pk>/delete/", authoring.action_delete, name="action-delete"),
    path("actions/<int:pk>/launch/", launch.action_launch, name="action-launch"),
    path("activations/<int:pk>/receipt/", launch.launch_receipt, name="launch-receipt"),
]

preset_urls: list[URLPattern] = [
    path("actions/<int:pk>/presets/", presets.preset_save, name="preset-save"),
    path("presets/<int:pk>/launch/", presets.preset_launch, name="preset-launch"),
    path("presets/<int:pk>/delete/", presets.preset_delete, name="preset-delete"),
]

namespace_urlpatterns: list[URLPattern] = [*action_urls, *preset_urls]
