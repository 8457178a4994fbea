"""The history page: rows, filters in the address, pages, and what is new."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from runtime_app.models import Activation, Namespace, Origin, Role, Status
from runtime_app.services.history.pages import PAGE_ROWS
from runtime_app.services.live.changes import Cursor
from tests.factories import make_activation, make_namespace, make_preset, make_user, member

pytestmark = pytest.mark.django_db


def address(namespace: Namespace, query: str = "") -> str:
    return f"/n/{namespace.slug}/activations/{query}"


def rows_on(html: str) -> list[int]:
    """The primary keys of the rows, from top to bottom."""
    return [int(part.partition('"')[0]) for part in html.split('<tr id="activation-row-')[1:]]


def test_it_shows_the_newest_first(viewer: Client, namespace: Namespace) -> None:
    now = timezone.now()
    old = make_activation(namespace, listed_at=now - timedelta(hours=1))
    new = make_activation(namespace, listed_at=now)
    html = viewer.get(address(namespace)).content.decode()
    assert rows_on(html) == [new.pk, old.pk]
    assert "2 activations" in html


def test_a_row_says_who_launched_it_and_how(viewer: Client, namespace: Namespace) -> None:
    person = make_user("grace")
    preset = make_preset(namespace, name="Nightly")
    make_activation(namespace, launched_by=person, preset=preset, parameters={"user": 42})
    html = viewer.get(address(namespace)).content.decode()
    assert "grace" in html
    assert "Nightly" in html
    assert "user: 42" in html


@pytest.mark.usefixtures("clock")
def test_a_waiting_row_says_why_and_how_long_and_can_be_taken_back(
    client: Client, namespace: Namespace
) -> None:
    client.force_login(member(namespace, Role.OPERATOR))
    why = "This namespace takes 60 launches a minute."
    row = make_activation(
        namespace,
        Status.QUEUED,
        parameters={"user": 42},
        error=why,
        listed_at=timezone.now() - timedelta(seconds=125),
    )
    html = client.get(address(namespace)).content.decode()
    assert "user: 42" in html
    assert why in html
    assert re.search(r"waits <span [^>]*>2m 05s<", html)
    assert f'form="take-back" formaction="{address(namespace)}{row.pk}/cancel/"' in html
    assert '<form id="take-back"' in html


def test_who_may_take_nothing_back_gets_no_form_for_it(viewer: Client, namespace: Namespace) -> None:
    make_activation(namespace, Status.QUEUED)
    assert '<form id="take-back"' not in viewer.get(address(namespace)).content.decode()


def test_a_row_from_elsewhere_says_so(viewer: Client, namespace: Namespace) -> None:
    make_activation(namespace, origin=Origin.ELSEWHERE)
    assert "Elsewhere" in viewer.get(address(namespace)).content.decode()


def test_hostile_text_is_escaped(viewer: Client, namespace: Namespace) -> None:
    make_activation(
        namespace, action_path="<script>alert(1)</script>", summary="<img src=x onerror=alert(1)>"
    )
    html = viewer.get(address(namespace)).content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html


def test_several_statuses_can_be_chosen(viewer: Client, namespace: Namespace) -> None:
    failed = make_activation(namespace, Status.APPLICATION_ERROR)
    late = make_activation(namespace, Status.TIMED_OUT)
    make_activation(namespace, Status.SUCCESS)
    html = viewer.get(address(namespace, "?status=application_error&status=timed_out")).content.decode()
    assert set(rows_on(html)) == {failed.pk, late.pk}


@pytest.mark.parametrize(
    "query", ["action=tidy", "action=IDY", "origin=elsewhere", "when=1h", "person={person}"]
)
def test_each_filter_narrows_the_history(viewer: Client, namespace: Namespace, query: str) -> None:
    person = make_user("grace")
    wanted = make_activation(
        namespace, action_path="tidy", origin=Origin.ELSEWHERE, launched_by=person, listed_at=timezone.now()
    )
    other = member(namespace, name="henry")
    person.memberships.create(namespace=namespace, role="viewer")
    make_activation(namespace, launched_by=other, listed_at=timezone.now() - timedelta(hours=2))
    html = viewer.get(address(namespace, "?" + query.format(person=person.pk))).content.decode()
    assert rows_on(html) == [wanted.pk]


def test_a_range_of_time_includes_its_beginning_and_not_its_end(viewer: Client, namespace: Namespace) -> None:
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    first = make_activation(namespace, listed_at=noon)
    make_activation(namespace, listed_at=noon + timedelta(hours=1))
    query = f"?when=custom&since={noon:%Y-%m-%dT%H:%M}&until={noon + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    assert rows_on(viewer.get(address(namespace, query)).content.decode()) == [first.pk]


def test_a_wrong_filter_is_kept_explained_and_not_applied(viewer: Client, namespace: Namespace) -> None:
    row = make_activation(namespace)
    html = viewer.get(address(namespace, "?when=custom&since=yesterday")).content.decode()
    assert rows_on(html) == [row.pk]
    assert "Write the time as" in html
    assert 'value="yesterday"' in html


def test_an_empty_history_and_an_empty_filter_are_different(viewer: Client, namespace: Namespace) -> None:
    assert "Nothing has run yet" in viewer.get(address(namespace)).content.decode()
    make_activation(namespace)
    html = viewer.get(address(namespace, "?status=timed_out")).content.decode()
    assert "Nothing matches these filters" in html
    assert f'href="{address(namespace)}">Clear the filters' in html


def test_an_empty_list_fills_itself_and_a_full_one_only_announces(
    viewer: Client, namespace: Namespace
) -> None:
    listens = 'hx-trigger="live:resync from:body, live:changed from:body"'
    assert listens in viewer.get(address(namespace)).content.decode()
    make_activation(namespace)
    html = viewer.get(address(namespace)).content.decode()
    assert listens not in html
    assert 'id="history-news"' in html


def test_pages_lead_to_one_another_and_keep_the_filters(viewer: Client, namespace: Namespace) -> None:
    now = timezone.now()
    for number in range(PAGE_ROWS + 3):
        make_activation(namespace, listed_at=now - timedelta(seconds=number), payload=False)
    first = viewer.get(address(namespace, "?status=success"))
    second = viewer.get(address(namespace, f"?status=success&before={first.context['page'].older}"))
    html = second.content.decode()
    assert len(rows_on(html)) == 3
    assert "status=success&amp;after=" in html
    assert not set(rows_on(html)) & set(rows_on(first.content.decode()))


@pytest.mark.parametrize("key", ["before=x", "before=99999999999999999999999-1", "after=-", "before=1"])
def test_a_key_that_is_none_shows_the_first_page(viewer: Client, namespace: Namespace, key: str) -> None:
    row = make_activation(namespace)
    assert rows_on(viewer.get(address(namespace, f"?{key}")).content.decode()) == [row.pk]


def test_htmx_gets_the_part_only(viewer: Client, namespace: Namespace) -> None:
    make_activation(namespace)
    part = viewer.get(address(namespace), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'id="history"' in part.content
    assert "HX-Request" in part["Vary"]


def test_a_full_page_weighs_less_than_sixty_kilobytes(viewer: Client, namespace: Namespace) -> None:
    person = make_user("grace.hopper", first_name="Grace", last_name="Hopper")
    preset = make_preset(namespace, name="Nightly, all regions")
    for _ in range(PAGE_ROWS + 1):
        make_activation(
            namespace, launched_by=person, preset=preset, init_ms=210, parameters={"user": 7, "size": "large"}
        )
    assert len(viewer.get(address(namespace)).content) < 60_000


def test_empty_fields_leave_the_address(viewer: Client, namespace: Namespace) -> None:
    part = viewer.get(address(namespace, "?action=&status=success&when="), headers={"HX-Request": "true"})
    assert part["HX-Push-Url"] == address(namespace, "?status=success")
    assert "HX-Push-Url" not in viewer.get(address(namespace), headers={"HX-Request": "true"})


def test_the_number_of_queries_does_not_grow_with_the_rows(
    viewer: Client, namespace: Namespace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_activation(namespace, launched_by=make_user(f"p{number}"), preset=make_preset(namespace))
    viewer.get(address(namespace))
    # Session, person, namespace, role, cursor, people, page, count, actions, namespaces to switch to.
    with django_assert_num_queries(10):
        viewer.get(address(namespace))


def test_a_stranger_gets_404(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user("stranger"))
    assert client.get(address(namespace)).status_code == 404


def test_it_is_read_only(viewer: Client, namespace: Namespace) -> None:
    assert viewer.post(address(namespace)).status_code == 405


def test_signing_in_comes_first(client: Client, namespace: Namespace) -> None:
    assert client.get(address(namespace)).status_code == 302


def test_news_counts_what_came_into_being_and_passes_the_filters(
    viewer: Client, namespace: Namespace
) -> None:
    make_activation(namespace)
    cursor = Cursor.now()
    make_activation(namespace, Status.TIMED_OUT)
    make_activation(namespace, Status.SUCCESS)
    make_activation(make_namespace(), Status.TIMED_OUT)
    html = viewer.get(address(namespace, f"news/?status=timed_out&cursor={cursor}")).content.decode()
    assert "+1 new" in html
    assert f"{address(namespace)}?status=timed_out" in html


def test_no_news_is_an_empty_place_that_goes_on_listening(viewer: Client, namespace: Namespace) -> None:
    html = viewer.get(address(namespace, f"news/?cursor={Cursor.now()}")).content.decode()
    assert "new</a>" not in html
    assert "live:changed" in html


def test_news_of_a_strange_namespace_are_404(client: Client, namespace: Namespace) -> None:
    client.force_login(make_user("stranger"))
    assert client.get(address(namespace, "news/")).status_code == 404


def test_an_id_leads_to_its_activation_however_it_was_pasted(viewer: Client, namespace: Namespace) -> None:
    row = make_activation(namespace)
    assert row.activation_id
    pasted = f' "{row.activation_id.upper()}", '
    answer = viewer.get(address(namespace, "find/"), {"id": pasted})
    assert answer["Location"] == f"/n/{namespace.slug}/activations/{row.pk}/"


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("f" * 32, "has no activation with this id"),
        ("hello", "This is no activation id"),
        ("", "Paste an activation id"),
    ],
)
def test_an_id_that_leads_nowhere_is_explained(
    viewer: Client, namespace: Namespace, pasted: str, sentence: str
) -> None:
    html = viewer.get(address(namespace, "find/"), {"id": pasted}).content.decode()
    assert sentence in html
    assert f'value="{pasted}"' in html


def test_the_id_of_another_namespace_is_not_found(viewer: Client, namespace: Namespace) -> None:
    foreign: Activation = make_activation(make_namespace())
    html = viewer.get(address(namespace, "find/"), {"id": foreign.activation_id}).content.decode()
    assert "has no activation with this id" in html
