"""The query parameters of lists (core RestAPIs.scala and Activations.scala)."""

from __future__ import annotations

from dataclasses import dataclass

from standalone.errors import ApiError, malformed_query
from standalone.http.request import ApiRequest

SQLITE_INTEGER_MAXIMUM = 2**63 - 1


@dataclass(frozen=True)
class Page:
    """`count` asks for the number of entities only, `skip` subtracted."""

    skip: int
    limit: int
    count: bool


def page_of(request: ApiRequest, collection: str) -> Page:
    return Page(_skip(request, collection), _limit(request, collection), request.flag("count"))


def counted(collection: str, total: int, page: Page) -> dict[str, int]:
    return {collection: max(total - page.skip, 0)}


def milliseconds(request: ApiRequest, name: str) -> int | None:
    """`since` or `upto`. The wording ("seconds") is OpenWhisk's, the unit is milliseconds."""
    text = request.http.query_params.get(name)
    if text is None:
        return None
    number = _integer(text)
    if number is None:
        raise malformed_query(name, f"Parameter is not a valid value for epoch seconds: {text}")
    return number


def activation_name(request: ApiRequest) -> str | None:
    """`action` or `package/action`."""
    text = request.http.query_params.get("name")
    if text is None:
        return None
    parts = text.strip("/").split("/")
    if len(parts) > 2 or not all(parts):
        raise malformed_query(
            "name", f"Parameter may be a 'simple' name or 'package-name/simple' name: {text}"
        )
    return "/".join(parts)


def no_docs_with_count(request: ApiRequest) -> bool:
    """The `docs` parameter."""
    docs = request.flag("docs")
    if docs and request.flag("count"):
        raise ApiError(400, "The parameter 'docs' is not permitted with 'count'.")
    return docs


def _limit(request: ApiRequest, collection: str) -> int:
    limits = request.runtime.settings.limits
    number = _number(request, "limit", limits.list_default, collection)
    if not 0 <= number <= limits.list_maximum:
        raise malformed_query(
            "limit",
            f"The value '{number}' is not in the range of 0 to {limits.list_maximum} for {collection}.",
        )
    return number or limits.list_maximum


def _skip(request: ApiRequest, collection: str) -> int:
    number = _number(request, "skip", 0, collection)
    if number < 0:
        raise malformed_query(
            "skip", f"The value '{number}' is not greater than or equal to 0 for {collection}."
        )
    return number


def _number(request: ApiRequest, name: str, default: int, collection: str) -> int:
    text = request.http.query_params.get(name)
    if text is None:
        return default
    number = _integer(text)
    if number is None:
        raise malformed_query(name, f"The value '{text}' is not an integer for {collection}.")
    return number


def _integer(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        return None
    number = int(text)
    return number if abs(number) <= SQLITE_INTEGER_MAXIMUM else None
