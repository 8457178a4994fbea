"""What Django loads for the ENGINE `controlpanel.postgresql`."""

from __future__ import annotations

from time import monotonic
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Error
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes from its pool only what still works.

    The pool's own check pauses after each connection that is broken, longer each time. After a restart of the
    server all that are kept are, and people would wait for seconds or in vain, while it answers.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that answers now. Without a pool, as for making databases, Django's own."""
        if self.pool is None:
            return super().get_new_connection(conn_params)
        gives_up_at = monotonic() + self.pool.timeout
        while True:
            connection = super().get_new_connection(conn_params)
            try:
                ConnectionPool.check_connection(connection)
            except Error:
                # The pool makes another one for it.
                self.pool.putconn(connection)
                if monotonic() > gives_up_at:
                    raise
            else:
                return connection
