from django.http import HttpRequest, HttpResponse


def audit(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("audit")
