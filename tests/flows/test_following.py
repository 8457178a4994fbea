"""Without a reload, commands follow what is typed, and a trigger's page what a colleague rewires."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from runtime_app.openwhisk import ActionSpec, OpenWhiskClient, Parameter
from tests.flows.conftest import type_code


def test_the_commands_of_a_form_follow_what_is_typed(admin: Page) -> None:
    asked: list[str] = []
    admin.on(
        "request",
        lambda request: asked.append(request.url) if request.url.endswith("/new/commands/") else None,
    )
    admin.goto("/n/guest/triggers/new/")
    name = admin.get_by_role("textbox", name="Name", exact=True)
    name.fill("followed")
    admin.wait_for_timeout(800)
    assert asked == []  # Nobody looks at them yet.
    admin.get_by_text("From a terminal").click()
    typed = admin.locator("#new-aio")
    expect(typed).to_contain_text("trigger create followed")
    admin.get_by_label("A cron", exact=True).check()
    admin.get_by_label("Cron", exact=True).fill("0 8 * * 1")
    expect(typed).to_contain_text("--feed /whisk.system/alarms/alarm")
    # A name that is refused comes back with the form, whose commands go on following.
    name.fill("a/b")
    admin.get_by_role("button", name="Create").click()
    expect(admin.locator(".field__error")).to_have_count(1)
    name.fill("after-all")
    expect(typed).to_contain_text("trigger create after-all")


def test_the_commands_of_an_action_follow_its_editor_and_its_archive(admin: Page) -> None:
    admin.goto("/n/guest/actions/new/")
    admin.get_by_text("From a terminal").click()
    type_code(admin, "function main() { return { typed: 1 } }")
    expect(admin.locator("#new-curl")).to_contain_text("typed: 1")
    archive = {"name": "worker.zip", "mimeType": "application/zip", "buffer": b"PK\x05\x06" + b"\0" * 18}
    admin.locator("input[type=file]").set_input_files([archive])
    expect(admin.locator("#new-aio")).to_contain_text('"$FILE"')


def test_a_triggers_page_follows_a_colleague_and_keeps_what_is_typed(
    admin: Page, colleague: Callable[[str], Page], upstream: OpenWhiskClient
) -> None:
    upstream.put_action("watched-worker", ActionSpec(kind="nodejs:default", code="exports.main = () => ({})"))
    upstream.put_trigger("watched", parameters=[Parameter("width", 800)])
    upstream.put_rule("watched-rule", trigger="watched", action="watched-worker")
    editor = colleague("Editor")
    admin.goto("/n/guest/triggers/")
    admin.get_by_role("button", name="Sync now").click()
    admin.get_by_role("link", name="watched", exact=True).click()
    expect(admin.locator("#live-indicator")).to_have_text("Live")
    admin.locator("#field-payload .cm-content").click()
    admin.keyboard.insert_text('{"half": "typed"}')

    editor.goto(admin.url)
    editor.get_by_role("button", name="Switch off watched-rule").click()
    expect(admin.locator("#trigger-rules").get_by_role("button", name="Enable watched-rule")).to_be_visible()
    editor.get_by_role("link", name="Edit", exact=True).click()
    editor.get_by_label("One date").check()
    editor.get_by_label("Date and time, in UTC").fill("2090-01-31T08:00")
    editor.get_by_role("button", name="Save").click()
    expect(admin.locator("#trigger-schedule")).to_contain_text("Once, on 2090-01-31 at 08:00 UTC")
    expect(admin.locator("#field-payload .cm-content")).to_contain_text("half")
