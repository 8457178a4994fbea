"""How a run ended: the four classes of OpenWhisk and the texts that clients match.

Source: core/entity/ActivationResult.scala (`ActivationResponse`) and http/ErrorResponse.scala (`Messages`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SUCCESS = 0
APPLICATION_ERROR = 1
DEVELOPER_ERROR = 2
INTERNAL_ERROR = 3
STATUS_TEXTS = ("success", "application error", "action developer error", "whisk internal error")

RUN_ENDED = "The action did not produce a valid response and exited unexpectedly."
NO_CODE = "Missing main/no code to execute."
INIT_ENDED = "The action did not initialize and exited unexpectedly."
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."
NOT_JSON = "The action did not produce a valid JSON or JSON Array response: "
NOT_PROVISIONED = "Failed to provision resources to run the action."
SERVER_FAILED = "There was an internal server error."
SERVER_STOPPED = "The server stopped while the action was waiting or running."


@dataclass(frozen=True)
class Outcome:
    """`status_code` is 0 to 3; `timed_out` is told by an annotation of the record, whatever the class."""

    status_code: int
    result: Any
    timed_out: bool = False

    @property
    def status(self) -> str:
        return STATUS_TEXTS[self.status_code]

    @property
    def success(self) -> bool:
        return self.status_code == SUCCESS


def error(status_code: int, text: Any) -> Outcome:
    return Outcome(status_code, {"error": text})


def timed_out(limit_ms: int, during_init: bool) -> Outcome:
    ending = " during initialization." if during_init else "."
    text = f"The action exceeded its time limits of {limit_ms} milliseconds{ending}"
    return Outcome(DEVELOPER_ERROR, {"error": text}, timed_out=True)


def exited(during_init: bool, out_of_memory: bool) -> Outcome:
    if out_of_memory:
        return error(DEVELOPER_ERROR, OUT_OF_MEMORY)
    return error(DEVELOPER_ERROR, INIT_ENDED if during_init else RUN_ENDED)


def from_reply(reply: dict[str, Any], result_bytes: int) -> Outcome:
    """Classify what a runner answered to a run; see `runners/` for the forms of `reply`."""
    if "error" in reply:
        return error(DEVELOPER_ERROR, reply["error"])
    if "size" in reply:
        return error(APPLICATION_ERROR, _truncated_text(reply, result_bytes))
    result = reply.get("result", reply.get("invalid"))
    if not isinstance(result, (dict, list)):
        shown = result if isinstance(result, str) else json.dumps(result)
        return error(
            DEVELOPER_ERROR, f"The action did not produce a valid JSON or JSON Array response: {shown}"
        )
    if isinstance(result, dict) and "error" in result:
        return error(APPLICATION_ERROR, result["error"])
    return Outcome(SUCCESS, result)


def _truncated_text(reply: dict[str, Any], result_bytes: int) -> str:
    return (
        "The action produced a response that exceeded the allowed length: "
        f"{reply['size']} > {result_bytes} bytes. The truncated response was: {reply['truncated']}"
    )
