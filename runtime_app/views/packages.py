"""Packages and bindings: the list, one of them, creating, changing and deleting."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from runtime_app.forms.packages import PackageForm
from runtime_app.models import Action, Namespace, Package, Role
from runtime_app.openwhisk.errors import Conflict, Forbidden, NotFound, OpenWhiskError, Rejected
from runtime_app.services.authoring.actions import DeletedMeanwhileError
from runtime_app.services.authoring.drafts import EncryptedParametersError
from runtime_app.services.authoring.packages import (
    PackageChangedError,
    actions_in,
    create_package,
    delete_package,
    update_package,
)
from runtime_app.services.commands import packages as package_commands
from runtime_app.services.live.changes import Cursor
from runtime_app.views import form_commands
from runtime_app.views.action_rows import rows_of
from runtime_app.views.http import go_to, never_kept, sentence_for, wants_partial
from runtime_app.views.lookups import namespace_or_404, package_or_404, signed_in_user
from runtime_app.views.permissions import who_may
from runtime_app.views.refusals import plain, refuse

CHANGED_MEANWHILE = (
    "Somebody has changed this package meanwhile. Look at its page first: "
    "saving again replaces their change by yours."
)
DELETED_MEANWHILE = "Somebody has deleted this package meanwhile, so there is nothing to save it over."
NOT_SHARED = "That package does not exist, or its namespace does not share it."
ROWS_SHOWN = 60


@login_required
@require_GET
def package_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The namespace's packages and bindings, with the number of their actions."""
    namespace = namespace_or_404(request, slug)
    packages = list(Package.objects.for_list(namespace))
    paths = Action.objects.present().filter(namespace=namespace, path__contains="/")
    counts = Counter(path.partition("/")[0] for path in paths.values_list("path", flat=True))
    context = {
        "rows": [(package, counts[package.name]) for package in packages],
        "commands": package_commands.list_commands(namespace),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }
    return render(request, "runtime_app/packages/list.html", context)


@login_required
@require_GET
def package_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One package with its actions, each to launch with one click."""
    cursor = Cursor.now()
    namespace, package = package_or_404(request, slug, pk)
    actions = actions_in(package)
    bindings = Package.objects.present().filter(
        namespace=namespace, binding=f"{namespace.name}/{package.name}"
    )
    context = {
        "live_cursor": cursor,
        "package": package,
        "rows": rows_of(namespace, actions[:ROWS_SHOWN]),
        "hidden": max(0, len(actions) - ROWS_SHOWN),
        "bindings": bindings,
        "commands": package_commands.commands_of(namespace, package),
        "launch_hint": who_may(request, namespace, Role.OPERATOR),
        "edit_hint": who_may(request, namespace, Role.EDITOR),
    }
    return never_kept(render(request, "runtime_app/packages/detail.html", context))


@login_required
@require_http_methods(["GET", "POST"])
def package_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a new package or binding; POST creates it upstream."""
    namespace = namespace_or_404(request, slug, role=Role.EDITOR)
    form = PackageForm(request.POST or None, namespace=namespace)
    if request.method == "POST" and form.is_valid():
        try:
            package = create_package(namespace, form.draft(), person=signed_in_user(request))
        except OpenWhiskError as error:
            _refuse(form, error)
        else:
            return go_to(request, _page_of(package), f"Created the package {package.name}.")
    return _form_page(request, namespace, form)


@login_required
@require_http_methods(["GET", "POST"])
def package_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The form with the package as cached; POST saves it unless somebody else has changed it meanwhile."""
    namespace, package = package_or_404(request, slug, pk, role=Role.EDITOR)
    form = PackageForm(request.POST or None, namespace=namespace, package=package)
    if request.method == "POST" and form.is_valid():
        version, person = form.cleaned_data["base_version"], signed_in_user(request)
        try:
            update_package(package, form.draft(), base_version=version, person=person)
        except PackageChangedError:
            package.refresh_from_db()
            form.add_error(None, CHANGED_MEANWHILE)
            form.start_over_from(package.version)
        except DeletedMeanwhileError:
            form.add_error(None, DELETED_MEANWHILE)
        except EncryptedParametersError as error:
            form.add_error("parameters", str(error))
        except OpenWhiskError as error:
            _refuse(form, error)
        else:
            return go_to(request, _page_of(package), f"Saved the package {package.name}.")
    return _form_page(request, namespace, form)


@login_required
@require_http_methods(["GET", "POST"])
def package_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET names what is in it; POST deletes it, with its actions if `with_actions` is ticked."""
    namespace, package = package_or_404(request, slug, pk, role=Role.EDITOR)
    error, with_actions = "", bool(request.POST.get("with_actions"))
    if request.method == "POST":
        try:
            delete_package(package, person=signed_in_user(request), with_actions=with_actions)
        except Conflict:
            error = "There are actions in it. Tick the box to delete them too, or move them first."
        except OpenWhiskError as problem:
            error = sentence_for(problem)
        else:
            page = reverse("runtime_app:packages", args=[slug])
            return go_to(request, page, f"Deleted the package {package.name}.")
    actions = [] if package.is_binding else actions_in(package)
    context = {
        "package": package,
        "actions": actions,
        "error": error,
        "commands": package_commands.delete_commands(namespace, package, with_actions=bool(actions)),
    }
    return render(request, "runtime_app/packages/delete.html", context, status=422 if error else 200)


def _refuse(form: PackageForm, error: OpenWhiskError) -> None:
    """Put the runtime's refusal at the field it is about."""
    is_binding = bool(form.cleaned_data["target"])
    if is_binding and isinstance(error, NotFound | Forbidden):
        form.add_error("target", NOT_SHARED)
    elif is_binding and isinstance(error, Rejected):
        form.add_error("target", f"The runtime refused it: {plain(error.message)}")
    elif isinstance(error, Conflict):
        form.add_error("name" if form.package is None else None, plain(error.message))
    else:
        refuse(form, error, sentence_for(error))


def _form_page(request: HttpRequest, namespace: Namespace, form: PackageForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "package": form.package, "namespace": namespace}
    context |= form_commands.of_package(form)
    template = "_form.html" if wants_partial(request) else "form.html"
    status = 422 if request.method == "POST" else 200
    return render(request, f"runtime_app/packages/{template}", context, status=status)


def _page_of(package: Package) -> str:
    return reverse("runtime_app:package", args=[package.namespace.slug, package.pk])
