"""Typed reading of environment variables.

A wrong value never raises here: it is noted as a `Problem`, the default is used for the moment, and the
system checks (and the ASGI and Celery entries) refuse to start with all sentences at once.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class Problem:
    """One wrong variable: the id of the system check, the variable's name and a sentence for the operator."""

    check_id: str
    name: str
    sentence: str


@dataclass
class Environment:
    """Reads variables from `source`, remembers which names were asked for, and collects problems."""

    source: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def refuse(self, name: str, sentence: str, check_id: str = "runtime_app.E001") -> None:
        """Notes that the variable `name` is wrong. The sentence must not contain secrets."""
        problem = Problem(check_id, name, sentence)
        if problem not in self.problems:
            self.problems.append(problem)

    def env_str(self, name: str, default: str = "") -> str:
        """The text of a variable; unset and empty are the same."""
        self.names.add(name)
        return self.source.get(name, "").strip() or default

    def env_bool(self, name: str, default: bool) -> bool:
        word = self.env_str(name).lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
        if word:
            self.refuse(name, f"{name} must be on or off, but it is {word!r}.")
        return default

    def env_int(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        text = self.env_str(name)
        if not text:
            return default
        if text.isascii() and text.isdigit() and minimum <= int(text) <= maximum:
            return int(text)
        self.refuse(name, f"{name} must be a whole number from {minimum} to {maximum}, but it is {text!r}.")
        return default

    def env_choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        text = self.env_str(name, default)
        if text.lower() in (choice.lower() for choice in choices):
            return next(choice for choice in choices if choice.lower() == text.lower())
        self.refuse(name, f"{name} must be one of {', '.join(choices)}, but it is {text!r}.")
        return default

    def env_list(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """Comma-separated values, without empty ones."""
        return [item.strip() for item in self.env_str(name).split(",") if item.strip()] or list(default)

    def env_words(self, name: str) -> list[str]:
        """Words as a shell splits them: quotes keep what belongs together."""
        try:
            return shlex.split(self.env_str(name))
        except ValueError:
            self.refuse(name, f"{name} has a quotation mark without its partner.")
            return []

    def env_secret(self, name: str) -> str:
        """The value of NAME, or the content of the file that NAME_FILE names (a mounted secret)."""
        file_name = f"{name}_FILE"
        self.names.add(file_name)
        path = self.source.get(file_name, "").strip()
        if not path:
            return self.env_str(name)
        self.names.add(name)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.refuse(file_name, f"{file_name} names a file that cannot be read: {error}.")
            return ""


def with_env_file(environ: Mapping[str, str], path: Path) -> dict[str, str]:
    """`environ` completed by the NAME=value lines of a file, which need not exist; `environ` wins."""
    found: dict[str, str] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            name, separator, value = line.partition("=")
            if separator and not line.lstrip().startswith("#"):
                found[name.strip().removeprefix("export ").strip()] = value.strip().strip("'\"")
    return {**found, **environ}


def refusal(problems: Iterable[Problem]) -> str:
    """All sentences as one text, for entries that run no system checks; empty when nothing is wrong."""
    return " ".join(problem.sentence for problem in problems)
