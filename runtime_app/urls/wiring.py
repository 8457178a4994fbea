"""Triggers, rules, and what a fire has started. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import fire, form_commands, payloads, rules, traces, trigger_feeds, triggers, wiring

trigger_urls: list[URLPattern] = [
    path("triggers/", triggers.trigger_list, name="triggers"),
    path("triggers/new/", triggers.trigger_new, name="trigger-new"),
    path("triggers/new/commands/", form_commands.trigger_commands, name="trigger-commands"),
    path("triggers/schedule/", trigger_feeds.schedule_preview, name="trigger-schedule"),
    path("triggers/<int:pk>/", triggers.trigger_detail, name="trigger"),
    path("triggers/<int:pk>/edit/", triggers.trigger_edit, name="trigger-edit"),
    path("triggers/<int:pk>/edit/commands/", form_commands.trigger_commands, name="trigger-commands"),
    path("triggers/<int:pk>/delete/", triggers.trigger_delete, name="trigger-delete"),
    path("triggers/<int:pk>/fire/", fire.trigger_fire, name="trigger-fire"),
    path("triggers/<int:pk>/reveal/", fire.trigger_reveal, name="trigger-reveal"),
    path("triggers/<int:pk>/read-feed/", trigger_feeds.feed_read, name="trigger-feed-read"),
    path("triggers/<int:pk>/payloads/", payloads.payload_save, name="payload-save"),
    path("payloads/<int:pk>/fire/", payloads.payload_fire, name="payload-fire"),
    path("payloads/<int:pk>/delete/", payloads.payload_delete, name="payload-delete"),
]

rule_urls: list[URLPattern] = [
    path("rules/", rules.rule_list, name="rules"),
    path("rules/new/", rules.rule_new, name="rule-new"),
    path("rules/new/commands/", form_commands.rule_commands, name="rule-commands"),
    path("rules/<int:pk>/edit/", rules.rule_edit, name="rule-edit"),
    path("rules/<int:pk>/edit/commands/", form_commands.rule_commands, name="rule-commands"),
    path("rules/<int:pk>/enable/", rules.rule_enable, name="rule-enable"),
    path("rules/<int:pk>/disable/", rules.rule_disable, name="rule-disable"),
    path("rules/<int:pk>/delete/", rules.rule_delete, name="rule-delete"),
]

trace_urls: list[URLPattern] = [
    path("activations/<int:pk>/trace/", traces.trace, name="activation-trace"),
]

namespace_urlpatterns: list[URLPattern] = [
    path("wiring/sync/", wiring.wiring_sync, name="wiring-sync"),
    *trigger_urls,
    *rule_urls,
    *trace_urls,
]
