from __future__ import annotations

import base64
import gzip
import json
import socket
import time
from functools import partial

import pytest
import responses

from runtime_app.openwhisk.errors import BadReply, Unreachable
from runtime_app.openwhisk.transport import USER_AGENT, Timeouts, Transport, encode_json
from tests.openwhisk.conftest import AUTH, HOST
from tests.openwhisk.scripted_server import ScriptedServer, answer, reset
from tests.waiting import wait_until

QUICK = Timeouts(connect=1, read=0.3)


def transport_to(server: ScriptedServer, **options: object) -> Transport:
    return Transport(server.url, AUTH, **{"timeouts": QUICK, **options})  # type: ignore[arg-type]


def test_it_sends_the_key_who_it_is_and_compact_json(wire: responses.RequestsMock) -> None:
    wire.post(f"{HOST}/x", json={})
    Transport(HOST, AUTH).send("POST", "/x", body={"a": "ü", "b": [1, 2]}, params={"blocking": "false"})
    request = wire.calls[0].request
    assert request.headers["Authorization"] == f"Basic {base64.b64encode(AUTH.encode()).decode()}"
    assert request.headers["User-Agent"] == USER_AGENT
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == '{"a":"ü","b":[1,2]}'.encode()
    assert request.url == f"{HOST}/x?blocking=false"


