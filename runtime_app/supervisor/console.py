"""What the operator reads: our own sentences, and the lines of the children behind their names."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TextIO

NAME_COLUMNS = 10
CHUNK_BYTES = 65_536
LINE_LIMIT_BYTES = 65_536
DIM, YELLOW, RED, RESET = "\033[2m", "\033[33m", "\033[31m", "\033[0m"
SEVERITY = re.compile(r"\b(?:(?P<warning>WARNING|WARN)|(?P<error>ERROR|CRITICAL|Traceback))\b")


class Console:
    """Writes whole lines to `stream`, coloured only on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.colours = self.stream.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str) -> None:
        """One sentence of the supervisor itself."""
        self.write(text)

    def child_line(self, name: str, line: str) -> None:
        """One line of a child's output; warnings and errors stand out."""
        found = SEVERITY.search(line)
        colour = "" if not found else YELLOW if found["warning"] else RED
        prefix = self.paint(f"{name:<{NAME_COLUMNS}}│ ", DIM)
        self.write(prefix + (self.paint(line, colour) if colour else line))

    def paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{RESET}" if self.colours else text

    def write(self, line: str) -> None:
        try:
            self.stream.write(line + "\n")
            self.stream.flush()
        except (BrokenPipeError, ValueError):
            # Whoever read our output has gone (`make run | head`); the product goes on.
            self.stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


async def relay(
    console: Console, name: str, reader: asyncio.StreamReader, harmless: re.Pattern[str] | None = None
) -> None:
    """Writes what arrives on `reader` line by line until its end, without lines that match `harmless`.

    A very long line comes in pieces.
    """
    rest = b""
    while chunk := await reader.read(CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_LIMIT_BYTES:
            lines, rest = [*lines, rest], b""
        for line in lines:
            show(console, name, line, harmless)
    show(console, name, rest, harmless)


def show(console: Console, name: str, line: bytes, harmless: re.Pattern[str] | None) -> None:
    text = line.decode("utf-8", "replace").rstrip()
    if text and not (harmless and harmless.search(text)):
        console.child_line(name, text)
