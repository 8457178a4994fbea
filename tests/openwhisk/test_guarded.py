"""Connections that look whom they reached before they send anything."""

from __future__ import annotations

import socket
import threading

import pytest

from runtime_app.openwhisk import OpenWhiskClient, Unreachable

AUTH = f"23bc46b1-71f6-4ed5-8c54-816aa4f8c502:{'k' * 64}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_is_sent_to_an_address_that_may_not_be_called(scheme: str) -> None:
    received: list[bytes] = []
    judged: list[str] = []

    def refuse(address: str) -> bool:
        judged.append(address)
        return False

    def take_one() -> None:
        connection, _ = server.accept()
        with connection:
            received.append(connection.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as server:
        taker = threading.Thread(target=take_one)
        taker.start()
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        with (
            OpenWhiskClient(url, AUTH, may_call=refuse) as client,
            pytest.raises(Unreachable, match="may not call") as caught,
        ):
            client.invoke("job", {})
        taker.join(5)
    assert judged == ["127.0.0.1"]
    assert received == [b""]
    assert not caught.value.may_have_run
