"""What the page of one trigger, and the fire form that stands on it, show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from runtime_app.forms.fire import FireForm
from runtime_app.models import Activation, Namespace, Role, Rule, Trigger
from runtime_app.services.authoring.presets import payloads_of
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.services.wiring.alarms import alarm_from
from runtime_app.services.wiring.fire_outcomes import outcomes_of
from runtime_app.services.wiring.rule_states import rule_states
from runtime_app.views.http import never_kept
from runtime_app.views.launch_keys import new_key
from runtime_app.views.permissions import who_may

FIRES_SHOWN = 8
RULES_WITH_COMMANDS = 10


def trigger_page(
    request: HttpRequest,
    namespace: Namespace,
    trigger: Trigger,
    *,
    form: FireForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, with the fire form as it is."""
    context = trigger_context(request, namespace, trigger, form)
    return never_kept(render(request, "runtime_app/triggers/detail.html", context, status=status))


def trigger_context(
    request: HttpRequest, namespace: Namespace, trigger: Trigger, form: FireForm | None = None
) -> dict[str, Any]:
    cursor = Cursor.now()
    shown = form or FireForm(trigger=trigger)
    payload = shown.cleaned_data.get("payload", {}) if shown.is_bound and shown.is_valid() else {}
    wiring = wiring_context(request, namespace, trigger)
    return {
        "live_cursor": cursor,
        **wiring,
        "form": shown,
        "rule_commands": [
            (
                state.rule,
                wiring_commands.curl_create_rule(namespace, state.rule),
                wiring_commands.aio_create_rule(namespace, state.rule),
            )
            for state in wiring["rules"][:RULES_WITH_COMMANDS]
        ],
        "payloads": payloads_of(namespace, trigger.name),
        "payloads_key": new_key(),
        "default_parameters": trigger.default_parameters,
        **fires_context(namespace, trigger),
        **commands_context(namespace, trigger, payload),
        "fire_hint": who_may(request, namespace, Role.OPERATOR),
        "reveal_hint": who_may(request, namespace, Role.ADMIN),
    }


def wiring_context(request: HttpRequest, namespace: Namespace, trigger: Trigger) -> dict[str, Any]:
    """What it starts, and what fires it by itself."""
    rules = Rule.objects.present().for_list(namespace).filter(trigger_name=trigger.name)
    return {
        "trigger": trigger,
        "rules": rule_states(namespace, rules, with_last=False),
        **schedule_context(trigger),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }


def fires_context(namespace: Namespace, trigger: Trigger) -> dict[str, Any]:
    """Its newest fires, and how each ended as a whole."""
    rows = Activation.objects.filter(namespace=namespace, action_path=trigger.name).for_rows()
    newest = list(rows.newest_first()[:FIRES_SHOWN])
    outcomes = outcomes_of(namespace, newest)
    fires = [(fire, outcomes[fire.pk]) for fire in newest]
    return {"namespace": namespace, "trigger": trigger, "fires": fires}


def schedule_context(trigger: Trigger) -> dict[str, Any]:
    """Its alarm in words, and when it fires next."""
    schedule = alarm_from(trigger.feed, trigger.feed_parameters)
    since = datetime.fromtimestamp(trigger.remote_updated_ms / 1000, UTC)
    times = schedule.next_times(timezone.now(), since=since) if schedule else []
    return {"schedule": schedule, "next_times": times}


def commands_context(namespace: Namespace, trigger: Trigger, payload: dict[str, Any]) -> dict[str, str]:
    """The same from a terminal."""
    return {
        "uri": wiring_commands.trigger_url(namespace, trigger.name),
        "curl": wiring_commands.curl_fire(namespace, trigger.name, payload),
        "aio": wiring_commands.aio_fire(namespace, trigger.name, payload),
        "curl_create": wiring_commands.curl_create_trigger(namespace, trigger),
        "aio_create": wiring_commands.aio_create_trigger(namespace, trigger),
    }
