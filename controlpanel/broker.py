"""What Celery's connection to Redis needs, so that a worker outlives a Redis that ends while tasks run."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis


class QoS(redis.QoS):  # type: ignore[misc]
    """Gives messages that nobody has acknowledged back only over a connection that still knows its server.

    Celery closes a connection that broke while kombu has taken its address away; giving back would look for
    one and fail in a way that ends the worker. The messages come again after the visibility timeout, and
    whatever they were about beat finds sooner.
    """

    def restore_unacked(self, client: Any = None) -> None:
        """As in kombu, unless there is no server to give them back to."""
        if client is None and self.channel.connection.client is None:
            self._delivered.clear()
            return
        super().restore_unacked(client)


def use_own_qos() -> None:
    """Let every connection of this process give messages back like that."""
    redis.Channel.QoS = QoS
