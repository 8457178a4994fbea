"""`make screenshots`: starts the product, puts a small team's work into it, and takes the docs' pictures.

Run as `python -m tests.screenshots [FOLDER]`; the default folder is docs/screenshots.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Browser, Page, sync_playwright

from runtime_app.openwhisk import ActionSpec
from standalone.settings import GUEST_AUTH
from tests import chromium
from tests.panel import Panel
from tests.product import RunningProduct
from tests.waiting import wait_until

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
WINDOW = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
RESIZE = """// Resizes what it is told to, a little slowly.
async function main({ image = "cover.png", width = 800, seconds = 1 }) {
    console.log(`Reading ${image}`);
    await new Promise(resolve => setTimeout(resolve, seconds * 1000));
    if (width > 4000) {
        return { error: `${width} pixels are more than this worker can hold` };
    }
    console.log(`Wrote ${width} pixels`);
    return { image, width, bytes: width * 137, variants: ["small", "medium", "large"] };
}

exports.main = main;
"""
NIGHTLY = """async function main({ region = "emea", seconds = 90 }) {
    console.log(`Collecting orders of ${region}`);
    await new Promise(resolve => setTimeout(resolve, seconds * 1000));
    return { region, orders: 1842, revenue: 93211.5 };
}
"""
COVERS = """const openwhisk = require("openwhisk");

function main(params) {
    return openwhisk().actions.invoke({ name: "resize-images", blocking: false, params });
}
"""


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, RunningProduct(Path(home) / "home") as product:
        panel = Panel(product, GUEST_AUTH)
        put_work_into(panel)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
            take_pictures(browser, panel, folder)
            browser.close()
    return 0


def put_work_into(panel: Panel) -> None:
    """Two actions, presets, wires between them, and a few runs of either outcome; one is left running."""
    resize = panel.create_action("resize-images", RESIZE, timeout_ms=120_000)
    nightly = panel.create_action("nightly-report", NIGHTLY, timeout_ms=1_800_000)
    save_preset(panel, resize, "Catalogue covers", {"image": "catalogue.png", "width": 1600})
    save_preset(panel, nightly, "EMEA, last night", {"region": "emea"})
    for number, width in enumerate((640, 800, 1200, 9000, 1600, 320)):
        panel.launch(resize, {"image": f"product-{number}.png", "width": width, "seconds": 0.3 + number / 4})
    panel.launch(nightly, {"region": "apac", "seconds": 2})
    wire(panel)
    pending = "SELECT 1 FROM runtime_app_activation WHERE status IN ('queued', 'sending', 'pending')"
    wait_until(lambda: not panel.rows(pending), 60)
    panel.launch(nightly, {"region": "emea", "seconds": 600})
    # Reads the messages that all this left for the next page.
    panel.session.get(f"{panel.product.url}/n/guest/", timeout=20).raise_for_status()


def wire(panel: Panel) -> None:
    """A trigger with two rules, fired once; a nightly one; and a URL."""
    panel.post("rules/new/", new_trigger="image-uploaded", action="resize-images")
    panel.post("rules/new/", trigger="image-uploaded", action="nightly-report", name="report-each-upload")
    panel.post("rules/new/", new_trigger="every-night", action="nightly-report")
    web: dict[str, object] = {"web-export": True, "provide-api-key": True}
    panel.upstream.put_action("covers", ActionSpec(kind="nodejs:default", code=COVERS, annotations=web))
    panel.post("actions/sync/")
    trigger = panel.rows("SELECT id FROM runtime_app_trigger WHERE name = 'image-uploaded'")[0][0]
    payload = {"image": "front-page.png", "width": 1200, "seconds": 1.5}
    panel.post(f"triggers/{trigger}/fire/", payload=json.dumps(payload), launch_key=str(uuid4()))


def save_preset(panel: Panel, action: int, name: str, parameters: dict[str, object]) -> None:
    panel.post(
        f"actions/{action}/presets/",
        preset_name=name,
        parameters=json.dumps(parameters),
        launch_key=str(uuid4()),
        on_dashboard="on",
    )


def take_pictures(browser: Browser, panel: Panel, folder: Path) -> None:
    resize = panel.rows("SELECT id FROM runtime_app_action WHERE path = 'resize-images'")[0][0]
    done = panel.rows(
        "SELECT id FROM runtime_app_activation WHERE status = 'success' AND action_path = 'resize-images'"
        " AND rule_name = '' ORDER BY id DESC LIMIT 1"
    )[0][0]
    fire = panel.rows("SELECT id FROM runtime_app_activation WHERE action_path = 'image-uploaded'")[0][0]
    light, dark, phone = (
        page_of(browser, panel, "light", WINDOW),
        page_of(browser, panel, "dark", WINDOW),
        page_of(browser, panel, "light", PHONE),
    )
    picture(light, "", folder / "dashboard.png")
    picture(light, f"activations/{done}/", folder / "activation.png")
    picture(light, "activations/", folder / "history.png")
    picture(light, f"activations/{fire}/trace/", folder / "trace.png")
    picture(light, "wiring/", folder / "wiring-map.png")
    picture(dark, f"actions/{resize}/", folder / "action-dark.png")
    picture(phone, "", folder / "dashboard-phone.png")


def page_of(browser: Browser, panel: Panel, scheme: str, window: dict[str, int]) -> Page:
    """A window in the signed-in person's name."""
    context = browser.new_context(
        viewport=window,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        base_url=panel.product.url,
    )
    context.add_cookies(
        [
            {"name": cookie.name, "value": cookie.value or "", "url": panel.product.url}
            for cookie in panel.session.cookies
        ]
    )
    return context.new_page()


def picture(page: Page, path: str, file: Path) -> None:
    page.goto(f"/n/guest/{path}")
    page.get_by_text("Live", exact=True).first.wait_for()
    page.screenshot(path=file)
    print(file)


if __name__ == "__main__":
    sys.exit(main())
