"""`python -m standalone`: see `README.md` in this folder."""

from __future__ import annotations

import logging
import socket
import sys
from dataclasses import replace

from standalone.data_folder import FolderInUse, claim
from standalone.options import api_host, parse
from standalone.server import CannotStart, listen, run
from standalone.settings import Settings

CANNOT_START = 2


def main(arguments: list[str]) -> int:
    """Serve until told to stop; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    settings = parse(arguments)
    try:
        _claim_data(settings)
        listener = _listen(settings)
        if settings.port == 0:
            port = listener.getsockname()[1]
            settings = replace(settings, port=port, api_host=api_host(settings.host, port))
        run(settings, listener)
    except CannotStart as reason:
        sys.stderr.write(f"{reason}\n")
        return CANNOT_START
    return 0


def _claim_data(settings: Settings) -> None:
    try:
        claim(settings.data)
    except FolderInUse:
        raise CannotStart(
            f"Another server uses {settings.data}. Stop it, or choose another folder with --data."
        ) from None
    except OSError as error:
        raise CannotStart(f"Cannot use the folder {settings.data}: {error.strerror}.") from error


def _listen(settings: Settings) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotStart(
            f"Cannot listen on {settings.host}:{settings.port}: {reason.rstrip('.')}."
            " Stop what uses it, or choose another port with --port (STANDALONE_PORT)."
        ) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
