"""Whose rules the server follows: its own friendly ones, Apache's as shipped, or those Adobe documents.

Sources: apache/openwhisk (application.conf, ansible/group_vars/all), AdobeDocs/app-builder (runtime_guides:
system-settings.md, runtimes.md, logging-monitoring.md, creating-actions.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from standalone.limits import MEGABYTE, Limits, Range

FRIENDLY, OPENWHISK, ADOBE = "friendly", "openwhisk", "adobe"


@dataclass(frozen=True)
class Profile:
    """Behaviour that differs between deployments.

    `families` are the kinds of actions allowed (empty: all there are). Without `keep_successful_waits` a
    successful run that somebody waited for leaves no record, unless the request asks for one with
    `X-OW-EXTRA-LOGGING: on`, which it may `extra_logging_per_minute` times (None: as often as it likes).
    With `hashed_parameters` default parameters can be used but not read.
    """

    limits: Limits = field(default_factory=Limits)
    provide_api_key: bool = True
    families: frozenset[str] = frozenset()
    keep_successful_waits: bool = True
    extra_logging_per_minute: int | None = None
    hashed_parameters: bool = False
    retention_days: int | None = None


PROFILES = {
    FRIENDLY: Profile(),
    OPENWHISK: Profile(
        limits=Limits(
            timeout_ms=Range(100, 60_000, 300_000),
            memory_mb=Range(128, 256, 512),
            concurrency=Range(1, 1, 1),
            invocations_per_minute=60,
            fires_per_minute=60,
            concurrent_invocations=30,
        ),
        provide_api_key=False,
    ),
    ADOBE: Profile(
        limits=Limits(
            concurrency=Range(1, 200, 500),
            concurrent_invocations=100,
            list_maximum=50,
            code_bytes=22 * MEGABYTE,
        ),
        provide_api_key=False,
        families=frozenset({"nodejs"}),
        keep_successful_waits=False,
        extra_logging_per_minute=30,
        hashed_parameters=True,
        retention_days=7,
    ),
}
