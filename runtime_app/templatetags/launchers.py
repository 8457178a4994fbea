"""`{% launcher activation %}`: who launched an activation, and how."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from runtime_app.models import Activation, Origin

from .kept import kept_html

register = template.Library()


@register.simple_tag
def launcher(activation: Activation) -> SafeString:
    """The person, schedule, rule or place that it came from; the rows of a list share the same few."""
    person, schedule, preset = activation.launched_by, activation.schedule, activation.preset
    return kept_html(
        "runtime_app/activations/_launcher.html",
        rule_name=activation.rule_name,
        is_fire=activation.is_fire,
        is_bulk=activation.bulk_id is not None,
        schedule=schedule.name if schedule else "",
        person=person.shown_name if person else "",
        username=person.get_username() if person else "",
        preset=preset.name if preset else "",
        is_elsewhere=activation.origin == Origin.ELSEWHERE,
    )
