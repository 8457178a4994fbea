"""The import map that lets editor.js import CodeMirror from `node_modules` without a bundler."""

from __future__ import annotations

import json

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def editor_scripts(context: Context) -> SafeString:
    """The import map and the module script; belongs in `{% block head %}`, before any other module script."""
    nonce = context.get("csp_nonce") or getattr(context.get("request"), "csp_nonce", "")
    imports = {module.specifier: static(module.static_path) for module in settings.NPM_MODULES}
    # JSON inside a script element: `<` must not be able to end it.
    content = mark_safe(json.dumps({"imports": imports}).replace("<", "\\u003c"))  # noqa: S308
    return format_html(
        '<script type="importmap" nonce="{0}">{1}</script>'
        '<script type="module" src="{2}" nonce="{0}"></script>',
        nonce,
        content,
        static("js/editor.js"),
    )
