"""Filters live in the address."""

from __future__ import annotations

from .rendering import render

TOGGLE = '{% load links %}{% query_toggle "status" "success" %}'


def test_a_value_is_added_beside_the_others() -> None:
    assert render(TOGGLE, "status=pending&q=x") == "?status=pending&amp;status=success&amp;q=x"


def test_a_value_that_is_there_is_removed() -> None:
    assert render(TOGGLE, "status=pending&status=success") == "?status=pending"


def test_the_last_value_leaves_an_empty_query() -> None:
    assert render(TOGGLE, "status=success") == "?"


def test_a_changed_filter_starts_at_the_first_page() -> None:
    assert render(TOGGLE, "cursor=abc&before=1&after=2") == "?status=success"


def test_hostile_values_are_quoted() -> None:
    html = render('{% load links %}{% query_toggle "q" value %}', value='"><script>')
    assert "<" not in html
    assert '"' not in html


def test_a_filter_knows_whether_it_is_on() -> None:
    source = '{% load links %}{% query_has "status" "success" as on %}{{ on }}'
    assert render(source, "status=success&status=unknown") == "True"
    assert render(source, "status=unknown") == "False"


def test_an_unknown_page_has_an_empty_address() -> None:
    assert render('{% load links %}{% panel_url "no-such-page" 1 %}') == ""
    assert render('{% load links %}{% panel_url "sign-in" %}') == "/sign-in/"
