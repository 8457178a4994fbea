"""Finds the Chromium that the browser tests drive; `python -m tests.chromium` installs one if need be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

# The shell has no window to draw into and so needs a quarter of the processor's time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Tests look at what is there and not at how it comes; to move it costs more of the processor than all else.
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, **STILL}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    **STILL,
}


def find() -> str | None:
    """The path of a Chromium: CHROMIUM, else one on PATH, else the one that Playwright installed."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if on_path:
        return on_path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Installs one as the platform does; what fails shows in the output."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-q"], check=False)
        for package in (SHELL, "chromium"):
            if not subprocess.run(["apt-get", "install", "-q", "-y", package], check=False).returncode:
                return
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def advice() -> str:
    if os.environ.get("CHROMIUM"):
        return f"CHROMIUM names {os.environ['CHROMIUM']!r}, which is no program on this machine."
    return (
        "The browser tests need Chromium. Run `sudo apt-get install -y chromium` (Debian, Ubuntu) or "
        f"`{sys.executable} -m playwright install --with-deps chromium`, or set CHROMIUM to the path of one."
    )


def main() -> int:
    if find() is None and not os.environ.get("CHROMIUM"):
        print("No Chromium found; installing one …", flush=True)
        install()
    if find() is None:
        print(advice(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
