"""What the standalone runtime's README prints works when copied, and what it says of clients is so."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from standalone.kinds import find_node
from standalone.options import CHECKOUT
from standalone.testing import RunningServer
from tests.contract.aio_shell import AIO, AioShell, environment, install_command
from tests.waiting import wait_until

# Each command that is typed starts a Node.js process of seconds.
pytestmark = pytest.mark.timeout(400)

README = (CHECKOUT / "standalone" / "README.md").read_text()
PRINTED_URL = "http://127.0.0.1:3233"
COPY_SECONDS = 200
COMMANDS = AIO / "node_modules/@adobe/aio-cli-plugin-runtime/src/commands/runtime"
# Two commands have a shorter name than their place says.
SHORT = {"get": "namespace get", "deploy": "deploy index"}


def printed(language: str, word: str) -> str:
    """The one code block of "Start it" in this language that has this word."""
    section = README.split("## Start it")[1].split("## Options")[0]
    (block,) = [text for text in re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL) if word in text]
    return block


class Reader:
    """Somebody who copies blocks into a terminal; only the port is another."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        install_command(folder)
        named = ("PATH", "HOME", "XDG_CONFIG_HOME")
        self.environment = {name: environment(server, folder)[name] for name in named}
        self.environment["PATH"] = f"{folder}{os.pathsep}{self.environment['PATH']}"

    def copy(self, text: str) -> list[str]:
        """The lines that the shell printed."""
        script = printed("sh", "export AUTH=") + text
        return self._run(["sh", "-e"], script, self.folder)

    def copy_to_node(self, text: str) -> list[str]:
        self.environment["AUTH"] = self.server.auth
        return self._run([str(find_node()), "--input-type=module"], text, CHECKOUT)

    def _run(self, command: list[str], text: str, folder: Path) -> list[str]:
        ended = subprocess.run(
            command,
            input=text.replace(PRINTED_URL, self.server.url),
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COPY_SECONDS,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.splitlines()


@pytest.fixture
def reader(cli_server: RunningServer, tmp_path: Path) -> Reader:
    return Reader(cli_server, tmp_path)


def documents(text: str) -> Iterator[Any]:
    """One JSON document after the other, as curl leaves them."""
    while text := text.strip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


def test_a_fresh_checkout_is_set_up_and_started_as_printed() -> None:
    """The tests themselves run in what the first line makes; the second is what `RunningServer` starts."""
    setup, start = printed("sh", "-m standalone").splitlines()
    assert start.split("#")[0].split() == [".venv/bin/python", "-m", "standalone"]
    planned = subprocess.run(["make", "--dry-run", *setup.split("#")[0].split()[1:]], cwd=CHECKOUT)
    assert planned.returncode == 0


def test_four_lines_of_curl_create_and_invoke_an_action(reader: Reader) -> None:
    block = printed("sh", "curl")
    created, result, _ = documents("".join(reader.copy(block)))
    assert created["name"] == "hello-curl"
    assert result == {"hello": "you"}
    address, *_, last = block.strip().splitlines()

    def listed() -> list[str]:
        """A record comes a moment after the answer."""
        (records,) = documents("".join(reader.copy(f"{address}\n{last}\n")))
        return [record["name"] for record in records]

    wait_until(lambda: listed() == ["hello-curl"])


def test_four_lines_of_aio_create_and_invoke_an_action(reader: Reader) -> None:
    assert json.loads("".join(reader.copy(printed("sh", "aio rt")))) == {"hello": "you"}


def test_four_lines_of_javascript_create_and_invoke_an_action(reader: Reader) -> None:
    assert reader.copy_to_node(printed("js", "openwhisk")) == ["{ hello: 'you' }"]


@pytest.mark.parametrize(("language", "word"), [("sh", "curl"), ("sh", "aio rt"), ("js", "openwhisk")])
def test_a_start_is_four_commands_long(language: str, word: str) -> None:
    joined = printed(language, word).replace("\\\n", "")
    assert len(joined.strip().splitlines()) == 4


def offered() -> set[str]:
    """The commands that the plugin has; the index of a folder is no command of its own but for `deploy`."""
    found = {
        str(path.relative_to(COMMANDS).with_suffix("")).replace("/", " ") for path in COMMANDS.rglob("*.js")
    }
    return {name for name in found if name == "deploy index" or not name.endswith("index")}


def run_by_tests() -> set[str]:
    """The commands in calls such as `aio("rule", "get", …)` and `aio.ok(…)` in the tests beside this one."""
    known = offered()
    found = set()
    for path in Path(__file__).parent.glob("test_aio_*.py"):
        for words in calls(ast.parse(path.read_text())):
            starts = [" ".join(words[:length]) for length in (4, 3, 2, 1) if length <= len(words)]
            names = [name for name in (SHORT.get(start, start) for start in starts) if name in known]
            found |= set(names[:1])
    return found


def calls(tree: ast.AST) -> Iterator[list[str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            values = [value.value for value in node.args if isinstance(value, ast.Constant)]
            yield [value for value in values if isinstance(value, str)]


def listed(column: int) -> set[str]:
    (row,) = [line for line in README.splitlines() if line.startswith("| `aio rt` (plugin")]
    names = re.findall(r"`([^`]+)`", row.strip("|").split("|")[column])
    return {SHORT.get(name, name) for name in names}


def test_the_table_of_clients_names_the_commands_that_tests_run() -> None:
    assert listed(1) == run_by_tests()


def test_the_table_of_clients_leaves_no_command_out() -> None:
    assert listed(1) | listed(2) == offered()
    assert listed(1) & listed(2) == set()


def test_the_one_command_left_out_cannot_be_run_at_all(aio: AioShell) -> None:
    """It never comes to speak with a server. Once the plugin is mended it belongs among the others."""
    assert listed(2) == {"namespace log-forwarding set"}
    assert "inquirer.prompt is not a function" in aio("namespace", "log-forwarding", "set").stderr


def test_the_table_of_clients_names_the_versions_that_tests_install() -> None:
    plugin = json.loads((AIO / "package.json").read_text())["dependencies"]["@adobe/aio-cli-plugin-runtime"]
    module = json.loads((CHECKOUT / "package.json").read_text())["dependencies"]["openwhisk"]
    assert f"| `aio rt` (plugin {plugin}) |" in README
    assert f"| npm module `openwhisk` {module} |" in README


def test_the_table_of_clients_names_tests_that_exist() -> None:
    for name in re.findall(r"\(`(tests/[^`]+)`\)", README):
        assert (CHECKOUT / name).is_file(), name
