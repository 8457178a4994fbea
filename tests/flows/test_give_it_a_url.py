"""Option 1 of the guide "Asynchronous Calls" in a real browser: from a worker to a URL to its result."""

from __future__ import annotations

import re

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from runtime_app.openwhisk import ActionSpec, OpenWhiskClient, Parameter
from tests.flows.conftest import create_action
from tests.gate import Gate

# The guide's web-action.js.
GUIDE = """let openwhisk = require("openwhisk");
function main(args) {
    let ow = openwhisk();
    return ow.actions.invoke({ name: 'worker', blocking: false, result: false, params: args });
}
exports.main = main;
"""
ECHO = "exports.main = (args) => ({ got: args });"
RESULT_MS = 60_000
SWEEP_MS = 120_000
SECONDS = 60


def give_url(page: Page, name: str) -> None:
    """From the list of actions to the page of the new URL."""
    page.goto("/n/guest/actions/")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="Give it a URL").first.click()
    page.get_by_role("button", name="Create the URL").click()
    expect(page.get_by_role("heading", name=f"URL of {name}-url")).to_be_visible()


def url_on(page: Page) -> str:
    return page.locator(".url-forms [data-copy]").first.get_attribute("data-copy") or ""


def editor_in(place: Locator) -> Locator:
    return place.locator(".cm-content").first


def test_from_a_worker_to_its_url_to_the_result_on_one_page(admin: Page, gate: Gate) -> None:
    worker = gate.job({"statusCode": 200, "body": {"payload": "Hello Ada"}})
    create_action(admin, "my-worker", worker, timeout="2", unit="minutes")
    give_url(admin, "my-worker")
    editor_in(admin.locator("#try-panel")).click()
    admin.keyboard.insert_text('{"name": "Ada"}')
    admin.get_by_role("button", name="Call the URL").click()
    # The answer comes below the window's edge: nobody has to look for it, and the focus stays.
    expect(admin.locator(".try-answer")).to_be_in_viewport()
    expect(admin.get_by_role("button", name="Call the URL")).to_be_focused()
    followed = admin.locator("#followed")
    expect(followed.get_by_text("Pending")).to_be_visible()
    gate.open()
    expect(followed.get_by_text("Hello Ada")).to_be_visible(timeout=RESULT_MS)
    expect(followed.get_by_text("Success")).to_be_visible()
    followed.get_by_role("link", name="Its page").click()
    expect(admin.get_by_role("heading", name="my-worker")).to_be_visible()

    # The map knows what the URL starts and how that went, and the arrow keys lead from one to the other.
    admin.goto("/n/guest/wiring/?q=my-worker-url")
    expect(admin.locator("#map .edge.tone-success")).to_have_count(2)
    admin.locator("#map").get_by_role("link", name="my-worker-url").focus()
    admin.keyboard.press("ArrowRight")
    admin.keyboard.press("Enter")
    panel = admin.get_by_role("dialog", name="URL of my-worker-url")
    expect(panel.get_by_role("link", name="Result")).to_have_attribute("href", re.compile("/activations/"))
    admin.keyboard.press("Escape")
    admin.keyboard.press("ArrowRight")
    expect(admin.locator("#map").get_by_role("link", name="my-worker", exact=True)).to_be_focused()


def test_the_guides_own_code_answers_204_and_its_run_is_shown_once(
    admin: Page, upstream: OpenWhiskClient
) -> None:
    annotations = {"web-export": True, "provide-api-key": True}
    upstream.put_action("worker", ActionSpec(kind="nodejs:default", code=ECHO))
    upstream.put_action("test", ActionSpec(kind="nodejs:default", code=GUIDE, annotations=annotations))
    admin.goto("/n/guest/actions/")
    admin.get_by_role("button", name="Sync now").click()
    admin.get_by_role("link", name="test", exact=True).click()
    admin.get_by_role("link", name="Try it, protect it").click()
    admin.get_by_role("button", name="Call the URL").click()
    expect(admin.get_by_text("The code returned neither body nor statusCode")).to_be_visible()
    # A sweep brings the run in, and it appears without a reload.
    found = admin.locator("#sought a.row-link")
    expect(found).to_have_count(1, timeout=SWEEP_MS)
    violations = Axe().run(admin).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in violations] == []
    found.click()
    expect(admin.get_by_role("heading", name="worker")).to_be_visible()
    admin.goto("/n/guest/activations/?action=worker")
    expect(admin.locator("#history-rows tr")).to_have_count(1)


def test_the_revealed_secret_opens_the_url_for_others(admin: Page, upstream: OpenWhiskClient) -> None:
    upstream.put_action("guarded", ActionSpec(kind="nodejs:default", code=ECHO))
    admin.goto("/n/guest/actions/")
    admin.get_by_role("button", name="Sync now").click()
    give_url(admin, "guarded")
    url = url_on(admin)
    assert requests.post(url, timeout=SECONDS).status_code == 401
    admin.get_by_role("button", name="Show the secret").click()
    secret = admin.locator("#secret-text").text_content() or ""
    headers = {"X-Require-Whisk-Auth": secret}
    answer = requests.post(url, json={"a": 1}, headers=headers, timeout=SECONDS)
    assert answer.status_code == 202


