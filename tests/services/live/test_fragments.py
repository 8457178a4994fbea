"""The HTML of changed activations says the same as the pages that it is put into."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from runtime_app.models import Namespace, Status
from runtime_app.services.live.fragments import Fragments
from tests.factories import make_activation, make_namespace

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


@pytest.mark.parametrize(("seconds", "is_slow"), [(1, False), (90, True)])
def test_a_head_calls_slow_what_is_slow(namespace: Namespace, seconds: int, is_slow: bool) -> None:
    make_activation(namespace, duration_ms=60_000, wait_ms=0)
    accepted_at = timezone.now() - timedelta(seconds=seconds)
    row = make_activation(namespace, Status.PENDING, accepted_at=accepted_at)
    (html,) = Fragments(namespace, [row]).for_page(str(row.pk))
    shown_from, hidden = re.findall(r'data-shown-from="([^"]*)"( hidden)?>Slower than usual', html)[0]
    assert shown_from.startswith(f"{accepted_at + timedelta(seconds=65):%Y-%m-%dT%H:%M:%S}")
    assert bool(hidden) is not is_slow


def test_a_page_about_one_activation_gets_no_other(namespace: Namespace) -> None:
    rows = [make_activation(namespace, Status.PENDING) for _ in range(2)]
    (html,) = Fragments(namespace, rows).for_page(str(rows[1].pk))
    assert f"activation-head-{rows[1].pk}" in html
