from django.http import HttpRequest, HttpResponse


def members(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("members")


def invite(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("invite")


def withdraw(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("withdraw")


def change_role(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("change_role")


def remove(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("remove")
