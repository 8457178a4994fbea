"""`python -m standalone`: see `README.md` in this folder."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace

from standalone.options import api_host, parse
from standalone.server import listen, run


def main(arguments: list[str]) -> int:
    """Serve until told to stop; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    settings = parse(arguments)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        reason = error.strerror or str(error)
        print(  # noqa: T201 (this is a command)
            f"Cannot listen on {settings.host}:{settings.port}: {reason}. Choose another port with --port.",
            file=sys.stderr,
        )
        return 2
    if settings.port == 0:
        port = listener.getsockname()[1]
        settings = replace(settings, port=port, api_host=api_host(settings.host, port))
    run(settings, listener)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
