"""How Python actions end, as in Apache's runtime (apache/openwhisk-runtime-python)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.standalone.client import PYTHON, Client, texts, zipped

DEVELOPER, APPLICATION = "action developer error", "application error"
ENDED = "The action did not produce a valid response and exited unexpectedly."
NO_DICT = "The action did not return a dictionary or array."


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("def main(args): return {'n': args.get('n', 0) + 1}", {"n": 1}),
        ("main = lambda args: [1, 'ä']", [1, "ä"]),
        ("import json\ndef main(args):\n    return json.loads('{}')", {}),
    ],
)
def test_these_succeed(client: Client, code: str, result: Any) -> None:
    record = client.run(code, PYTHON)
    assert record["response"]["status"] == "success", record
    assert record["response"]["result"] == result


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("def main(args): raise ValueError('boom')", APPLICATION, "boom"),
        ("def main(args): return {'error': 'mine', 'more': 1}", APPLICATION, "mine"),
        ("def main(args): return 'text'", DEVELOPER, NO_DICT),
        ("def main(args): return None", DEVELOPER, NO_DICT),
        ("import sys\ndef main(args): sys.exit(1)", DEVELOPER, ENDED),
        ("import os\ndef main(args): os._exit(0)", DEVELOPER, ENDED),
        ("import os\ndef main(args): os.abort()", DEVELOPER, ENDED),
        ("import sys\ndef main(args):\n    sys.stderr.close()\n    return 'text'", DEVELOPER, NO_DICT),
    ],
)
def test_these_fail(client: Client, code: str, status: str, error: Any) -> None:
    response = client.run(code, PYTHON)["response"]
    assert (response["status"], response["result"]) == (status, {"error": error})


@pytest.mark.parametrize(
    "close", ["sys.stdout.close()", "os.close(1)", "setattr(sys, 'stdout', None)", "os.closerange(1, 3)"]
)
def test_a_result_survives_that_the_action_closes_its_output(client: Client, close: str) -> None:
    code = f"import os, sys\ndef main(args):\n    {close}\n    return {{'ok': True}}"
    record = client.run(code, PYTHON)
    assert record["response"]["result"] == {"ok": True}, record


def test_a_result_too_deep_for_json_is_a_developer_error(client: Client) -> None:
    code = "def main(args):\n    for _ in range(100_000):\n        args = {'in': args}\n    return args"
    response = client.run(code, PYTHON)["response"]
    assert response["status"] == DEVELOPER
    assert response["result"]["error"].startswith("The action did not produce a valid JSON")


@pytest.mark.parametrize("levels", [950, 975, 980, 985])
def test_a_result_almost_too_deep_is_a_developer_error_too(client: Client, levels: int) -> None:
    code = f"def main(args):\n    for _ in range({levels}):\n        args = {{'in': args}}\n    return args"
    assert client.run(code, PYTHON)["response"]["status"] == DEVELOPER


@pytest.mark.parametrize("value", ["{'a': object()}", "{'a': float('nan')}", "{'a': {1, 2}}"])
def test_a_result_that_is_no_json_is_a_developer_error(client: Client, value: str) -> None:
    response = client.run(f"def main(args): return {value}", PYTHON)["response"]
    assert response["status"] == DEVELOPER
    assert response["result"]["error"].startswith("The action did not produce a valid JSON")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def main(:", "SyntaxError"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("def other(args): return {}", "Action entrypoint 'main' is not a function."),
        ("import sys; sys.exit()", "The action did not initialize and exited unexpectedly."),
    ],
)
def test_code_that_cannot_be_loaded_is_a_developer_error(client: Client, code: str, why: str) -> None:
    response = client.run(code, PYTHON)["response"]
    assert response["status"] == DEVELOPER
    assert why in response["result"]["error"]


def test_a_traceback_names_the_line(client: Client) -> None:
    record = client.run("def main(args):\n    value = 1\n    return value / 0", PYTHON)
    lines = texts(record, "stderr")
    assert any("line 3, in main" in line for line in lines)
    assert any("return value / 0" in line for line in lines)


def test_output_becomes_log_lines(client: Client) -> None:
    code = "import sys\ndef main(args):\n    print('one')\n    print('two', file=sys.stderr)\n    return {}"
    record = client.run(code, PYTHON)
    assert (texts(record), texts(record, "stderr")) == (["one"], ["two"])


def test_the_environment_is_renewed_for_every_run(client: Client) -> None:
    code = "import os\ndef main(args): return {'id': os.environ['__OW_ACTIVATION_ID'], 'x': os.environ['X']}"
    client.put_action("python-env", code, PYTHON, parameters=[{"key": "X", "value": "init", "init": True}])
    for _ in range(2):
        record = client.invoke("python-env").json()
        assert record["response"]["result"] == {"id": record["activationId"], "x": "init"}


def test_nothing_of_the_servers_environment_is_seen(client: Client) -> None:
    code = "import os\ndef main(args): return {'own': [key for key in os.environ if key[:5] != '__OW_']}"
    own = client.run(code, PYTHON)["response"]["result"]["own"]
    assert set(own) == {"PATH", "HOME", "TMPDIR", "LANG"}


def test_a_thread_that_fails_after_the_return_hurts_no_later_run(client: Client) -> None:
    code = """
import threading, time
runs = 0
def fail():
    time.sleep(0.03)
    raise ValueError('too late')
def main(args):
    global runs
    runs += 1
    threading.Thread(target=fail).start()
    return {'runs': runs}
"""
    client.put_action("python-late", code, PYTHON)
    results = []
    for _ in range(2):
        results.append(client.invoke("python-late").json()["response"]["result"])
        time.sleep(0.2)
    assert results == [{"runs": 1}, {"runs": 2}]


def test_a_thread_left_behind_does_not_hold_the_result_back(client: Client) -> None:
    code = """
import threading, time
def main(args):
    threading.Thread(target=time.sleep, args=(600,)).start()
    return {'done': True}
"""
    assert client.run(code, PYTHON)["response"]["result"] == {"done": True}


def test_another_entry_point_may_be_named(client: Client) -> None:
    client.put_action("python-main", "def hello(args): return {'hi': 1}", PYTHON, main="hello")
    assert client.invoke("python-main").json()["response"]["result"] == {"hi": 1}


def test_a_zip_action_starts_at_main_py(client: Client) -> None:
    files = {
        "__main__.py": "from helper import NAME\ndef main(args): return {'from': NAME}",
        "helper.py": "NAME = 'zip'",
    }
    client.put_action("python-zip", zipped(files), PYTHON)
    assert client.invoke("python-zip").json()["response"]["result"] == {"from": "zip"}


def test_a_zip_action_without_main_py_is_a_developer_error(client: Client) -> None:
    response = client.run(zipped({"other.py": ""}), PYTHON)["response"]
    assert response["status"] == DEVELOPER
    assert "__main__.py" in response["result"]["error"]


def test_the_servers_own_packages_are_not_importable(client: Client) -> None:
    response = client.run("import uvicorn\ndef main(args): return {}", PYTHON)["response"]
    assert "ModuleNotFoundError" in response["result"]["error"]
