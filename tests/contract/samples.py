"""Small actions that do one thing each, and the wait for their records."""

from __future__ import annotations

from runtime_app.openwhisk import ActionLimits, ActionSpec, NotFound, OpenWhiskClient, RemoteActivation
from tests.waiting import wait_until

RECORD_SECONDS = 60
ECHO = "const main = args => { console.log('hello from the action'); return { echo: args } }\n"
WAIT = """const main = ({ seconds }) =>
  new Promise(resolve => setTimeout(resolve, seconds * 1000, { waited: seconds }))
"""
FAIL = "const main = () => ({ error: 'no luck', lost: 1 })\n"
CRASH = "const main = () => process.exit(3)\n"
SIGNAL = """const main = ({ file }) => {
  require('fs').writeFileSync(file, '')
  return new Promise(resolve => setTimeout(resolve, 30000, {}))
}
"""
HELLO = "const main = args => { console.log('by aio'); return { hello: args.name } }\n"
LIST = "const main = () => [1, 'two']\n"
PYTHON = "def main(args):\n    return {'sum': args['a'] + args['b']}\n"


def node(code: str, timeout_ms: int = 60_000) -> ActionSpec:
    return ActionSpec(kind="nodejs:default", code=code, limits=ActionLimits(timeout_ms=timeout_ms))


def result_of(client: OpenWhiskClient, path: str, **arguments: object) -> object:
    """What the action returns to somebody who waits for it."""
    record = client.invoke(path, arguments, blocking=True).record
    assert record is not None
    return record.result


def record_of(client: OpenWhiskClient, activation_id: str) -> RemoteActivation:
    def read() -> RemoteActivation | None:
        try:
            return client.get_activation(activation_id)
        except NotFound:
            return None

    record = wait_until(read, RECORD_SECONDS)
    assert isinstance(record, RemoteActivation)
    return record
