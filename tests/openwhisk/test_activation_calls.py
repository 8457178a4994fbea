from __future__ import annotations

import logging

import pytest
import responses
from responses import matchers

from runtime_app.openwhisk import BadReply, NotFound, OpenWhiskClient, SummariesOnly
from tests.openwhisk import documents
from tests.openwhisk.conftest import HOST

ACTIVATIONS = f"{HOST}/api/v1/namespaces/_/activations"
ID = documents.ACTIVATION_ID


def test_an_activation_that_still_runs_is_not_found(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    text = "The requested resource does not exist."
    wire.get(f"{ACTIVATIONS}/{ID}", status=404, json=documents.error(text))
    with pytest.raises(NotFound):
        client.get_activation(ID)


def test_get_logs_and_result(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wire.get(f"{ACTIVATIONS}/{ID}", json=documents.activation())
    wire.get(f"{ACTIVATIONS}/{ID}/logs", json={"logs": ["one", "two"]})
    result = {"result": {"a": 1}, "success": True, "status": "success", "size": 7}
    wire.get(f"{ACTIVATIONS}/{ID}/result", json=result)
    assert client.get_activation(ID).result == {"payload": "…"}
    assert client.activation_logs(ID) == ("one", "two")
    assert client.activation_result(ID).result == {"a": 1}


def test_an_id_cannot_leave_its_place_in_the_path(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(f"{ACTIVATIONS}/..%2Flimits%3Fx", status=400, json=documents.error("not valid"))
    with pytest.raises(Exception, match="not valid"):
        client.get_activation("../limits?x")


def test_a_list_sends_its_filters(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wanted = {"name": "tools/my-worker", "limit": "10", "skip": "20", "since": "1", "upto": "2"}
    wire.get(ACTIVATIONS, json=[documents.activation_item()], match=[matchers.query_param_matcher(wanted)])
    items = client.list_activations(name="tools/my-worker", limit=10, skip=20, since_ms=1, upto_ms=2)
    assert [item.activation_id for item in items] == [ID]


def test_full_records_come_with_docs(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wanted = {"limit": "10", "skip": "0", "since": "0", "docs": "true"}
    wire.get(ACTIVATIONS, json=[documents.activation()], match=[matchers.query_param_matcher(wanted)])
    assert client.list_full_activations(limit=10, since_ms=0)[0].result == {"payload": "…"}


def test_a_list_that_only_names_what_was_to_come_whole_says_so(
    client: OpenWhiskClient, wire: responses.RequestsMock
) -> None:
    wire.get(ACTIVATIONS, json=[documents.activation_item()])
    with pytest.raises(SummariesOnly, match="leaves their results out"):
        client.list_full_activations(limit=10)
    with pytest.raises(SummariesOnly):
        list(client.iter_full_activations())


def test_a_count_is_a_number(client: OpenWhiskClient, wire: responses.RequestsMock) -> None:
    wanted = {"count": "true", "name": "x"}
    wire.get(ACTIVATIONS, json={"activations": 41}, match=[matchers.query_param_matcher(wanted)])
    assert client.count_activations(name="x") == 41


@pytest.mark.parametrize("body", [[], {}, {"activations": "41"}, {"activations": None}, 41])
def test_a_count_of_wrong_type_is_a_bad_reply(
    client: OpenWhiskClient, wire: responses.RequestsMock, body: object
) -> None:
    wire.get(ACTIVATIONS, json=body)
    with pytest.raises(BadReply):
        client.count_activations()


def test_a_broken_record_does_not_hide_its_neighbours(
    client: OpenWhiskClient, wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = documents.activation(start="noon", name="the-broken-one")
    wire.get(ACTIVATIONS, json=[documents.activation(), broken, None])
    with caplog.at_level(logging.WARNING):
        assert [record.activation_id for record in client.list_full_activations()] == [ID]
    assert "the-broken-one" in caplog.text


@pytest.mark.parametrize("body", [{}, {"activations": []}, "x", 5])
def test_a_list_that_is_none_is_a_bad_reply(
    client: OpenWhiskClient, wire: responses.RequestsMock, body: object
) -> None:
    wire.get(ACTIVATIONS, json=body)
    with pytest.raises(BadReply, match="should be a list"):
        client.list_activations()
