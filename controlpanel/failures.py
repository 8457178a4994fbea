"""The answer to a request in which something broke."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string

from controlpanel.outages import causes_of, database_is_away

RETRY_AFTER_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is away, which passes; 500 for a mistake of ours. The pages ask for nothing."""
    if any(database_is_away(error) for error in causes_of(sys.exc_info()[1])):
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    return HttpResponseServerError(render_to_string("500.html"))
