"""Finding out what became of a launch whose answer was lost."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from runtime_app.models import Activation, Role
from runtime_app.services.launching.lost_launches import (
    CANDIDATES_SHOWN,
    NotACandidateError,
    candidates_for,
    identify,
    is_hopeless,
    sent_at,
)
from runtime_app.views.http import go_to
from runtime_app.views.lookups import activation_or_404, signed_in_user
from runtime_app.views.permissions import who_may

NOT_ANY_MORE = "That activation does not fit any more; somebody may have been faster. Look at the list again."


@login_required
@require_GET
def activation_candidates(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The part of an activation's page with what it may have become."""
    namespace, activation = activation_or_404(request, slug, pk)
    context = {
        "namespace": namespace,
        "activation": activation,
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        **candidates_context(activation),
    }
    return render(request, "runtime_app/activations/_candidates.html", context)


@login_required
@require_POST
def activation_identify(request: HttpRequest, slug: str, pk: int, candidate_pk: int) -> HttpResponse:
    """Say that a candidate is this launch."""
    _, activation = activation_or_404(request, slug, pk, role=Role.OPERATOR)
    page = reverse("runtime_app:activation", args=[slug, pk])
    try:
        identify(activation, candidate_pk, person=signed_in_user(request))
    except NotACandidateError:
        return go_to(request, page, NOT_ANY_MORE, level="warning")
    return go_to(request, page, "Its record is here now, with who launched it and why.")


def candidates_context(activation: Activation) -> dict[str, Any]:
    """What the part shows; one query for a launch whose answer was lost, none for others."""
    if not activation.may_be_found:
        return {}
    return {
        "candidates": list(candidates_for(activation)[:CANDIDATES_SHOWN]),
        "sent_at": sent_at(activation),
        "is_hopeless": is_hopeless(activation),
    }
