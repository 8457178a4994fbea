"""Turns what action processes print into the `logs` of activation records.

Runners end each run's output on both streams with a mark (`MARK-ID`); where one process runs several
activations at once they also name the run before output that belongs to it (`MARK+ID`).
"""

from __future__ import annotations

import asyncio
import time

from standalone.clock import now_ns

STREAMS = ("stdout", "stderr")
COLLECTING_FAILED = "There was an issue while collecting your logs. Data might be missing."
DEVELOPER_WARNING = "The action did not initialize or run as expected. Log data might be missing."
TIMESTAMP_WIDTH = 30


def timestamp(at_ns: int | None = None) -> str:
    """`2026-01-01T00:00:00.000000000Z`: nanoseconds, UTC."""
    seconds, nanoseconds = divmod(now_ns() if at_ns is None else at_ns, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds:09d}Z"


def format_line(stream: str, text: str, at: str | None = None) -> str:
    """OpenWhisk's LogLine.toFormattedString."""
    return f"{at or timestamp():<{TIMESTAMP_WIDTH}} {stream}: {text}"


class RunLog:
    """The lines of one activation, cut off at `limit_bytes`. `received` counts what came, in bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self.lines: list[str] = []
        self.complete = asyncio.Event()
        self.received = 0
        self._limit_bytes = limit_bytes
        self._size = 0
        self._truncated = False
        self._open_streams = set(STREAMS)
        self._lost_streams: set[str] = set()

    def add(self, stream: str, line: bytes, at: str) -> None:
        self.received += len(line) + 1
        if self._truncated:
            return
        room = self._limit_bytes - self._size
        self._size += len(line) + 1
        if self._size <= self._limit_bytes:
            self.lines.append(format_line(stream, line.decode(errors="replace"), at))
            return
        self._truncated = True
        if room > 1:
            self.lines.append(format_line(stream, line[:room].decode(errors="ignore"), at))
        self.lines.append(
            format_line(
                "stderr",
                "Logs were truncated because the total bytes size exceeds the limit of "
                f"{self._limit_bytes} bytes.",
                at,
            )
        )

    def is_open(self, stream: str) -> bool:
        """Whether the end mark of this stream is still to come."""
        return stream in self._open_streams

    def end(self, stream: str) -> None:
        self._open_streams.discard(stream)
        self._complete_if_over()

    def lose(self, stream: str) -> None:
        """The stream was closed: its end mark, if it has not come, will not."""
        self._lost_streams.add(stream)
        self._complete_if_over()

    def _complete_if_over(self) -> None:
        if not self._open_streams - self._lost_streams:
            self.complete.set()

    def abandon(self) -> None:
        """Nothing more will come; streams without an end mark count as incomplete."""
        self.complete.set()

    def warn_if_incomplete(self, developer_error: bool) -> None:
        if self._open_streams and not self._truncated:
            self.lines.append(
                format_line("stderr", DEVELOPER_WARNING if developer_error else COLLECTING_FAILED)
            )


class OutputParser:
    """Cuts one stream of a process into lines and gives them to the run they belong to."""

    def __init__(self, stream: str, mark: bytes, runs: dict[str, RunLog]) -> None:
        self._stream = stream
        self._mark = mark
        self._runs = runs
        self._current: str | None = None
        self._rest = b""
        self._rest_limit = 1024 * 1024

    def feed(self, data: bytes) -> None:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        # Most runs print nothing: what time their marks came nobody wants to know.
        at = "" if len(lines) == 1 and lines[0].startswith(self._mark) else timestamp()
        for line in lines:
            self._take(line, at)
        if len(self._rest) > self._rest_limit:
            self._add(self._rest, timestamp())
            self._rest = b""

    def close(self) -> None:
        """Give away what is left when the process has ended; its runs stay marked as incomplete."""
        if self._rest:
            self._add(self._rest, timestamp())
            self._rest = b""

    def _take(self, line: bytes, at: str) -> None:
        head, mark, tail = line.partition(self._mark)
        if head or not mark:
            self._add(head.removesuffix(b"\r"), at)
        if mark:
            self._switch(tail[:1], tail[1:].decode(errors="replace"))

    def _add(self, line: bytes, at: str) -> None:
        run = self._runs.get(self._current or "") or self._first_open()
        if run is not None:
            run.add(self._stream, line, at)

    def _first_open(self) -> RunLog | None:
        """Runs without a name of their own in the output come one after the other."""
        return next((run for run in self._runs.values() if run.is_open(self._stream)), None)

    def _switch(self, sign: bytes, activation_id: str) -> None:
        if sign == b"+":
            self._current = activation_id
            return
        self._current = None
        if activation_id in self._runs:
            self._runs[activation_id].end(self._stream)
