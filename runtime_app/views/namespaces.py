"""Namespaces: the list, connecting one, and what its administrators may do with the connection."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runtime_app.forms.namespaces import ConnectForm, DisconnectForm, ReplaceKeyForm
from runtime_app.models import CredentialUnreadableError, Membership, Namespace, Role, User
from runtime_app.openwhisk.errors import OpenWhiskError
from runtime_app.services.connecting import connections
from runtime_app.services.connecting.trials import TrialFailedError, try_connection
from runtime_app.views.http import go_to, never_kept, sentence_for, toast, wants_partial
from runtime_app.views.limit_rows import limit_rows
from runtime_app.views.lookups import namespace_or_404, signed_in_user


@login_required
@require_GET
def namespaces(request: HttpRequest) -> HttpResponse:
    """The namespaces the person may see, with their role and how well each answers."""
    user = signed_in_user(request)
    roles = dict(Membership.objects.filter(user=user).values_list("namespace_id", "role"))
    if user.is_superuser:
        roles = dict.fromkeys(Namespace.objects.values_list("pk", flat=True), Role.ADMIN.value)
    rows = [(namespace, Role(roles[namespace.pk])) for namespace in Namespace.objects.visible_to(user)]
    return render(request, "runtime_app/namespaces/list.html", {"rows": rows})


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Connect a namespace; nothing is kept before the runtime has accepted the key."""
    form = ConnectForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        namespace = _connected(form, signed_in_user(request))
        if namespace is not None:
            url = reverse("runtime_app:dashboard", args=[namespace.slug])
            return go_to(request, url, f"{namespace} is connected. Its actions and history are being read.")
    # A refused form holds the key that was typed.
    return never_kept(render(request, "runtime_app/namespaces/connect.html", {"form": form}))


@sensitive_variables()
def _connected(form: ConnectForm, person: User) -> Namespace | None:
    """The new namespace; None when the form now says why there is none."""
    data = form.cleaned_data
    try:
        report = try_connection(data["api_host"], data["name"], data["auth"])
        return connections.connect_namespace(report, data["auth"], person=person)
    except TrialFailedError as error:
        form.add_error(error.field, error.sentence)
    except connections.AlreadyConnectedError as error:
        form.add_error("name", _already_connected(error.namespace, person))
    return None


def _already_connected(namespace: Namespace, person: User) -> str:
    if namespace.role_of(person) is not None:
        return f"{namespace} is connected already; choose it from the menu above."
    return f"{namespace} is connected already; ask one of its admins to invite you."


@login_required
@require_GET
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The connection of one namespace."""
    return _settings_page(request, namespace_or_404(request, slug, role=Role.ADMIN))


def _settings_page(request: HttpRequest, namespace: Namespace, **forms_: forms.Form) -> HttpResponse:
    context: dict[str, Any] = {
        "namespace": namespace,
        "limits": limit_rows(namespace),
        "key_form": ReplaceKeyForm(),
        "disconnect_form": DisconnectForm(expected=namespace.name),
        "activations": namespace.activations.count(),
        "presets": namespace.presets.count(),
        "members": namespace.memberships.count(),
        **forms_,
    }
    return never_kept(render(request, "runtime_app/namespaces/settings.html", context))


@sensitive_post_parameters()
@login_required
@require_POST
def replace_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Another key for the same namespace, once the runtime has accepted it."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    if namespace.is_embedded:
        raise PermissionDenied("Overtime itself keeps the key of the embedded runtime.")
    form = ReplaceKeyForm(request.POST)
    if form.is_valid():
        try:
            connections.replace_key(namespace, form.cleaned_data["auth"], person=signed_in_user(request))
            return go_to(request, _settings_url(namespace), "The new key is in use.")
        except TrialFailedError as error:
            form.add_error("auth", error.sentence)
    return _settings_page(request, namespace, key_form=form)


@login_required
@require_POST
def reveal_key(request: HttpRequest, slug: str) -> HttpResponse:
    """The key in clear, once; the audit log says who saw it."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    try:
        key = connections.reveal_key(namespace, person=signed_in_user(request))
    except CredentialUnreadableError as error:
        return go_to(request, _settings_url(namespace), f"{error} Enter the key again.", "error")
    part = "_key.html" if wants_partial(request) else "key.html"
    return never_kept(render(request, f"runtime_app/namespaces/{part}", {"namespace": namespace, "key": key}))


@login_required
@require_POST
def sync(request: HttpRequest, slug: str) -> HttpResponse:
    """Call the runtime now and read everything again."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    sentence, level = f"{namespace} answers. Its actions and history are being read.", "success"
    try:
        connections.check_connection(namespace)
    except OpenWhiskError as error:
        sentence, level = sentence_for(error), "error"
    if not wants_partial(request):
        name = "health" if request.POST.get("from") == "health" else "namespace-settings"
        return go_to(request, reverse(f"runtime_app:{name}", args=[namespace.slug]), sentence, level)
    response = render(request, "runtime_app/namespaces/_connection.html", {"namespace": namespace})
    return toast(response, sentence, level)


@login_required
@require_POST
def disconnect(request: HttpRequest, slug: str) -> HttpResponse:
    """Forget a namespace and everything the panel knows of it."""
    namespace = namespace_or_404(request, slug, role=Role.ADMIN)
    form = DisconnectForm(request.POST, expected=namespace.name)
    if not form.is_valid():
        return _settings_page(request, namespace, disconnect_form=form)
    connections.disconnect(namespace, person=signed_in_user(request))
    return go_to(request, reverse("runtime_app:namespaces"), f"{form.expected} is disconnected.")


def _settings_url(namespace: Namespace) -> str:
    return reverse("runtime_app:namespace-settings", args=[namespace.slug])
