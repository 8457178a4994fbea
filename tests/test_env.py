"""Typed reading of variables: what is right, and the sentence for what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from controlpanel.env import Environment, refusal, with_env_file

SWITCHES = [("on", True), ("TRUE", True), ("1", True), ("off", False), ("0", False), ("", True)]
OPERATING = settings.BASE_DIR / "docs" / "operating.md"


def sentences(env: Environment) -> list[str]:
    return [problem.sentence for problem in env.problems]


@pytest.mark.parametrize(
    ("text", "value"), [("on", True), ("TRUE", True), ("1", True), ("off", False), ("", True)]
)
def test_a_switch_is_on_or_off_in_any_common_word(text: str, value: bool) -> None:
    env = Environment({"SWITCH": text})
    assert env.env_bool("SWITCH", default=True) is value
    assert env.problems == []


def test_a_switch_that_is_neither_is_refused_by_name() -> None:
    env = Environment({"SWITCH": "perhaps"})
    assert env.env_bool("SWITCH", default=False) is False
    assert sentences(env) == ["SWITCH must be on or off, but it is 'perhaps'."]


@pytest.mark.parametrize("text", ["eighty", "0", "65536", "-1", "8.5", "٣"])
def test_a_number_out_of_range_or_no_number_is_refused(text: str) -> None:
    env = Environment({"PORT": text})
    assert env.env_int("PORT", 8000, minimum=1, maximum=65535) == 8000
    assert sentences(env) == [f"PORT must be a whole number from 1 to 65535, but it is {text!r}."]


def test_a_number_in_range_is_taken() -> None:
    assert Environment({"PORT": " 9000 "}).env_int("PORT", 8000, minimum=1, maximum=65535) == 9000


def test_a_choice_is_one_of_the_words_whatever_its_case() -> None:
    env = Environment({"LEVEL": "debug", "OTHER": "loud"})
    assert env.env_choice("LEVEL", "INFO", ("DEBUG", "INFO")) == "DEBUG"
    assert env.env_choice("OTHER", "INFO", ("DEBUG", "INFO")) == "INFO"
    assert sentences(env) == ["OTHER must be one of DEBUG, INFO, but it is 'loud'."]


def test_a_list_is_comma_separated_and_ignores_empty_places() -> None:
    assert Environment({"HOSTS": "a.org, b.org,,"}).env_list("HOSTS") == ["a.org", "b.org"]
    assert Environment({}).env_list("HOSTS", ("localhost",)) == ["localhost"]


def test_a_secret_comes_from_the_file_that_name_file_names(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-file\n")
    env = Environment({"SECRET": "from-variable", "SECRET_FILE": str(file)})
    assert env.env_secret("SECRET") == "from-file"


def test_a_secret_file_that_cannot_be_read_is_refused_once(tmp_path: Path) -> None:
    env = Environment({"SECRET_FILE": str(tmp_path / "missing")})
    assert env.env_secret("SECRET") == env.env_secret("SECRET") == ""
    (sentence,) = sentences(env)
    assert sentence.startswith("SECRET_FILE names a file that cannot be read:")


def test_an_env_file_fills_in_what_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\nPORT=9000\nexport HOST='0.0.0.0'\nnot a pair\n")
    assert with_env_file({"PORT": "8000"}, file) == {"PORT": "8000", "HOST": "0.0.0.0"}
    assert with_env_file({"PORT": "8000"}, tmp_path / "missing") == {"PORT": "8000"}


def test_words_are_split_as_a_shell_does() -> None:
    env = Environment({"A": "--profile adobe --data 'a folder'", "B": "--data 'half"})
    assert env.env_words("A") == ["--profile", "adobe", "--data", "a folder"]
    assert env.env_words("NOT_SET") == []
    assert env.env_words("B") == []
    assert [problem.sentence for problem in env.problems] == ["B has a quotation mark without its partner."]


def test_all_problems_become_one_text() -> None:
    env = Environment({"A": "x", "B": "y"})
    env.env_bool("A", default=True)
    env.env_bool("B", default=True)
    assert refusal(env.problems) == "A must be on or off, but it is 'x'. B must be on or off, but it is 'y'."


def test_every_variable_is_in_the_table_of_the_operating_page() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", OPERATING.read_text(encoding="utf-8"), re.MULTILINE))
    read = {name for name in settings.ENV_NAMES if not name.endswith("_FILE") or name == "OVERTIME_ENV_FILE"}
    assert read - documented == set()
    assert documented - read == set()


def test_every_variable_is_in_the_example_file() -> None:
    example = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#?\s?([A-Z_]+)=", example, re.MULTILINE))
    assert listed == {name for name in settings.ENV_NAMES if not name.endswith("_FILE")}


def test_variables_are_read_in_one_place_only() -> None:
    allowed = {
        "controlpanel/settings.py",
        "runtime_app/supervisor/children.py",
        "runtime_app/supervisor/console.py",
    }
    looks = re.compile(r"os\.(getenv|environ(?!\.setdefault))")
    readers = {
        path.relative_to(settings.BASE_DIR).as_posix()
        for room in ("controlpanel", "runtime_app")
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if looks.search(path.read_text(encoding="utf-8"))
    }
    assert readers - allowed == set()
