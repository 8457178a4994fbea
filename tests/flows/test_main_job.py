"""The main job, end to end, as the README tells it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.flows.conftest import create_action, launch_from_list
from tests.product import RunningProduct
from tests.waiting import wait_until

# The worker of Adobe's guide "Asynchronous Calls", with a shorter wait.
WORKER = """function main(args) {
    return new Promise(function (resolve) {
        setTimeout(function () {
            resolve({ statusCode: 200, body: { payload: "Hello from the long running job!" } });
        }, 20000);
    });
}

exports.main = main;
"""
RUN_MS = 20_000
SLACK_MS = 10_000


def test_a_long_job_is_launched_here_and_its_result_appears_over_there(
    admin: Page, colleague: Callable[[str], Page], running_product: RunningProduct
) -> None:
    watcher = colleague("Viewer")
    create_action(admin, "long-worker", WORKER, timeout="2", unit="minutes")
    create_action(admin, "hasty-worker", WORKER, timeout="5", unit="seconds")
    watcher.goto("/n/guest/")
    running = watcher.get_by_role("region", name="Running now")
    results = watcher.get_by_role("region", name="Latest results")

    launch_from_list(admin, "long-worker")
    launch_from_list(admin, "hasty-worker")

    # The worker process dies during the run; the supervisor says so and starts another.
    killed = running_product.kill("worker")
    wait_until(lambda: running_product.pid("worker") not in (0, killed), 15)
    assert running_product.said("worker was killed") or running_product.said("worker ended"), (
        running_product.lines
    )

    # On the watcher's screen, which nobody touches: both are running, then end as they must.
    expect(running.get_by_role("link", name="long-worker")).to_be_visible()
    expect(results.locator("div", has_text="hasty-worker").first).to_contain_text(
        "Timed out", timeout=5_000 + SLACK_MS
    )
    expect(running.get_by_role("link", name="long-worker")).to_be_visible()
    expect(results.locator("div", has_text="long-worker").first).to_contain_text(
        "Success", timeout=RUN_MS + SLACK_MS
    )

    # Later a colleague finds it in the shared history, with who launched it.
    watcher.goto("/n/guest/activations/")
    row = watcher.get_by_role("row", name="long-worker")
    expect(row).to_contain_text("admin")
    row.get_by_role("link").first.click()
    expect(watcher.get_by_text("Hello from the long running job!")).to_be_visible()


def test_the_result_appears_on_the_activation_page_by_itself(admin: Page) -> None:
    source = (
        "async function main() { await new Promise(r => setTimeout(r, 3000)); return { done: 'quickly' } }"
    )
    create_action(admin, "quick-worker", source, timeout="1", unit="minutes")
    admin.get_by_role("button", name="Launch").first.click()
    admin.get_by_role("link", name="Watch it").click()
    expect(admin.get_by_text("Pending").first).to_be_visible()
    expect(admin.get_by_text("quickly")).to_be_visible(timeout=3_000 + SLACK_MS)
    expect(admin).to_have_title(re.compile("✓"))


def test_a_double_click_launches_once(admin: Page) -> None:
    create_action(admin, "once", "function main() { return {} }", timeout="1", unit="minutes")
    admin.goto("/n/guest/actions/")
    admin.get_by_role("row", name="once").get_by_role("button", name="Launch").first.dblclick()
    admin.goto("/n/guest/activations/?action=once")
    expect(admin.locator("tbody tr")).to_have_count(1)
