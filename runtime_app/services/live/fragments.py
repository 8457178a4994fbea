"""The HTML of activations that changed, as open pages take it in."""

from __future__ import annotations

from collections.abc import Sequence

from django.template.loader import render_to_string

from runtime_app.models import Activation, Namespace
from runtime_app.services.launching.durations import Forecast, forecasts
from runtime_app.services.launching.room import why_waiting

# What a page shows of activations, as it says in its stream's address: rows, nothing that is replaced piece
# by piece, or else the primary key of the one activation it is about.
ROWS = "rows"
NOTHING = "none"
MAX_DIGITS = 18

ROW = "runtime_app/live/_row.html"
HEAD = "runtime_app/activations/_head.html"


def shown_by(text: str) -> str:
    """What the page that sent `?show=` shows; rows, unless it says something else that makes sense."""
    is_pk = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    return text if text == NOTHING or is_pk else ROWS


class Fragments:
    """The pieces of HTML for some changed activations.

    They hold nothing that depends on the person, so each is made once, however many pages ask for it.
    """

    def __init__(self, namespace: Namespace, activations: Sequence[Activation]) -> None:
        self._namespace = namespace
        self._activations = activations
        self._made: dict[str, list[str]] = {NOTHING: []}

    def for_page(self, show: str) -> list[str]:
        """The pieces that a page with this `show` has a place for."""
        if show not in self._made:
            self._made[show] = self._rows() if show == ROWS else self._heads(int(show))
        return self._made[show]

    def _rows(self) -> list[str]:
        return [self._piece(ROW, row, Forecast()) for row in self._activations]

    def _heads(self, pk: int) -> list[str]:
        wanted = [row for row in self._activations if row.pk == pk]
        known = forecasts(self._namespace, wanted)
        return [
            self._piece(HEAD, row, known.get(pk, Forecast()), why_waiting=why_waiting(row)) for row in wanted
        ]

    def _piece(self, template: str, activation: Activation, forecast: Forecast, **more: str) -> str:
        context = {
            "namespace": self._namespace,
            "activation": activation,
            "expectation": forecast.expectation,
            "expected_at": forecast.expected_at,
            "forecast": forecast,
            "is_fragment": True,
            **more,
        }
        return render_to_string(template, context)