def test_without_the_key_nothing_is_taken_from_netrc(
    wire: responses.RequestsMock, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: PTH123 (requests wants a name)
        file.write("machine whisk.test login somebody password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    wire.get(f"{HOST}/", json={})
    Transport(HOST, AUTH).send("GET", "/", with_key=False)
    assert "Authorization" not in wire.calls[0].request.headers


def test_a_key_of_any_characters_can_be_tried(wire: responses.RequestsMock) -> None:
    wire.get(f"{HOST}/", json={})
    Transport(HOST, "usér:kéy→").send("GET", "/")
    sent = wire.calls[0].request.headers["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "usér:kéy→"


@pytest.mark.parametrize("auth", ["", "nocolon", ":", "user:", ":key"])
def test_a_key_without_its_two_parts_is_refused(auth: str) -> None:
    with pytest.raises(ValueError, match=r"^The key must have the form UUID:KEY\.$"):
        Transport(HOST, auth)


def test_redirects_are_not_followed(wire: responses.RequestsMock) -> None:
    wire.get(f"{HOST}/x", status=308, headers={"Location": "https://evil.test/"})
    assert Transport(HOST, AUTH).send("GET", "/x").status == 308
    assert len(wire.calls) == 1


def test_half_a_surrogate_pair_is_escaped_and_nan_refused() -> None:
    assert json.loads(encode_json({"a": "\ud800"})) == {"a": "\ud800"}
    with pytest.raises(ValueError, match="JSON"):
        encode_json({"a": float("nan")})


def test_a_get_whose_connection_broke_is_repeated_once(scripted: ScriptedServer) -> None:
    scripted.scripts = [reset, answer(b"{}")]
    assert transport_to(scripted).send("GET", "/x").body == b"{}"
    assert len(scripted.requests) == 2


def test_a_get_is_not_repeated_twice(scripted: ScriptedServer) -> None:
    scripted.scripts = [reset, reset]
    with pytest.raises(Unreachable, match="broke off"):
        transport_to(scripted).send("GET", "/x")
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_is_never_repeated(scripted: ScriptedServer, method: str) -> None:
    scripted.scripts = [reset]
    with pytest.raises(Unreachable, match="broke off") as caught:
        transport_to(scripted).send(method, "/x", body={})
    assert caught.value.sent
    assert caught.value.may_have_run
    assert len(scripted.requests) == 1


def test_a_server_that_hangs_ends_in_a_timeout_that_may_have_run(scripted: ScriptedServer) -> None:
    scripted.scripts = [scripted.hang]
    with pytest.raises(Unreachable, match="took too long to answer") as caught:
        transport_to(scripted).send("POST", "/x", body={})
    assert caught.value.sent
    assert caught.value.method == "POST"
    assert caught.value.url == f"{scripted.url}/x"


def test_a_get_that_timed_out_is_not_waited_for_again(scripted: ScriptedServer) -> None:
    scripted.scripts = [scripted.hang]
    with pytest.raises(Unreachable, match="took too long"):
        transport_to(scripted).send("GET", "/x")
    assert len(scripted.requests) == 1


def test_a_longer_wait_can_be_asked_for(scripted: ScriptedServer) -> None:
    def late(connection: socket.socket) -> None:
        scripted.released.wait(0.6)
        answer(b"{}")(connection)

    scripted.scripts = [late]
    assert transport_to(scripted).send("POST", "/x", body={}, read_seconds=5).status == 200


@pytest.mark.parametrize(
    "headers", [b"Content-Length: 1000000", b"Transfer-Encoding: chunked", b"Connection: close"]
)
def test_a_body_that_drips_forever_is_given_up(scripted: ScriptedServer, headers: bytes) -> None:
    piece = b"1\r\n \r\n" if b"chunked" in headers else b" "
    scripted.scripts = [partial(scripted.drip, headers=headers, piece=piece)]
    timeouts = Timeouts(connect=0.3, read=0.3, body=0.5)
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="took too long"):
        Transport(scripted.url, AUTH, timeouts=timeouts).send("GET", "/x")
    assert time.monotonic() - begun < 5


def test_a_body_that_ends_early_is_an_answer_that_broke_off(scripted: ScriptedServer) -> None:
    scripted.scripts = [answer(b'{"activationId":', length=500)]
    with pytest.raises(Unreachable, match="broke off before the answer was complete") as caught:
        transport_to(scripted).send("POST", "/x", body={})
    assert caught.value.may_have_run


def test_a_body_over_the_cap_is_not_read_to_its_end(scripted: ScriptedServer) -> None:
    scripted.scripts = [answer(b"[" + b" " * 10_000_000)]
    with pytest.raises(BadReply, match="sent more than 1,000,000 bytes") as caught:
        transport_to(scripted, max_body_bytes=1_000_000).send("GET", "/x")
    assert caught.value.status == 200


def test_a_body_of_exactly_the_cap_is_read(scripted: ScriptedServer) -> None:
    scripted.scripts = [answer(b" " * 1000)]
    assert len(transport_to(scripted, max_body_bytes=1000).send("GET", "/x").body) == 1000


def test_a_small_answer_that_unpacks_to_a_huge_one_is_capped(scripted: ScriptedServer) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    scripted.scripts = [lambda connection: connection.sendall(head + bomb)]
    with pytest.raises(BadReply, match="sent more than"):
        transport_to(scripted).send("GET", "/x")


def test_an_answer_that_cannot_be_unpacked_is_a_bad_reply(scripted: ScriptedServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
    scripted.scripts = [lambda connection: connection.sendall(head)]
    with pytest.raises(BadReply, match="cannot be unpacked") as caught:
        transport_to(scripted).send("POST", "/x", body={})
    assert caught.value.may_have_run


def test_a_server_that_speaks_no_http_is_unreachable(scripted: ScriptedServer) -> None:
    scripted.scripts = [lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n")]
    with pytest.raises(Unreachable, match="broke off"):
        transport_to(scripted).send("POST", "/x", body={})


def test_a_get_that_hangs_amid_its_body_is_not_waited_for_again(scripted: ScriptedServer) -> None:
    def stall(connection: socket.socket) -> None:
        answer(b"[", length=500)(connection)
        scripted.hang(connection)

    scripted.scripts = [stall]
    with pytest.raises(Unreachable, match="took too long") as caught:
        transport_to(scripted).send("GET", "/x")
    assert caught.value.timed_out
    assert len(scripted.requests) == 1


def test_a_large_upload_may_take_longer_than_the_connect_timeout(scripted: ScriptedServer) -> None:
    """The connect timeout also bounds the sending of a body, and code may have many megabytes."""
    scripted.read_delay = 0.5
    scripted.scripts = [answer(b"{}")]
    transport = transport_to(scripted, timeouts=Timeouts(connect=0.2, read=5))
    assert transport.send("PUT", "/x", body="x" * 16_000_000).status == 200


def test_a_launch_over_a_connection_that_was_closed_meanwhile_takes_a_new_one(
    scripted: ScriptedServer,
) -> None:
    scripted.scripts = [answer(b"1", kept=True), answer(b"2", kept=True)]
    transport = transport_to(scripted)
    assert transport.send("GET", "/x").body == b"1"
    wait_until(lambda: scripted.closed == 1)
    assert transport.send("POST", "/x", body={}).body == b"2"
