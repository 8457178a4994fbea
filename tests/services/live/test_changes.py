"""What a page missed: found once more, told in order, never too much at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.live.changes import MAX_CHANGES, OVERLAP, Cursor, changes_since
from runtime_app.services.live.fragments import NOTHING, ROWS, Fragments, shown_by
from tests.factories import make_activation, make_namespace, make_preset, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace()


def test_changes_come_in_the_order_they_happened(namespace: Namespace) -> None:
    now = timezone.now()
    later = make_activation(namespace, changed_at=now - timedelta(seconds=1))
    earlier = make_activation(namespace, changed_at=now - timedelta(seconds=5))
    found = changes_since(namespace, Cursor(now - timedelta(seconds=10), 0))
    assert list(found.activations) == [earlier, later]


def test_a_change_that_became_visible_late_is_still_found(namespace: Namespace) -> None:
    now = timezone.now()
    late = make_activation(namespace, changed_at=now - OVERLAP / 2)
    assert list(changes_since(namespace, Cursor(now, late.pk)).activations) == [late]


def test_what_was_seen_long_ago_is_not_told_again(namespace: Namespace) -> None:
    now = timezone.now()
    make_activation(namespace, changed_at=now - OVERLAP * 2)
    assert not changes_since(namespace, Cursor(now, 0)).activations


def test_the_next_cursor_leaves_nothing_out(namespace: Namespace) -> None:
    cursor = Cursor.now()
    make_activation(namespace, changed_at=timezone.now())
    following = changes_since(namespace, cursor).cursor
    missed = make_activation(namespace, changed_at=timezone.now())
    assert missed in changes_since(namespace, following).activations


@pytest.mark.usefixtures("clock")
def test_rows_that_did_not_exist_are_new(namespace: Namespace) -> None:
    known = make_activation(namespace, Status.PENDING)
    cursor = Cursor.now()
    born = make_activation(namespace)
    notes = {note.pk: note.new for note in changes_since(namespace, cursor).notes}
    assert notes == {known.pk: False, born.pk: True}


def test_too_many_changes_are_not_listed(namespace: Namespace) -> None:
    now = timezone.now()
    rows = [Activation(namespace=namespace, action_path="a", listed_at=now) for _ in range(MAX_CHANGES + 1)]
    Activation.objects.bulk_create(rows)
    found = changes_since(namespace, Cursor(now - timedelta(seconds=1), 0))
    assert found.too_many
    assert not found.activations


def test_a_clock_ahead_does_not_move_the_cursor_into_the_future(namespace: Namespace) -> None:
    ahead = make_activation(namespace, changed_at=timezone.now() + timedelta(hours=1))
    assert Cursor.now().past([ahead]).changed_at <= timezone.now()


@given(st.datetimes(datetime(1971, 1, 1), datetime(2026, 1, 1)), st.integers(0, 2**63 - 1))
def test_a_cursor_survives_the_address(moment: datetime, pk: int) -> None:
    cursor = Cursor(moment.replace(tzinfo=UTC), pk)
    assert Cursor.parse(str(cursor)) == cursor


@given(st.text(max_size=30))
def test_no_text_breaks_a_cursor(text: str) -> None:
    parsed = Cursor.parse(text)
    assert parsed is None or parsed.changed_at <= timezone.now()


def test_rows_are_made_without_a_query(
    namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        person, preset = make_user(f"p{number}"), make_preset(namespace)
        make_activation(namespace, Status.PENDING, launched_by=person, preset=preset)
    fragments = Fragments(namespace, list(Activation.objects.for_rows()))
    with django_assert_num_queries(0):
        assert len(fragments.for_page(ROWS)) == 10


@pytest.mark.parametrize("status", list(Status))
def test_every_state_has_its_fragments(namespace: Namespace, status: Status) -> None:
    activation = make_activation(namespace, status)
    fragments = Fragments(namespace, [activation])
    for show in (ROWS, str(activation.pk)):
        (html,) = fragments.for_page(show)
        assert html.count('hx-swap-oob="true"') == 1
        assert status.label in html


def test_a_page_gets_only_what_it_has_a_place_for(namespace: Namespace) -> None:
    fragments = Fragments(namespace, [make_activation(namespace)])
    assert fragments.for_page(NOTHING) == []
    assert fragments.for_page("999999") == []


def test_a_piece_is_made_once(namespace: Namespace) -> None:
    fragments = Fragments(namespace, [make_activation(namespace)])
    assert fragments.for_page(ROWS) is fragments.for_page(ROWS)


@pytest.mark.parametrize(
    ("text", "show"),
    [
        ("", ROWS),
        ("rows", ROWS),
        ("none", NOTHING),
        ("17", "17"),
        ("-1", ROWS),
        ("²", ROWS),
        ("9" * 19, ROWS),
    ],
)
def test_what_a_page_shows_is_read_leniently(text: str, show: str) -> None:
    assert shown_by(text) == show
