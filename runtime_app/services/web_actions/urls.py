"""The URLs under which a web action can be called, in every form that its platform offers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime_app.models import Namespace
from runtime_app.openwhisk import ActionPath
from runtime_app.openwhisk.hosts import API_PREFIX
from runtime_app.openwhisk.names import quote_name

ADOBE_HOST = "adobeioruntime.net"
ADOBE_CDN_HOST = "adobe-static.net"
DEFAULT_PACKAGE = "default"


@dataclass(frozen=True, slots=True)
class WebUrl:
    """One form of the address. `note` says what it answers, or what is special about it."""

    title: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class WebPlace:
    """Where the panel itself calls: scheme and host, and the path."""

    base_url: str
    path: str

    @property
    def url(self) -> str:
        return self.base_url + self.path


def web_place(namespace: Namespace, action_path: str) -> WebPlace:
    """The address without an extension. Adobe has the namespace in the host and redirects other requests."""
    path = ActionPath.parse(action_path)
    tail = f"{quote_name(path.package or DEFAULT_PACKAGE)}/{quote_name(path.name)}"
    if is_adobe(namespace):
        return WebPlace(f"https://{namespace.name}.{ADOBE_HOST}", f"{API_PREFIX}/web/{tail}")
    return WebPlace(namespace.api_host, f"{API_PREFIX}/web/{quote_name(namespace.name)}/{tail}")


def is_adobe(namespace: Namespace) -> bool:
    """Whether the namespace is one of Adobe I/O Runtime."""
    return urlsplit(namespace.api_host).hostname == ADOBE_HOST


def web_urls(namespace: Namespace, action_path: str) -> list[WebUrl]:
    """Every form, the one to hand out first. Source: OpenWhisk docs/webactions.md, "Content extensions"."""
    url = web_place(namespace, action_path).url
    forms = [
        WebUrl("URL", url, "Answers with the status, headers and body that the code returns."),
        WebUrl(".http", f"{url}.http", "The same, said explicitly."),
        WebUrl(".json", f"{url}.json", "Answers 200 with the whole result as JSON."),
    ]
    return [*forms, *_adobe_forms(namespace, action_path)] if is_adobe(namespace) else forms


def other_extensions(namespace: Namespace, action_path: str) -> list[WebUrl]:
    """Forms for actions that return pages, text or pictures."""
    url = web_place(namespace, action_path).url
    return [
        WebUrl(".html", f"{url}.html", "Answers with the result's `body` or `html` as a page."),
        WebUrl(".text", f"{url}.text", "Answers with the result's `body` or `text` as plain text."),
        WebUrl(".svg", f"{url}.svg", "Answers with the result's `body` or `svg` as a picture."),
    ]


def _adobe_forms(namespace: Namespace, action_path: str) -> list[WebUrl]:
    path = ActionPath.parse(action_path)
    tail = f"{quote_name(path.package or DEFAULT_PACKAGE)}/{quote_name(path.name)}"
    plain = f"https://{ADOBE_HOST}{API_PREFIX}/web/{quote_name(namespace.name)}/{tail}"
    cdn = f"https://{namespace.name}.{ADOBE_CDN_HOST}{API_PREFIX}/web/{tail}"
    return [
        WebUrl("API host", plain, "Redirects (308) to the first form: use curl -L."),
        WebUrl("CDN", cdn, "For answers that may be cached; the CDN gives up after 30 s."),
    ]
