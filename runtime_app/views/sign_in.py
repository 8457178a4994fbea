from django.http import HttpRequest, HttpResponse


def sign_in(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("sign_in")


def sign_out(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("sign_out")


def link(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("link")
