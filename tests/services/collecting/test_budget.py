"""The collector's budget: a bucket that fills by itself and may go into debt once."""

from __future__ import annotations

import pytest
import redis

from runtime_app.models import Namespace
from runtime_app.services.collecting.budget import BURST_SECONDS, Budget, budget_for


def test_a_new_bucket_is_full() -> None:
    assert Budget("overtime:budget:1", rate=2).balance() == pytest.approx(2 * BURST_SECONDS)


def test_spending_may_go_below_zero_and_waiting_repays(redis_server: redis.Redis) -> None:
    budget = Budget("overtime:budget:2", rate=2)
    assert budget.spend(1_000) < 0
    assert 300 < budget.seconds_until_free() <= 490
    # As if the bucket had been left alone for so many seconds.
    redis_server.hincrbyfloat(budget.key, "at", -490)
    assert budget.balance() >= 0
    assert budget.seconds_until_free() == 0


def test_buckets_of_two_namespaces_are_apart() -> None:
    Budget("overtime:budget:3", rate=1).spend(100)
    assert Budget("overtime:budget:4", rate=1).balance() > 0


def test_a_namespace_that_allows_little_is_asked_little() -> None:
    assert budget_for(Namespace(pk=1, limits={"invocationsPerMinute": 60})).rate == 0.5
    assert budget_for(Namespace(pk=1, limits={"invocationsPerMinute": 6000})).rate == 2
    assert budget_for(Namespace(pk=1, limits={})).rate == 2
