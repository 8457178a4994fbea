from __future__ import annotations

import pytest

from runtime_app.openwhisk import NamespaceLimits, Runtime, ServerInfo, ShapeError

LIMITS = {
    "invocationsPerMinute": 60,
    "concurrentInvocations": 30,
    "firesPerMinute": 60,
    "maxActionMemory": 512,
    "minActionMemory": 128,
    "maxActionLogs": 10,
    "minActionLogs": 0,
    "maxActionTimeout": 300_000,
    "minActionTimeout": 100,
    "maxActionConcurrency": 1,
    "minActionConcurrency": 1,
    "maxParameterSize": "1048576 B",
    "maxActionInstances": 30,
}


def test_it_reads_the_runtimes_of_all_families() -> None:
    info = ServerInfo.from_json(
        {
            "description": "OpenWhisk",
            "api_paths": ["/api/v1"],
            "limits": {"actions_per_minute": 60},
            "runtimes": {
                "nodejs": [{"kind": "nodejs:20", "default": True, "deprecated": False, "image": "…"}],
                "python": [{"kind": "python:3.10", "deprecated": True}],
            },
        }
    )
    assert info.runtimes == (Runtime("nodejs:20", True, False), Runtime("python:3.10", False, True))
    assert info.runtimes[0].family == "nodejs"
    assert (info.description, info.limits) == ("OpenWhisk", {"actions_per_minute": 60})


@pytest.mark.parametrize(
    "document", [{}, {"hello": "world"}, [], "pong", {"runtimes": []}, {"runtimes": {"a": 1}}]
)
def test_what_is_no_openwhisk_server_is_refused(document: object) -> None:
    with pytest.raises(ShapeError):
        ServerInfo.from_json(document)


def test_it_reads_the_limits_of_a_namespace() -> None:
    limits = NamespaceLimits.from_json(LIMITS)
    assert (limits.invocations_per_minute, limits.concurrent_invocations, limits.fires_per_minute) == (
        60,
        30,
        60,
    )
    assert (limits.min_timeout_ms, limits.max_timeout_ms) == (100, 300_000)
    assert (limits.min_memory_mb, limits.max_memory_mb) == (128, 512)
    assert (limits.min_logs_mb, limits.max_logs_mb) == (0, 10)
    assert (limits.min_concurrency, limits.max_concurrency) == (1, 1)
    assert limits.max_parameter_bytes == 1_048_576
    assert limits.allowed_kinds is None
    assert limits.raw == LIMITS


def test_every_limit_may_be_missing() -> None:
    assert NamespaceLimits.from_json({}) == NamespaceLimits()


def test_the_size_may_be_a_number_and_kinds_may_be_restricted() -> None:
    limits = NamespaceLimits.from_json({"maxParameterSize": 5000, "allowedKinds": ["nodejs:20"]})
    assert (limits.max_parameter_bytes, limits.allowed_kinds) == (5000, ("nodejs:20",))


@pytest.mark.parametrize(
    "change", [{"maxParameterSize": "1 MB"}, {"maxActionTimeout": "5 min"}, {"allowedKinds": "x"}]
)
def test_limits_of_wrong_types_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ShapeError):
        NamespaceLimits.from_json(LIMITS | change)
