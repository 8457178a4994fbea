"""A PUT of an action as `curl`; code that is too long for a command line is read from a file."""

from __future__ import annotations

import shlex
from dataclasses import replace

from runtime_app.models import Namespace
from runtime_app.openwhisk import ActionSpec, InvalidName
from runtime_app.openwhisk.names import quote_name
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.commands.actions import action_url
from runtime_app.services.commands.shell import KEY_VARIABLE, as_json, curl_put, lines

# Longer code is read from a file instead.
INLINE_CHARACTERS = 1_500
CHOSEN_ARCHIVE = '"$FILE"'
# What stands for the code until the file is read; no JSON text has a control character in it.
_CODE = "\x00code\x00"
_SUFFIXES = {"nodejs": "js", "python": "py"}


def curl_put_action(url: str, spec: ActionSpec, file: str) -> str:
    """`curl` that puts the action to `url`; `file`, quoted for a shell, holds an archive or long code."""
    if spec.code is None or (not spec.binary and len(spec.code) <= INLINE_CHARACTERS):
        return curl_put(url, spec.to_json())
    body = replace(spec, code=_CODE).to_json()
    # A JSON text is a jq program too, in which a dot is what was read.
    program = as_json(body).replace(as_json(_CODE), ".")
    read = f"jq -Rs {shlex.quote(program)} {file}"
    if spec.binary:
        read = f"base64 {file} | tr -d '\\n' | jq -Rs {shlex.quote(program)}"
    sent = lines(
        f'curl -u "{KEY_VARIABLE}" -X PUT {shlex.quote(url)}',
        "-H 'Content-Type: application/json'",
        "-d @-",
    )
    return f"{read} |\n{sent}"


def put_url(namespace: Namespace, path: str) -> str:
    """The action's address, also of a name that is half typed, or that no platform would take."""
    try:
        return action_url(namespace, path)
    except InvalidName:
        return f"{namespace.api_host}/api/v1/namespaces/_/actions/{quote_name(path)}"


def file_of(draft: ActionDraft, *, has_archive: bool) -> str:
    """The file with the code, quoted for a shell: the chosen archive, or one named after the action."""
    if has_archive:
        return CHOSEN_ARCHIVE
    suffix = "zip" if draft.is_binary else _SUFFIXES.get(draft.kind.partition(":")[0], "txt")
    return shlex.quote(f"{draft.path.rpartition('/')[2]}.{suffix}")
