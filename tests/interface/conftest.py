"""The gallery page in a real browser; this process answers the browser's requests, so there is no server."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests import chromium

ORIGIN = "http://localhost:8999"

expect.set_options(timeout=30_000)
Answer = Callable[[Request], dict[str, Any]]


@dataclass
class Site:
    """Answers what a page asks for: the gallery, static files, and what a test adds by path.

    `answers` make answers at once; requests to a path in `held_back` wait there until the test fulfils them.
    """

    html: str
    policy: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    held_back: dict[str, list[Route]] = field(default_factory=dict)

    def open(self, context: BrowserContext, *, wait_until: Literal["commit", "load"] = "load") -> Page:
        context.route("**/*", self.answer)
        page = context.new_page()
        page.goto(f"{ORIGIN}/gallery/", wait_until=wait_until)
        return page

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if urlsplit(request.url).path == path]

    def answer(self, route: Route) -> None:
        path = unquote(urlsplit(route.request.url).path)
        self.requests.append(route.request)
        if path in self.held_back:
            self.held_back[path].append(route)
        elif path in self.answers:
            route.fulfill(**self.answers[path](route.request))
        elif path == "/gallery/":
            route.fulfill(
                body=self.html, headers={"Content-Security-Policy": self.policy}, content_type="text/html"
            )
        elif path.startswith(django_settings.STATIC_URL):
            route.fulfill(**static_file(path.removeprefix(django_settings.STATIC_URL)))
        else:
            route.fulfill(status=404, body="<h1>Not found</h1>", content_type="text/html")


def static_file(name: str) -> dict[str, Any]:
    found = finders.find(name)
    if not found:
        return {"status": 404, "body": ""}
    return {"body": Path(str(found)).read_bytes(), "content_type": mimetypes.guess_type(name)[0]}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Lets tests of this folder use the database while Playwright's event loop runs in the same thread.

    Django refuses that, because two coroutines might share a connection; here nothing awaits meanwhile.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        return (yield)


@pytest.fixture
def site(client: Client, settings: Any) -> Site:
    settings.DEBUG = True
    response = client.get("/gallery/")
    return Site(response.content.decode(), response["Content-Security-Policy"])


@pytest.fixture
def gallery(site: Site, context: BrowserContext) -> Page:
    """The gallery at 1280 × 800, without the editor, whose modules take long to load."""
    site.answers["/static/js/editor.js"] = lambda _: {"body": "", "content_type": "text/javascript"}
    return site.open(context)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    instance = browser.new_context(**chromium.PHONE)
    yield instance
    instance.close()