def test_the_choice_about_get_changes_only_untouched_code(admin: Page, upstream: OpenWhiskClient) -> None:
    upstream.put_action("chosen", ActionSpec(kind="nodejs:default", code=ECHO))
    admin.goto("/n/guest/actions/")
    admin.get_by_role("button", name="Sync now").click()
    admin.get_by_role("link", name="chosen", exact=True).click()
    late: list[Route] = []
    admin.route("**/js/callable*", lambda route: late.append(route))
    admin.get_by_role("link", name="Give it a URL").first.click()
    admin.get_by_text("Look at the code, or change it").click()
    code = admin.locator("#id_code")
    expect(code).to_have_value(re.compile("Use POST"))
    admin.get_by_label("A GET starts it too").check()
    # The script that changes the code comes late: who is quick is not overheard.
    late.pop().continue_()
    expect(code).not_to_have_value(re.compile("Use POST"))
    admin.get_by_label("A GET starts it too").uncheck()
    expect(code).to_have_value(re.compile("Use POST"))
    editor_in(admin.locator("#field-code")).click()
    admin.keyboard.press("Control+Home")
    admin.keyboard.insert_text("// mine\n")
    admin.get_by_label("A GET starts it too").check()
    expect(code).to_have_value(re.compile("^// mine[^$]*Use POST"))


def test_a_sequence_is_put_together_by_buttons_and_launched(admin: Page, upstream: OpenWhiskClient) -> None:
    for name, code in (("first-step", "n: args.n + 1"), ("second-step", "n: args.n * 2")):
        source = f"exports.main = (args) => ({{ {code} }});"
        upstream.put_action(name, ActionSpec(kind="nodejs:default", code=source))
    admin.goto("/n/guest/actions/")
    admin.get_by_role("button", name="Sync now").click()
    admin.get_by_role("link", name="New sequence").click()
    for name in ("second-step", "first-step"):
        admin.get_by_label("Next action").select_option(name)
        admin.get_by_role("button", name="Add").click()
        expect(admin.locator(".steps__path", has_text=name)).to_be_visible()
    admin.get_by_role("button", name="Move first-step up").click()
    expect(admin.locator(".steps__path").first).to_have_text("first-step")
    admin.get_by_role("textbox", name="Name").fill("both-steps")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_role("heading", name="both-steps")).to_be_visible()
    editor_in(admin.locator("#launch-panel")).click()
    admin.keyboard.insert_text('{"n": 1}')
    admin.locator("#launch-now").click()
    admin.get_by_role("link", name="Watch it").click()
    expect(admin.get_by_text("n: 4")).to_be_visible(timeout=RESULT_MS)
    steps = admin.locator("#steps")
    expect(steps.get_by_text("Success")).to_have_count(2, timeout=RESULT_MS)
    violations = Axe().run(admin).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in violations] == []
    steps.get_by_role("link", name="second-step").click()
    expect(admin.get_by_role("heading", name="second-step")).to_be_visible()
    admin.get_by_role("link", name="Show the sequence").click()
    expect(admin.get_by_role("heading", name="both-steps")).to_be_visible()


def test_a_package_and_a_binding_to_it(admin: Page, upstream: OpenWhiskClient) -> None:
    admin.goto("/n/guest/packages/new/")
    admin.get_by_role("textbox", name="Name").fill("folder")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_role("heading", name="folder")).to_be_visible()
    upstream.put_action(
        "folder/echo", ActionSpec(kind="nodejs:default", code=ECHO, parameters=(Parameter("own", 1),))
    )
    admin.goto("/n/guest/packages/new/")
    admin.get_by_role("textbox", name="Name").fill("shortcut")
    admin.get_by_label("A binding").check()
    admin.get_by_label("Package that it stands for").fill("guest/folder")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_role("heading", name="shortcut")).to_be_visible()
    admin.goto("/n/guest/packages/")
    admin.get_by_role("button", name="Sync now").click()
    admin.get_by_role("link", name="shortcut").click()
    # Until the page's scripts are here, the button leads to the activation's page instead.
    admin.wait_for_load_state()
    admin.get_by_role("button", name="Launch shortcut/echo").click()
    expect(admin.get_by_role("status").filter(has_text="Launched shortcut/echo")).to_be_visible()


def test_no_page_has_an_axe_violation(screen: Page, upstream: OpenWhiskClient) -> None:
    upstream.put_action("seen", ActionSpec(kind="nodejs:default", code=ECHO), overwrite=True)
    upstream.put_package("seen-package", parameters=[Parameter("quality", 80)], overwrite=True)
    web: dict[str, object] = {"web-export": True}
    upstream.put_action(
        "seen-url", ActionSpec(kind="nodejs:default", code=ECHO, annotations=web), overwrite=True
    )
    steps = ActionSpec(kind="sequence", components=("/_/seen", "/_/seen"))
    upstream.put_action("seen-steps", steps, overwrite=True)
    screen.goto("/n/guest/actions/")
    screen.get_by_role("button", name="Sync now").click()

    def page_of(name: str) -> str:
        screen.goto(f"/n/guest/actions/?q={name}")
        screen.get_by_role("link", name=name, exact=True).click()
        screen.wait_for_url(re.compile(r"/actions/\d+/$"))
        return screen.url

    worker, web_action, sequence = page_of("seen"), page_of("seen-url"), page_of("seen-steps")
    screen.goto("/n/guest/packages/")
    screen.get_by_role("link", name="seen-package").click()
    screen.wait_for_url(re.compile(r"/packages/\d+/$"))
    package = screen.url
    for address in (
        f"{worker}url/new/",
        f"{web_action}url/",
        sequence,
        sequence.replace("/actions/", "/sequences/") + "edit/",
        "/n/guest/packages/",
        package,
        f"{package}edit/",
        f"{package}delete/",
    ):
        screen.goto(address)
        violations = Axe().run(screen).response["violations"]
        assert [(item["id"], item["nodes"][0]["html"]) for item in violations] == [], address
        width = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"{address} scrolls sideways"
