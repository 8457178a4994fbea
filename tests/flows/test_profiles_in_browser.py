"""The main things that people do, in a browser, under the rules of Apache's and of Adobe's deployments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.conftest import create_action, first_sign_in, launch_from_list
from tests.product import RunningProduct

# The worker of the guide, with a shorter wait.
WORKER = """function main(args) {
    return new Promise(function (resolve) {
        setTimeout(function () {
            resolve({ statusCode: 200, body: { payload: `Hello ${args.name || "from the job"}!` } });
        }, 500);
    });
}

exports.main = main;
"""
RESULT_MS = 60_000
# Adobe lists 50 records at a time, Apache runs 30 at once.
ROWS = 52
# Apache allows one launch a second.
RATES = "--invocations-per-minute 6000 --fires-per-minute 600"


@pytest.fixture(scope="module", params=["openwhisk", "adobe"])
def running_product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningProduct]:
    home = tmp_path_factory.mktemp(request.param) / "home"
    options = f"--profile {request.param} {RATES}"
    with RunningProduct(home, OVERTIME_STANDALONE_OPTIONS=options) as product:
        yield product


@pytest.fixture(scope="module")
def admin_cookies(browser: Browser, running_product: RunningProduct) -> Any:
    return first_sign_in(browser, running_product)


def test_a_working_day_under_these_rules(admin: Page) -> None:
    """One test for all of it: each deployment takes a product of its own."""
    launch_a_long_job_and_wait_for_another(admin)
    give_it_a_url(admin)
    tie_it_to_a_trigger(admin)
    launch_many(admin)
    find_all_of_it_in_the_history(admin)


def launch_a_long_job_and_wait_for_another(page: Page) -> None:
    create_action(page, "my-worker", WORKER, timeout="2", unit="minutes")
    launch_from_list(page, "my-worker")
    results = page.get_by_role("region", name="Latest results")
    page.goto("/n/guest/")
    expect(results.locator("div", has_text="my-worker").first).to_contain_text("Success", timeout=RESULT_MS)
    page.goto("/n/guest/actions/")
    page.get_by_role("link", name="my-worker", exact=True).click()
    panel = page.locator("#launch-panel")
    panel.locator("[name=waits]").check()
    panel.get_by_role("button", name="Launch").first.click()
    page.get_by_role("link", name="Watch it").click()
    # Adobe keeps nothing of this run: the answer is the only copy.
    expect(page.get_by_text("Hello from the job!")).to_be_visible(timeout=RESULT_MS)
    expect(page.get_by_text("As a blocking call")).to_be_visible()


def give_it_a_url(page: Page) -> None:
    """Option 1 of the guide: the web action needs its namespace's key, which new actions do not get here."""
    page.goto("/n/guest/actions/")
    page.get_by_role("link", name="my-worker", exact=True).click()
    page.get_by_role("link", name="Give it a URL").first.click()
    page.get_by_role("button", name="Create the URL").click()
    page.locator("#try-panel .cm-content").first.click()
    page.keyboard.insert_text('{"name": "Ada"}')
    page.get_by_role("button", name="Call the URL").click()
    expect(page.locator("#followed").get_by_text("Hello Ada!")).to_be_visible(timeout=RESULT_MS)


def tie_it_to_a_trigger(page: Page) -> None:
    """Option 2 of the guide."""
    page.goto("/n/guest/actions/")
    page.get_by_role("link", name="my-worker", exact=True).click()
    page.get_by_role("link", name="Tie it to a trigger").click()
    page.get_by_label("Name of the new trigger").fill("my-trigger")
    page.get_by_label("Name of the rule").fill("my-rule")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("heading", name="my-trigger")).to_be_visible()
    page.locator("#field-payload .cm-content").click()
    page.keyboard.insert_text('{"name": "Grace"}')
    page.get_by_role("button", name="Fire", exact=True).click()
    trace = page.locator("#trace")
    expect(trace.get_by_text("and it has succeeded.")).to_be_visible(timeout=RESULT_MS)
    expect(trace.get_by_text("Hello Grace!")).to_be_visible()


def launch_many(page: Page) -> None:
    code = "exports.main = (args) => ({ doubled: args.n * 2 });"
    create_action(page, "double-it", code, timeout="1", unit="minutes")
    page.get_by_role("link", name="Launch many…").click()
    page.get_by_label("Rows").fill("\n".join(["n", *map(str, range(ROWS))]))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name=f"Launch {ROWS}").click()
    expect(page.locator("#bulk-progress").get_by_text(f"Success {ROWS}")).to_be_visible(timeout=2 * RESULT_MS)


def find_all_of_it_in_the_history(page: Page) -> None:
    page.goto("/n/guest/activations/?action=double-it&status=success")
    expect(page.locator("#history-rows tr").first).to_contain_text("double-it")
    page.goto("/n/guest/activations/?action=my-worker")
    # By the button, waited for, by the URL, by the rule; the platform's own lists bring none of them twice.
    expect(page.locator("#history-rows tr")).to_have_count(4)
    expect(page.locator("#history-rows tr").first).to_contain_text("Success")
