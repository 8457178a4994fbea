"""Cached actions and presets."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Action, Preset
from tests.factories import make_action, make_namespace, make_preset

pytestmark = pytest.mark.django_db


def test_a_path_is_a_package_and_a_name() -> None:
    packaged = Action(path="reports/monthly")
    assert (packaged.package, packaged.name) == ("reports", "monthly")
    alone = Action(path="resize")
    assert (alone.package, alone.name) == ("", "resize")


def test_default_parameters_are_an_object() -> None:
    action = Action(parameters=[{"key": "a", "value": 1}, {"key": "b"}, {"key": "a", "value": 2}])
    assert action.default_parameters == {"a": 2, "b": None}


@pytest.mark.parametrize(("timeout_ms", "expected"), [(60_000, False), (60_001, True)])
def test_more_than_a_minute_is_asynchronous_only(timeout_ms: int, expected: bool) -> None:
    assert Action(timeout_ms=timeout_ms).is_asynchronous_only is expected


def test_a_list_is_in_order_and_reads_no_parameters(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    namespace = make_namespace()
    for path in ("b", "a/z", "a"):
        make_action(namespace, path=path)
    make_action(make_namespace(), path="foreign")
    with django_assert_num_queries(1):
        assert [action.path for action in Action.objects.for_list(namespace)] == ["a", "a/z", "b"]
    assert "parameters" in Action.objects.for_list(namespace)[0].get_deferred_fields()


def test_what_vanished_upstream_is_not_present() -> None:
    namespace = make_namespace()
    here = make_action(namespace)
    make_action(namespace, path="gone", vanished_at=timezone.now())
    assert list(Action.objects.present()) == [here]


def test_a_path_is_kept_once_in_a_namespace() -> None:
    namespace = make_namespace()
    make_action(namespace)
    make_action(make_namespace())
    with pytest.raises(IntegrityError), transaction.atomic():
        make_action(namespace)


def test_a_preset_outlives_its_action() -> None:
    namespace = make_namespace()
    action = make_action(namespace)
    preset = make_preset(namespace, action_path=action.path)
    action.delete()
    assert list(Preset.objects.all()) == [preset]


def test_a_preset_s_name_is_taken_once_for_an_action() -> None:
    namespace = make_namespace()
    make_preset(namespace, name="Nightly")
    make_preset(namespace, name="Nightly", action_path="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_preset(namespace, name="Nightly")
