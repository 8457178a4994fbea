"""Writing and launching actions in a real browser."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from runtime_app.openwhisk import ActionSpec, OpenWhiskClient
from tests.flows.conftest import create_action, type_code
from tests.product import RunningProduct

ECHO = "function main(args) { return args }"


def parameters(page: Page) -> Locator:
    return page.locator("#launch-panel .cm-content")


def archive(name: str) -> dict[str, Any]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("index.js", "exports.main = () => ({ zipped: true });")
    return {"name": name, "mimeType": "application/zip", "buffer": buffer.getvalue()}


def test_the_field_says_what_a_timeout_means(admin: Page) -> None:
    admin.goto("/n/guest/actions/new/")
    verdict = admin.locator("[data-timeout-verdict]")
    expect(verdict).to_contain_text("Short enough")
    admin.get_by_label("Timeout").first.fill("61")
    admin.locator("select[name=timeout_unit]").select_option("s")
    expect(verdict).to_contain_text("Asynchronous only")
    admin.locator("select[name=timeout_unit]").select_option("h")
    expect(verdict).to_contain_text("Too long")


def test_untouched_code_follows_the_kind(admin: Page) -> None:
    admin.goto("/n/guest/actions/new/")
    code = admin.locator("#field-code .cm-content")
    admin.get_by_label("Kind").select_option("python:3.11")
    expect(code).to_contain_text("def main(args):")
    type_code(admin, "my own code")
    admin.get_by_label("Kind").select_option("nodejs:20")
    expect(code).to_have_text("my own code")


def test_a_text_file_fills_the_editor_and_an_archive_survives_a_mistake(
    admin: Page, upstream: OpenWhiskClient
) -> None:
    admin.goto("/n/guest/actions/new/")
    text = {
        "name": "worker.js",
        "mimeType": "text/javascript",
        "buffer": b"exports.main = () => 'from a file';",
    }
    admin.locator("#id_upload").set_input_files(text)
    expect(admin.locator("#field-code .cm-content")).to_contain_text("from a file")
    admin.locator("#id_upload").set_input_files(archive("worker.zip"))
    admin.get_by_role("textbox", name="Name").fill("not*allowed")
    admin.get_by_role("button", name="Create").click()
    expect(admin.locator("#field-name")).to_contain_text("cannot be used")
    admin.get_by_role("textbox", name="Name").fill("zipped")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_role("heading", name="zipped")).to_be_visible()
    assert upstream.get_action("zipped").binary


def test_control_and_enter_launch_and_a_mistake_is_shown_where_it_is(admin: Page) -> None:
    create_action(admin, "echo", ECHO, timeout="1", unit="minutes")
    parameters(admin).click()
    admin.keyboard.insert_text('{"name": "Ada",}')
    admin.keyboard.press("Control+Enter")
    expect(admin.locator("#field-parameters .field__error")).to_contain_text("Line 1, column 16")
    parameters(admin).click()
    admin.keyboard.press("Control+A")
    admin.keyboard.insert_text('{"name": "Ada"}')
    admin.keyboard.press("Control+Enter")
    expect(admin.get_by_role("link", name="Watch it")).to_be_visible()
    expect(admin.locator("#latest-activations tbody tr")).to_have_count(1)
    expect(admin.locator("#latest-activations")).to_contain_text("Success")
    expect(admin.locator("#launch-receipt")).to_contain_text("Success")


def test_a_launch_on_a_phone_is_seen_without_scrolling(admin: Page) -> None:
    create_action(admin, "thumbed", ECHO, timeout="1", unit="minutes")
    admin.set_viewport_size({"width": 390, "height": 640})
    launch = admin.locator("#launch-now")
    launch.scroll_into_view_if_needed()
    launch.click()
    expect(admin.locator("#launch-receipt")).to_be_in_viewport()
    expect(launch).to_be_focused()


def test_an_action_that_came_since_disturbs_no_open_list(admin: Page, upstream: OpenWhiskClient) -> None:
    create_action(admin, "old-hand", ECHO, timeout="1", unit="minutes")
    complaints: list[str] = []
    admin.on("console", lambda message: complaints.append(message.text))
    admin.goto("/n/guest/actions/?q=a")
    other = admin.context.new_page()
    upstream.put_action("a-newcomer", ActionSpec(kind="nodejs:20", code=ECHO))
    other.goto("/n/guest/actions/")
    other.get_by_role("button", name="Sync now").click()
    expect(other.get_by_role("row", name="a-newcomer")).to_be_visible()
    admin.bring_to_front()
    admin.get_by_role("row", name="old-hand").get_by_role("button", name="Launch").first.click()
    expect(admin.get_by_role("row", name="old-hand")).to_contain_text("Success")
    assert complaints == []


def test_a_saved_preset_is_one_click(admin: Page) -> None:
    create_action(admin, "with-preset", ECHO, timeout="1", unit="minutes")
    parameters(admin).click()
    admin.keyboard.insert_text('{"name": "Ada"}')
    admin.get_by_text("Save as a preset").click()
    admin.get_by_label("Name of the preset").fill("For Ada")
    admin.get_by_role("button", name="Save preset").click()
    admin.get_by_role("button", name="For Ada", exact=True).click()
    expect(admin.get_by_role("link", name="Watch it")).to_be_visible()
    expect(admin.locator("#latest-activations tbody tr")).to_contain_text("For Ada")


def test_a_colleagues_change_is_shown_before_mine_is_saved(admin: Page, upstream: OpenWhiskClient) -> None:
    create_action(admin, "contested", ECHO, timeout="1", unit="minutes")
    admin.get_by_role("link", name="Edit").click()
    theirs = ActionSpec(kind="nodejs:20", code="function main() { return { theirs: 1 } }")
    upstream.put_action("contested", theirs, overwrite=True)
    type_code(admin, "function main() { return { mine: 1 } }")
    admin.get_by_role("button", name="Save").click()
    conflict = admin.get_by_role("alert").filter(has_text="has changed this action meanwhile")
    expect(conflict).to_contain_text("theirs: 1")
    assert "theirs" in (upstream.get_action("contested").code or "")
    admin.get_by_role("button", name="Save mine over version").click()
    expect(admin.get_by_text("Saved contested.")).to_be_visible()
    assert "mine" in (upstream.get_action("contested").code or "")


def test_it_all_works_without_scripts(
    browser: Browser, running_product: RunningProduct, admin_cookies: Any
) -> None:
    context = browser.new_context(
        storage_state=admin_cookies, base_url=running_product.url, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/n/guest/actions/new/")
    page.get_by_role("textbox", name="Name").fill("plain")
    page.locator("textarea[name=code]").fill("function main() { return { plain: true } }")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Launch").first.click()
    expect(page.get_by_role("heading", name="plain")).to_be_visible()
    assert "/activations/" in page.url
    context.close()


def test_no_page_has_an_axe_violation(screen: Page, upstream: OpenWhiskClient) -> None:
    upstream.put_action("looked-at", ActionSpec(kind="nodejs:20", code=ECHO), overwrite=True)
    screen.goto("/n/guest/actions/")
    screen.get_by_role("button", name="Sync now").click()
    screen.get_by_role("link", name="looked-at").click()
    screen.wait_for_url(re.compile(r"/actions/\d+/$"))
    action, actions = screen.url, "/n/guest/actions/"
    for address in (actions, f"{actions}new/", action, f"{action}edit/", f"{action}delete/"):
        screen.goto(address)
        violations = Axe().run(screen).response["violations"]
        assert [(item["id"], item["nodes"][0]["html"]) for item in violations] == [], address
        width = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"{address} scrolls sideways"
