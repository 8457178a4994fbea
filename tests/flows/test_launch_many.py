"""Launching many at once, and by schedule, in a browser."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.flows.conftest import create_action

RESULT_MS = 100_000
CODE = "exports.main = (args) => ({ doubled: args.n * 2 });"


def test_a_list_is_previewed_launched_and_comes_home(admin: Page) -> None:
    create_action(admin, "double-it", CODE, timeout="1", unit="minutes")
    admin.get_by_role("link", name="Launch many…").click()
    assert_accessible(admin)
    admin.get_by_label("Rows").fill("n,note\n1,first\n2,second\n3,third,too much\n")
    admin.get_by_role("button", name="Preview").click()

    expect(admin.get_by_role("heading", name="2 launches of double-it")).to_be_visible()
    expect(admin.get_by_text("This line has 3 cells, and the first line names 2.")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_label("Leave out the 1 bad row").check()
    admin.get_by_role("button", name="Launch 2").click()

    progress = admin.locator("#bulk-progress")
    expect(progress.get_by_text("Success 2")).to_be_visible(timeout=RESULT_MS)
    expect(progress.get_by_text("Done", exact=True)).to_be_visible(timeout=RESULT_MS)
    assert_accessible(admin)
    admin.get_by_role("link", name="All its activations").click()
    expect(admin.get_by_text("Bulk launch: 2 × double-it")).to_be_visible()
    expect(admin.locator("#history-rows tr")).to_have_count(2)


def test_what_waits_is_taken_back_in_the_list(admin: Page) -> None:
    create_action(admin, "wait-your-turn", CODE, timeout="1", unit="minutes")
    admin.get_by_role("link", name="Launch many…").click()
    rows = "n\n" + "\n".join(map(str, range(2000)))
    file: FilePayload = {"name": "rows.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    admin.get_by_label("Or a file").set_input_files(file)
    admin.get_by_role("button", name="Preview").click()
    admin.get_by_role("button", name="Launch 2,000").click()
    admin.get_by_role("button", name="Pause").click()
    expect(admin.get_by_role("button", name="Resume")).to_be_visible()
    bulk = admin.url

    admin.goto(f"/n/guest/activations/?bulk={bulk.rstrip('/').rpartition('/')[2]}&status=queued")
    row = admin.locator("#history-rows tr").last
    row_id = row.get_attribute("id") or ""
    expect(row).to_contain_text("It waits in its bulk launch")
    assert_accessible(admin)
    row.get_by_role("button", name="Take back wait-your-turn").focus()
    admin.keyboard.press("Enter")
    expect(admin.locator(f"#{row_id}")).to_contain_text("Cancelled")
    expect(admin.get_by_text("The launch was taken back; nothing was sent.")).to_be_visible()
    expect(admin.locator(f"#{row_id} .row-link")).to_be_focused()

    admin.goto(bulk)
    admin.get_by_role("button", name="Stop…").click()
    admin.locator("#confirm-button").click()
    expect(admin.get_by_text("never left")).to_be_visible()


def test_a_schedule_says_its_next_times_while_it_is_typed(admin: Page) -> None:
    create_action(admin, "report", CODE, timeout="1", unit="minutes")
    late: list[Route] = []
    admin.route("**/js/schedules*", lambda route: late.append(route))
    admin.get_by_role("link", name="Schedule…").click()
    expect(admin.get_by_label("Action", exact=True)).to_have_value("report")
    admin.get_by_label("Name", exact=True).fill("Morning report")
    admin.get_by_label("Time zone").fill("Asia/Kolkata")
    # The script that knows the browser's time zone comes late: it does not overwrite what was chosen.
    late.pop().continue_()
    admin.wait_for_load_state()
    expect(admin.get_by_label("Time zone")).to_have_value("Asia/Kolkata")
    admin.get_by_role("textbox", name="Cron").fill("0 8 * *")
    expect(admin.locator("#schedule-times")).to_contain_text("five parts")
    admin.get_by_role("textbox", name="Cron").fill("0 8 * * *")
    expect(admin.locator("#schedule-times li")).to_have_count(5)
    expect(admin.locator("#schedule-times")).to_contain_text("08:00 IST")
    assert_accessible(admin)
    admin.get_by_role("button", name="Save").click()

    row = admin.locator("tr", has_text="Morning report")
    expect(row).to_contain_text("Asia/Kolkata")
    assert_accessible(admin)
    row.get_by_role("button", name=re.compile("Run now")).click()
    expect(admin.get_by_text("by schedule Morning report")).to_be_visible()
    expect(admin.get_by_text("The action returned a result.")).to_be_visible(timeout=RESULT_MS)


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found] == []
