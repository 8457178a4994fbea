"""Small actions that do one thing each, and the wait for their records."""

from __future__ import annotations

from runtime_app.openwhisk import ActionLimits, ActionSpec, NotFound, OpenWhiskClient, RemoteActivation
from tests.waiting import wait_until

PAGE = 50
RECORD_SECONDS = 15
ECHO = "def main(args):\n    print('hello from the action')\n    return {'echo': args}\n"
WAIT = (
    "import time\ndef main(args):\n    time.sleep(args['seconds'])\n    return {'waited': args['seconds']}\n"
)
FAIL = "def main(args):\n    return {'error': 'no luck', 'lost': 1}\n"
CRASH = "import os\ndef main(args):\n    os._exit(3)\n"
SIGNAL = "import time\ndef main(args):\n    open(args['file'], 'w').close()\n    time.sleep(30)\n"
HELLO = "const main = args => { console.log('by aio'); return { hello: args.name } }\n"
LIST = "def main(args):\n    return [1, 'two']\n"


def python(code: str, timeout_ms: int = 60_000) -> ActionSpec:
    return ActionSpec(kind="python:default", code=code, limits=ActionLimits(timeout_ms=timeout_ms))


def record_of(client: OpenWhiskClient, activation_id: str) -> RemoteActivation:
    def read() -> RemoteActivation | None:
        try:
            return client.get_activation(activation_id)
        except NotFound:
            return None

    record = wait_until(read, RECORD_SECONDS)
    assert isinstance(record, RemoteActivation)
    return record
