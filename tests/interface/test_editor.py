"""The code editor and the textarea behind it always hold the same text."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from playwright.sync_api import BrowserContext, Page, expect

from runtime_app.forms.json_fields import parse_json

from .conftest import Site

CODE = ".editor--javascript .cm-content"


@pytest.fixture
def page(site: Site, context: BrowserContext) -> Page:
    page = site.open(context)
    page.wait_for_selector(CODE)
    return page


def set_text(page: Page, field: str, text: str) -> None:
    page.eval_on_selector(
        field, "(area, detail) => area.dispatchEvent(new CustomEvent('editor:set', {detail}))", text
    )


def test_what_is_typed_reaches_the_textarea(page: Page) -> None:
    page.click(CODE)
    page.keyboard.press("Control+End")
    page.keyboard.type("// the end")
    expect(page.locator("#id_code")).to_have_value(re.compile("// the end$"))


def test_code_is_coloured_and_follows_the_kind(page: Page) -> None:
    set_text(page, "#id_code", "def main(args):\n    return {}")
    page.select_option("#id_kind", "python:3")
    expect(page.locator(CODE).locator("span", has_text="def")).to_have_count(1)
    expect(page.locator(CODE)).to_have_attribute("data-language", "python")


def test_tab_indents_and_escape_then_tab_leaves(page: Page) -> None:
    set_text(page, "#id_code", "x")
    page.click(CODE)
    page.keyboard.press("Tab")
    expect(page.locator("#id_code")).to_have_value("  x")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(CODE)).not_to_be_focused()
    assert page.input_value("#id_code") == "  x"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1,\n b}',
        '{"a": 1,\n "b": }',
        "{'a': 1}",
        '{"a" 1}',
        '{"a": [1, 2',
        '{"a": 1} {}',
        '{"a": 1 "b": 2}',
        '{"a": "b}',
        '{"a": "\\q"}',
        '{"a": "one\ntwo"}',
        '{"a": 01}',
        "{",
        "[1, ]",
    ],
)
def test_a_json_mistake_is_named_as_the_server_names_it(page: Page, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_json(text)
    set_text(page, "#id_parameters", text)
    expect(page.locator(".editor--json .editor__status")).to_contain_text(refused.value.messages[0])


def test_right_json_and_no_text_at_all_have_no_mistake(page: Page) -> None:
    for text in ('{"a": [1, 2]}', ""):
        set_text(page, "#id_parameters", text)
        expect(page.locator(".editor--json .error-text")).to_have_count(0)


def test_the_editor_has_the_fields_name_and_its_error(page: Page) -> None:
    editor = page.locator(".editor--json .cm-content")
    expect(editor).to_have_attribute("aria-label", "Parameters")
    expect(editor).to_have_attribute("aria-invalid", "true")
    expect(editor).to_have_attribute("aria-describedby", "id_parameters_helptext id_parameters_error")
