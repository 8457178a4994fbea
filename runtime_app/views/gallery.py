"""A page for developers with every component of the interface, to look at and to test them together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from runtime_app.models import Namespace, User
from runtime_app.models.statuses import Status
from runtime_app.templatetags.charts import HistogramBar

HISTOGRAM_HOURS = 48


class GalleryForm(forms.Form):
    """One field of each kind; bound to bad values it shows how errors look."""

    name = forms.CharField(help_text="Letters, digits, spaces and _ - @ . are allowed.")
    timeout = forms.IntegerField(
        min_value=1, help_text="More than 60 s: asynchronous only, up to what the namespace allows."
    )
    unit = forms.ChoiceField(label="Unit of the timeout", choices=[("ms", "ms"), ("s", "s"), ("min", "min")])
    kind = forms.ChoiceField(choices=[("nodejs:20", "Node.js 20"), ("python:3", "Python 3")])
    code = forms.CharField(
        widget=forms.Textarea(attrs={"data-editor": "javascript", "data-editor-kind": "#id_kind"}),
        help_text="The function main receives the parameters and returns an object.",
    )
    parameters = forms.CharField(
        widget=forms.Textarea(attrs={"data-editor": "json"}), required=False, help_text="A JSON object."
    )
    archive = forms.FileField(label="Or a zip file", required=False)
    shared = forms.BooleanField(
        label="Share with the team", required=False, help_text="Everybody who may launch sees it."
    )


CODE = """\
// Waits, then says who it greeted.
async function main({ name = "stranger", seconds = 20 }) {
  await new Promise((done) => setTimeout(done, seconds * 1000));
  return { greeting: `Hello, ${name}!`, waited: seconds };
}
"""

ERROR = """\
Initialization has failed due to: /srv/action/action.js:3
  return { a b };
             ^
SyntaxError: Unexpected identifier 'b'
    at compileFunction (node:vm:365:10)"""

RESULT: dict[str, Any] = {
    "greeting": "Hello, <b>Ada</b>!",
    "waited": 20,
    "ok": True,
    "nothing": None,
    "items": [{"id": number, "size": number * 1024, "tags": ["red", "blue"]} for number in range(3)],
    "empty": {},
}


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page; only where the operator has switched debugging on."""
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    namespaces = [Namespace(slug=name, name=name) for name in ("guest", "studio-production", "studio-stage")]
    context = {
        "panel_namespace": namespaces[0],
        "panel_namespaces": namespaces,
        "may_administer": True,
        "user": User(username="ada.lovelace"),
        "now": now,
        "soon": now + timedelta(seconds=40),
        "earlier": now - timedelta(seconds=75),
        "yesterday": now - timedelta(days=1, hours=2),
        "form": _form(),
        "result": RESULT,
        "code": CODE,
        "error": ERROR,
        "rows": _rows(),
        "bars": _bars(),
    }
    return render(request, "runtime_app/gallery.html", context)


def _form() -> GalleryForm:
    form = GalleryForm(
        {
            "name": "resize/images",
            "timeout": "10",
            "unit": "min",
            "code": CODE,
            "parameters": '{\n  "seconds": 20,\n}',
        }
    )
    form.is_valid()
    form.add_error("parameters", "This is not JSON: line 3, column 1 expects a name in double quotes.")
    return form


def _rows() -> list[dict[str, Any]]:
    started = timezone.now() - timedelta(seconds=42)
    return [
        {
            "id": f"{index:02d}f3a9c2d1e84b0c8d6e5f4a3b2c1d0e"[:32],
            "status": status,
            "action": ("resize-images", "nightly-report", "guide-worker")[index % 3],
            "started": started - timedelta(minutes=7 * index),
            "wait": 40 + 13 * index,
            "init": 0 if index % 2 else 160,
            "run": 900 + 1700 * index,
        }
        for index, status in enumerate(Status)
    ]


def _bars() -> list[HistogramBar]:
    return [
        HistogramBar(
            label=f"{hour:02d}:00",
            counts={
                Status.SUCCESS: (hour * 7) % 23,
                Status.APPLICATION_ERROR: (hour * 5) % 4,
                Status.TIMED_OUT: int(hour % 11 == 0),
                Status.PENDING: 3 if hour > HISTOGRAM_HOURS - 3 else 0,
            },
            href="?",
        )
        for hour in range(HISTOGRAM_HOURS)
    ]
