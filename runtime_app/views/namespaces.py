from django.http import HttpRequest, HttpResponse


def namespaces(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("namespaces")


def connect(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("connect")


def settings(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("settings")


def replace_key(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("replace_key")


def reveal_key(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("reveal_key")


def sync(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("sync")


def disconnect(request: HttpRequest, **kw: object) -> HttpResponse:
    return HttpResponse("disconnect")
