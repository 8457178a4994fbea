"""A database that is away for a moment: its server starts again, a connection was ended, a file is locked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

# What a broken connection raises, and one that cannot be made.
BROKEN = (OperationalError, InterfaceError)
# Longer than SQLite waits for a lock; shorter than it takes until a launch's sender counts as lost.
OUTLASTED_SECONDS = 25.0
PAUSE_SECONDS = 0.5

T = TypeVar("T")


def outlasting(work: Callable[[], T]) -> T:
    """Write down what exists nowhere else: tried again, over a new connection, while the database is away.

    `work` may be carried out twice, for a commit may succeed whose answer is lost. Within a transaction there
    is one try: what came before in it is lost with the connection.
    """
    patience_ends = time.monotonic() + OUTLASTED_SECONDS
    while True:
        try:
            return work()
        except BROKEN as error:
            if connection.in_atomic_block or time.monotonic() > patience_ends:
                raise
            logger.warning("Something is written down once more", exc_info=error)
            # One that broke stays broken.
            connection.close()
            time.sleep(PAUSE_SECONDS)
