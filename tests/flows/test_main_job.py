"""The main job, end to end, as the README tells it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.flows.conftest import create_action, launch_from_list
from tests.gate import Gate
from tests.product import RunningProduct
from tests.waiting import wait_until

# What the worker of Adobe's guide "Asynchronous Calls" returns at last.
HELLO = {"statusCode": 200, "body": {"payload": "Hello from the long running job!"}}
RESULT_MS = 60_000


def test_a_long_job_is_launched_here_and_its_result_appears_over_there(
    admin: Page, colleague: Callable[[str], Page], running_product: RunningProduct, gate: Gate
) -> None:
    watcher = colleague("Viewer")
    create_action(admin, "long-worker", gate.job(HELLO), timeout="2", unit="minutes")
    create_action(admin, "hasty-worker", gate.job(HELLO), timeout="5", unit="seconds")
    watcher.goto("/n/guest/")
    running = watcher.get_by_role("region", name="Running now")
    results = watcher.get_by_role("region", name="Latest results")

    launch_from_list(admin, "long-worker")
    launch_from_list(admin, "hasty-worker")

    # The worker process dies during the run; the supervisor says so and starts another.
    killed = running_product.kill("worker")
    wait_until(lambda: running_product.pid("worker") not in (0, killed), 60)
    wait_until(lambda: running_product.said("worker was killed") or running_product.said("worker ended"))

    # On the watcher's screen, which nobody touches: both are running, then end as they must.
    expect(running.get_by_role("link", name="long-worker")).to_be_visible()
    expect(results.locator("div", has_text="hasty-worker").first).to_contain_text(
        "Timed out", timeout=RESULT_MS
    )
    expect(running.get_by_role("link", name="long-worker")).to_be_visible()
    gate.open()
    expect(results.locator("div", has_text="long-worker").first).to_contain_text("Success", timeout=RESULT_MS)

    # Later a colleague finds it in the shared history, with who launched it.
    watcher.goto("/n/guest/activations/")
    row = watcher.get_by_role("row", name="long-worker")
    expect(row).to_contain_text("admin")
    row.get_by_role("link").first.click()
    expect(watcher.get_by_text("Hello from the long running job!")).to_be_visible()


def test_the_result_appears_on_the_activation_page_by_itself(admin: Page, gate: Gate) -> None:
    create_action(admin, "quick-worker", gate.job({"done": "quickly"}), timeout="1", unit="minutes")
    admin.get_by_role("button", name="Launch").first.click()
    admin.get_by_role("link", name="Watch it").click()
    expect(admin.get_by_text("Pending").first).to_be_visible()
    gate.open()
    expect(admin.get_by_text("quickly")).to_be_visible(timeout=RESULT_MS)
    expect(admin).to_have_title(re.compile("✓"))


def test_a_double_click_launches_once(admin: Page) -> None:
    create_action(admin, "once", "function main() { return {} }", timeout="1", unit="minutes")
    admin.goto("/n/guest/actions/")
    launch = admin.get_by_role("row", name="once").get_by_role("button", name="Launch").first
    # Both clicks in one task of the browser, however slow that is.
    launch.evaluate("button => { button.click(); button.click(); }")
    expect(admin.get_by_role("status").filter(has_text="Launched once")).to_be_visible()
    admin.goto("/n/guest/activations/?action=once")
    expect(admin.locator("tbody tr")).to_have_count(1)
