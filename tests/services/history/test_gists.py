"""A long error in one line: its name, its message, and the line of the action's own code."""

from __future__ import annotations

import pytest

from runtime_app.services.history.gists import GIST_CHARACTERS, error_text, gist_of

NODE_SYNTAX = """Initialization has failed due to: /srv/actions/resize-1/action.js:3
  return { a b };
             ^

SyntaxError: Unexpected identifier 'b'
    at internalCompileFunction (node:internal/vm:128:18)
    at evaluate (/srv/runners/node_runner.js:63:22)
    at onInit (/srv/runners/node_runner.js:148:11)"""
APACHE_SYNTAX = """Initialization has failed due to: SyntaxError: Unexpected token '}'
    at NodeActionRunner.eval (/nodejsAction/runner.js:80:24)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)"""
NODE_REFERENCE = """Initialization has failed due to: ReferenceError: width is not defined
    at Object.<anonymous> (/srv/actions/resize-1/action.js:7:11)
    at evaluate (/srv/runners/node_runner.js:64:18)"""
PYTHON_SYNTAX = """The action failed during initialization: File "/srv/actions/resize-1/main__.py", line 3
    return {'a' 1}
            ^^^^^
SyntaxError: invalid syntax. Perhaps you forgot a comma?"""
MISSING_MODULE = """Initialization has failed due to: Error: Cannot find module 'sharp'
Require stack:
- /srv/actions/resize-1/action.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at require (node:internal/modules/helpers:182:18)"""
STACK = """TypeError: Cannot read properties of null (reading 'x')
    at main (/srv/actions/resize-1/action.js:1:29)
    at outcomeOf (/srv/runners/node_runner.js:112:16)"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (NODE_SYNTAX, "SyntaxError: Unexpected identifier 'b' at line 3"),
        (APACHE_SYNTAX, "SyntaxError: Unexpected token '}'"),
        (NODE_REFERENCE, "ReferenceError: width is not defined at line 7"),
        (PYTHON_SYNTAX, "SyntaxError: invalid syntax. Perhaps you forgot a comma? at line 3"),
        (MISSING_MODULE, "Error: Cannot find module 'sharp'"),
        (STACK, "TypeError: Cannot read properties of null (reading 'x') at line 1"),
        (
            'Traceback (most recent call last):\n  File "m.py", line 9\nValueError: bad',
            "ValueError: bad at line 9",
        ),
    ],
)
def test_name_message_and_own_line_are_found(text: str, line: str) -> None:
    gist = gist_of(text)
    assert (gist.line, gist.rest) == (line, text)


@pytest.mark.parametrize("text", [NODE_SYNTAX, APACHE_SYNTAX, NODE_REFERENCE, PYTHON_SYNTAX, MISSING_MODULE])
def test_texts_that_have_lost_their_line_ends_say_the_same(text: str) -> None:
    flat = " ".join(text.split())
    assert gist_of(flat).line in (gist_of(text).line, flat)


@pytest.mark.parametrize(
    "text", ["", "no such picture", "An error has occurred: TypeError: x is not a function"]
)
def test_what_fits_in_a_line_stays_as_it_is(text: str) -> None:
    gist = gist_of(text)
    assert (gist.line, gist.rest) == (text, "")


def test_words_without_a_name_are_cut_and_kept_whole_behind() -> None:
    text = "no width was given " * 40
    gist = gist_of(text)
    assert gist.line.endswith("…")
    assert len(gist.line) <= GIST_CHARACTERS
    assert gist.rest == text.strip()
    assert gist_of("first\nsecond").line == "first"


@pytest.mark.parametrize(
    "text", ["Error: " + "a" * 100_000, "at " * 50_000, "Error: x at (" + ":1:" * 50_000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    assert len(gist_of(text).line) <= GIST_CHARACTERS + 20


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"error": "words"}, "words"),
        ({"error": {"message": "m", "stack": "s\n at x"}}, "s\n at x"),
        ({"error": {"message": "m"}}, "m"),
        ({"error": {"code": 5}}, ""),
        ({"error": {"statusCode": 502, "body": "upstream is away"}}, "502: upstream is away"),
        ({"error": {"statusCode": 404, "body": {"error": "no such picture"}}}, "404: no such picture"),
        ({"error": {"body": "words"}}, "words"),
        ({"error": {"statusCode": 500, "body": [1]}}, ""),
        ({"error": {"statusCode": {"a": 1}, "body": "words"}}, "words"),
        ({"error": 5}, ""),
        ({"ok": 1}, ""),
        (["error"], ""),
        (None, ""),
    ],
)
def test_the_text_of_a_failed_result(result: object, text: str) -> None:
    assert error_text(result) == text
