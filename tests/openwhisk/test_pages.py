"""Reading whole lists from servers with different page limits and habits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from runtime_app.openwhisk import OpenWhiskClient, Rejected
from tests.openwhisk import documents
from tests.openwhisk.conftest import AUTH, HOST

ACTIONS = f"{HOST}/api/v1/namespaces/_/actions"
ACTIVATIONS = f"{HOST}/api/v1/namespaces/_/activations"
Answer = tuple[int, dict[str, str], str]


def asked(request: requests.PreparedRequest) -> tuple[int, int]:
    """The limit and skip of a request."""
    query = parse_qs(urlsplit(str(request.url)).query)
    return int(query["limit"][0]), int(query.get("skip", ["0"])[0])


def limits_asked(wire: responses.RequestsMock) -> list[tuple[int, int]]:
    return [asked(call.request) for call in wire.calls]


def server(items: list[dict[str, Any]], most: int, silent: bool = False) -> Callable[..., Answer]:
    """A list endpoint that gives `most` a page, and refuses more (or, if `silent`, just gives fewer)."""

    def serve(request: requests.PreparedRequest) -> Answer:
        limit, skip = asked(request)
        if limit > most and not silent:
            text = f"The value '{limit}' is not in the range of 0 to {most} for actions."
            text = f"The query parameter 'limit' was malformed:\n{text}"
            return 400, {}, json.dumps(documents.error(text))
        return 200, {}, json.dumps(items[skip : skip + min(limit, most)])

    return serve


def actions(count: int) -> list[dict[str, Any]]:
    return [documents.action_item(f"action-{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("count", "most", "requests_sent"),
    [
        (0, 200, [(200, 0)]),
        (7, 200, [(200, 0)]),
        (450, 200, [(200, 0), (200, 200), (200, 400), (200, 450)]),
        (120, 50, [(200, 0), (50, 0), (50, 50), (50, 100)]),
    ],
)
def test_all_pages_are_read_with_the_largest_limit(
    client: OpenWhiskClient,
    wire: responses.RequestsMock,
    count: int,
    most: int,
    requests_sent: list[tuple[int, int]],
) -> None:
    wire.add_callback("GET", ACTIONS, server(actions(count), most))
    assert [action.name for action in client.iter_actions()] == [f"action-{n}" for n in range(count)]
    assert limits_asked(wire) == requests_sent


def test_a_smaller_limit_is_remembered(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.add_callback("GET", ACTIONS, server(actions(3), most=50))
    client.list_actions()
    assert client.page_limit == 50
    client.list_actions()
    assert [limit for limit, _ in limits_asked(wire)] == [200, 50, 50]


def test_a_known_limit_is_used_from_the_start(wire: responses.RequestsMock) -> None:
    wire.add_callback("GET", ACTIONS, server(actions(3), most=50))
    with OpenWhiskClient(HOST, AUTH, page_limit=50) as client:
        client.list_actions()
    assert [limit for limit, _ in limits_asked(wire)] == [50]


def test_a_limit_of_ones_own_is_never_changed(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.add_callback("GET", ACTIONS, server(actions(3), most=50))
    with pytest.raises(Rejected, match="not in the range"):
        client.list_actions(limit=100)
    assert client.page_limit is None


def test_another_refusal_is_not_taken_for_a_limit(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(ACTIONS, status=400, json=documents.error("The request content was malformed"))
    with pytest.raises(Rejected):
        client.list_actions()
    assert len(wire.calls) == 1


def test_a_server_that_keeps_refusing_ends_in_its_refusal(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(ACTIONS, status=400, json=documents.error("is not in the range of 0 to 50 for actions."))
    with pytest.raises(Rejected):
        client.list_actions()
    assert len(wire.calls) == 2


def test_a_server_that_silently_gives_fewer_loses_nothing(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.add_callback("GET", ACTIONS, server(actions(120), most=50, silent=True))
    assert len(list(client.iter_actions())) == 120


def test_a_server_that_ignores_skip_does_not_go_on_forever(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(ACTIONS, json=actions(60))
    assert len(list(client.iter_actions())) == 60
    assert len(wire.calls) == 2


def test_what_comes_twice_because_the_list_grew_is_given_once(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    grown = [actions(200)[-1], *[documents.action_item(f"late-{number}") for number in range(5)]]
    wire.get(ACTIONS, json=actions(200))
    wire.get(ACTIONS, json=grown)
    names = [action.name for action in client.iter_actions()]
    assert len(names) == len(set(names)) == 205


def test_pages_are_only_fetched_when_needed(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.add_callback("GET", ACTIONS, server(actions(450), most=200))
    assert next(client.iter_actions()).name == "action-0"
    assert len(wire.calls) == 1


def test_broken_records_do_not_end_the_pages(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    good = [documents.activation(activationId=f"{number:032x}") for number in range(260)]
    broken = [documents.activation(start="noon")] * 190
    wire.add_callback("GET", ACTIVATIONS, server(broken + good, most=200))
    ids = [record.activation_id for record in client.iter_full_activations(since_ms=0)]
    assert len(ids) == 260


def test_a_whole_page_of_broken_records_does_not_end_them_either(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    items = [documents.activation_item(start="noon")] * 200 + [documents.activation_item()]
    wire.add_callback("GET", ACTIVATIONS, server(items, most=200))
    assert len(list(client.iter_activations())) == 1
