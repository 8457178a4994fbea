"""One verdict of a fire, wherever it is shown."""

from __future__ import annotations

import pytest
from django.test import Client

from runtime_app.models import Namespace
from tests.factories import make_trigger
from tests.views.test_trace import make_fire, outcome, started, trace

pytestmark = pytest.mark.django_db


def test_page_list_and_trigger_tell_one_verdict_of_a_fire(client: Client, namespace: Namespace) -> None:
    trigger = make_trigger(namespace)
    for verdict, rules in {
        "Refused": [("success", "passed"), ("", "refused")],
        "Timed out": [("timed_out", "passed"), ("", "refused")],
        "Application error": [("success", "passed"), ("application_error", "passed")],
        "Not reported": [("success", "passed"), ("lost", "passed")],
        "Nobody listening": [("", "inactive")],
        "Pending": [("timed_out", "passed"), ("pending", "passed")],
    }.items():
        fire = make_fire(namespace)
        for number, (status, said) in enumerate(rules):
            if said == "passed" and status != "lost":
                started(fire, status, rule=f"r{number}")
            else:
                outcome(fire, f"r{number}", said, activation_id="f" * 32 if status == "lost" else "")
        pages = {
            "trace": trace(client, fire).partition('id="trace"')[2],
            "list": page(client, namespace, "triggers/").partition('id="last-fire-')[2],
            "trigger": page(client, namespace, f"triggers/{trigger.pk}/?part=fires"),
        }
        assert {name: first_badge(html) for name, html in pages.items()} == dict.fromkeys(pages, verdict)


def page(client: Client, namespace: Namespace, address: str) -> str:
    return client.get(f"/n/{namespace.slug}/{address}").content.decode()


def first_badge(html: str) -> str:
    """The word of the first status badge in it."""
    badge = html.partition('class="badge ')[2].partition("</span>")[0]
    return badge.rpartition(">")[2]


def test_what_was_passed_on_and_never_heard_of_is_no_success(client: Client, namespace: Namespace) -> None:
    fire = make_fire(namespace)
    outcome(fire, activation_id="f" * 32)
    html = trace(client, fire)
    assert "1 of 1 rule started an action; of 1 nothing was heard since." in html
    assert f"Nothing was heard of its activation {'f' * 32} since." in html
