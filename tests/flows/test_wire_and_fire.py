"""Option 2 of Adobe's guide "Asynchronous Calls", in the browser: trigger, rule, fire, trace, result."""

from __future__ import annotations

import re
from time import monotonic

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from standalone.settings import GUEST_AUTH
from tests.flows.conftest import create_action
from tests.gate import Gate
from tests.product import RunningProduct

# What the worker of the guide returns at last.
HELLO = {"statusCode": 200, "body": {"payload": "Hello from the long running job!"}}
RESULT_MS = 60_000
TWO_MINUTES = 120


def test_option_two_of_the_guide_takes_one_form_and_one_click(admin: Page, gate: Gate) -> None:
    began = monotonic()
    create_action(admin, "event-worker", gate.job(HELLO), timeout="2", unit="minutes")
    admin.get_by_role("link", name="Tie it to a trigger").click()
    expect(admin.get_by_label("Start this action")).to_have_value("event-worker")
    # A trigger cannot be named like the action: it is said at the field, and nothing is lost.
    admin.get_by_label("Name of the new trigger").fill("event-worker")
    admin.get_by_role("button", name="Connect").click()
    expect(admin.get_by_text("“event-worker” is the name of an action here")).to_be_visible()
    admin.get_by_label("Name of the new trigger").fill("my-worker-trigger")
    admin.get_by_label("Name of the rule").fill("async-rule")
    admin.get_by_role("button", name="Connect").click()
    expect(admin.get_by_role("heading", name="my-worker-trigger")).to_be_visible()
    assert_accessible(admin)

    admin.locator("#field-payload .cm-content").click()
    admin.keyboard.insert_text('{"size": 3}')
    admin.get_by_role("button", name="Fire", exact=True).click()

    # The trace goes on by itself: the rule has passed it on, the worker runs, its result appears.
    trace = admin.locator("#trace")
    expect(trace.get_by_text("1 of 1 rule started an action; 1 still runs.")).to_be_visible(timeout=RESULT_MS)
    expect(trace.get_by_text("Passed on")).to_be_visible()
    gate.open()
    expect(trace.get_by_text("and it has succeeded.")).to_be_visible(timeout=RESULT_MS)
    expect(trace.get_by_text("Hello from the long running job!")).to_be_visible()
    expect(admin).to_have_title(re.compile("✓"))
    assert_accessible(admin)
    assert monotonic() - began < TWO_MINUTES

    # The worker's activation leads back to the fire.
    trace.get_by_role("link", name="event-worker").click()
    expect(admin.get_by_text("By the rule async-rule")).to_be_visible()
    admin.get_by_role("link", name="Show the fire").click()
    expect(admin.locator("#trace")).to_be_visible()


def test_a_fire_that_reaches_nobody_leads_to_a_rule(admin: Page) -> None:
    create_action(admin, "late-worker", "exports.main = () => ({ ok: true });", timeout="1", unit="minutes")
    admin.goto("/n/guest/triggers/new/")
    admin.get_by_role("textbox", name="Name", exact=True).fill("lonely")
    admin.get_by_role("button", name="Create").click()
    admin.get_by_role("button", name="Fire", exact=True).click()
    expect(admin.get_by_role("heading", name="No active rule was listening")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_role("link", name="Connect an action").click()
    expect(admin.get_by_label("When this trigger fires")).to_have_value("lonely")
    admin.get_by_label("Start this action").select_option("late-worker")
    admin.get_by_role("button", name="Connect").click()
    expect(admin.get_by_text("lonely starts late-worker from now on.")).to_be_visible()

    # Switched off and fired once more: the trace has the button that switches it on again.
    admin.get_by_role("button", name="Switch off").click()
    expect(admin.get_by_role("button", name="Enable")).to_be_visible()
    admin.goto("/n/guest/rules/")
    assert_accessible(admin)
    admin.get_by_role("row", name="lonely").get_by_role("button", name="Enable").click()
    expect(admin.get_by_text("lonely-to-late-worker is on.")).to_be_visible()


def test_what_curl_wires_and_fires_is_traced_here(admin: Page, running_product: RunningProduct) -> None:
    create_action(
        admin, "curl-worker", "exports.main = () => ({ from: 'curl' });", timeout="1", unit="minutes"
    )
    api = f"{running_product.standalone_url}/api/v1/namespaces/_"
    user, _, key = GUEST_AUTH.partition(":")
    with requests.Session() as session:
        session.auth = (user, key)
        assert session.put(f"{api}/triggers/from-curl", json={}).ok
        ends = {"trigger": "/_/from-curl", "action": "/_/curl-worker"}
        assert session.put(f"{api}/rules/curl-rule", json=ends).ok
        fired = session.post(f"{api}/triggers/from-curl", json={"a": 1}).json()["activationId"]
    admin.goto("/n/guest/triggers/")
    admin.get_by_role("button", name="Sync now").click()
    expect(admin.get_by_role("link", name="from-curl")).to_be_visible()
    # The sweep finds the fire, and the list shows it by itself.
    row = admin.get_by_role("row", name="from-curl")
    expect(row.get_by_text("Success")).to_be_visible(timeout=120_000)
    row.locator("a.last-run").click()
    expect(admin.locator("#trace").get_by_text("and it has succeeded.")).to_be_visible(timeout=RESULT_MS)
    expect(admin.locator("#trace").get_by_text(fired)).to_be_visible()


def test_the_next_five_times_of_a_cron_are_shown_while_it_is_typed(admin: Page) -> None:
    admin.goto("/n/guest/triggers/new/")
    admin.get_by_label("A cron").check()
    admin.get_by_label("Cron", exact=True).fill("0 8 * * 1-5")
    expect(admin.locator("#next-times li")).to_have_count(5)
    admin.get_by_label("Cron", exact=True).fill("61 8 * * 1-5")
    expect(admin.get_by_text("one of its numbers is out of range")).to_be_visible()
    assert_accessible(admin)


def test_the_authorization_is_shown_when_it_is_revealed(admin: Page) -> None:
    admin.goto("/n/guest/triggers/new/")
    admin.get_by_role("textbox", name="Name", exact=True).fill("for-programs")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_text("Basic ••••")).to_be_visible()
    admin.get_by_role("button", name="Show URI and authorization").click()
    expect(admin.locator("#revealed-request")).to_contain_text("Authorization: Basic MjNiYzQ2YjEt")
    assert_accessible(admin)


def assert_accessible(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(item["id"], [node["html"] for node in item["nodes"]]) for item in violations]
