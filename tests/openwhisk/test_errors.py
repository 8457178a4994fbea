from __future__ import annotations

import pickle

import pytest

from runtime_app.openwhisk import errors
from runtime_app.openwhisk.errors import (
    BadReply,
    NotFound,
    OpenWhiskError,
    Rejected,
    ServerFault,
    Throttled,
    Unreachable,
    status_error_class,
)


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, Rejected),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, NotFound),
        (405, Rejected),
        (409, errors.Conflict),
        (413, Rejected),
        (415, Rejected),
        (422, Rejected),
        (429, Throttled),
        (500, ServerFault),
        (503, ServerFault),
        (599, ServerFault),
    ],
)
def test_each_error_status_has_its_class(status: int, cls: type[OpenWhiskError]) -> None:
    assert status_error_class(status) is cls


@pytest.mark.parametrize(
    ("error", "may_have_run"),
    [
        (Unreachable("lost", sent=True, method="POST"), True),
        (Unreachable("refused", sent=False, method="POST"), False),
        (Unreachable("lost", sent=True, method="GET"), False),
        (BadReply("garbage", method="POST", status=202), True),
        (BadReply("a web page", method="POST", status=404), False),
        (BadReply("a redirect", method="POST", status=308), False),
        (BadReply("garbage", method="GET", status=200), False),
        (ServerFault("a gateway", method="POST", status=504), True),
        (ServerFault("a gateway", method="POST", status=503), True),
        (ServerFault("not accepted", method="POST", status=503, code="tid"), False),
        (NotFound("no such action", method="POST", status=404), False),
        (Throttled("slow down", method="POST", status=429), False),
    ],
)
def test_a_launch_is_only_unknown_when_it_may_have_run(error: OpenWhiskError, may_have_run: bool) -> None:
    assert error.may_have_run is may_have_run


def test_only_passing_trouble_is_retryable() -> None:
    retryable = {cls.__name__ for cls in _leaves(OpenWhiskError) if cls.retryable}
    assert retryable == {"Unreachable", "Throttled", "ServerFault"}


def _leaves(cls: type[OpenWhiskError]) -> list[type[OpenWhiskError]]:
    children = cls.__subclasses__()
    return [leaf for child in children for leaf in _leaves(child)] if children else [cls]


def test_errors_survive_the_way_between_processes() -> None:
    error = Throttled("slow down", method="GET", url="http://whisk.test/", status=429, code="tid")
    error.retry_after = 7.0
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, Throttled)
    assert (again.message, again.status, again.code, again.retry_after) == ("slow down", 429, "tid", 7.0)
    lost = pickle.loads(pickle.dumps(Unreachable("refused", sent=False)))
    assert lost.sent is False


def test_only_an_excerpt_of_a_huge_body_is_kept() -> None:
    assert len(BadReply("garbage", body="x" * 10_000_000).body) == errors.BODY_EXCERPT_CHARACTERS


def test_the_tree_in_the_docstring_is_complete() -> None:
    assert all(cls.__name__ in (errors.__doc__ or "") for cls in _leaves(OpenWhiskError))
