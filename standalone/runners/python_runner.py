"""Runs inside an action's own process: reads commands as JSON lines from one pipe, answers on another.

Behaviour follows apache/openwhisk-runtime-python (core/python3ActionLoop/lib/launcher.py). Standard library
only; started as `python -I python_runner.py COMMAND_FD REPLY_FD MARK RESULT_LIMIT_BYTES`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMMAND_FD, REPLY_FD = int(sys.argv[1]), int(sys.argv[2])
MARK = sys.argv[3]
RESULT_LIMIT_BYTES = int(sys.argv[4])
MODULE_NAME = "main__"
MEMORY_EXIT_CODE = 137


def reply(message: dict[str, Any]) -> None:
    """Blocks until the line has left the process."""
    view = memoryview(json.dumps(message).encode() + b"\n")
    while view:
        view = view[os.write(REPLY_FD, view) :]


def end_of_logs(activation_id: str) -> None:
    """A stream that the action has closed stays without a mark, and the server says that logs are missing."""
    mark = f"{MARK}-{activation_id}\n".encode()
    for stream, fd in ((sys.stdout, 1), (sys.stderr, 2)):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()
        with contextlib.suppress(OSError):
            os.write(fd, mark)


def complain(text: str) -> None:
    with contextlib.suppress(AttributeError, ValueError, OSError):
        sys.stderr.write(text)


def set_environment(values: dict[str, Any], prefix: str = "") -> None:
    for key, value in values.items():
        name = prefix + key.upper() if prefix else key
        os.environ[name] = value if isinstance(value, str) else json.dumps(value)


def source_file(init: dict[str, Any]) -> Path:
    if init["directory"] is None:
        path = Path(f"{MODULE_NAME}.py").absolute()
        path.write_text(init["code"], encoding="utf-8")
        return path
    directory = Path(init["directory"])
    os.chdir(directory)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    sys.path[:0] = [str(directory), str(directory / "virtualenv" / "lib" / version / "site-packages")]
    if not (directory / "__main__.py").exists():
        raise FileNotFoundError("Zip file does not include __main__.py at the root.")
    return directory / "__main__.py"


def load(init: dict[str, Any]) -> Callable[[Any], Any]:
    set_environment(init["env"])
    spec = importlib.util.spec_from_file_location(MODULE_NAME, source_file(init))
    if spec is None or spec.loader is None:
        raise ImportError("The action's code cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    spec.loader.exec_module(module)
    main = getattr(module, init["main"], None)
    if not callable(main):
        raise NameError(f"Action entrypoint '{init['main']}' is not a function.")
    return main  # type: ignore[no-any-return]


def initialise(init: dict[str, Any]) -> Callable[[Any], Any] | None:
    try:
        main = load(init)
    except Exception as error:
        complain(traceback.format_exc())
        end_of_logs(init["id"])
        detail = "".join(traceback.format_exception_only(error)).strip()
        reply({"id": "init", "error": f"The action failed during initialization: {detail}"})
        return None
    reply({"id": "init"})
    return main


def outcome_of(main: Callable[[Any], Any], value: Any) -> dict[str, Any]:
    """`SystemExit` is not caught: it ends the process, as it ends the original's."""
    try:
        result = main(value)
    except MemoryError:
        complain(traceback.format_exc())
        os._exit(MEMORY_EXIT_CODE)
    except Exception as error:
        complain(traceback.format_exc())
        return {"result": {"error": str(error)}}
    if not isinstance(result, (dict, list)):
        complain(f"Result must be a dict or a list but is of type {type(result).__name__}.\n")
        return {"error": "The action did not return a dictionary or array."}
    return fit(result)


def fit(result: Any) -> dict[str, Any]:
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return {"invalid": str(error)}
    if len(text) > RESULT_LIMIT_BYTES:
        return {"size": len(text), "truncated": text[:RESULT_LIMIT_BYTES].decode(errors="ignore")}
    return {"result": result}


def run(main: Callable[[Any], Any], message: dict[str, Any]) -> None:
    value = message.pop("value")
    activation_id = message["activation_id"]
    set_environment(message, "__OW_")
    outcome = outcome_of(main, value)
    end_of_logs(activation_id)
    reply({"id": activation_id, **outcome})


def serve() -> None:
    sys.argv[1:] = []
    for fd in (COMMAND_FD, REPLY_FD):
        os.set_inheritable(fd, False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    reply({"id": "ready"})
    main: Callable[[Any], Any] | None = None
    with open(COMMAND_FD, "rb") as commands:
        for line in commands:
            message = json.loads(line)
            if "init" in message:
                main = initialise(message["init"])
            elif main is not None:
                run(main, message["run"])


if __name__ == "__main__":
    try:
        serve()
    except SystemExit as ending:
        sys.stdout.flush()
        # Threads left behind must not keep a process alive that has said it is done.
        os._exit(ending.code if isinstance(ending.code, int) else 1)
    except KeyboardInterrupt:
        os._exit(130)
