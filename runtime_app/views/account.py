from django.http import HttpRequest, HttpResponse


def account(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("account")


def password(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("password")
