"""Packages and bindings as commands to paste into a terminal; secrets stand there as variables."""

from __future__ import annotations

import shlex
from typing import Any

from runtime_app.models import Namespace, Package
from runtime_app.openwhisk.names import quote_name
from runtime_app.services.commands.shell import (
    KEY_VARIABLE,
    aio,
    curl_delete,
    curl_put,
    environment,
    lines,
    target,
    with_parameters,
)


def package_url(namespace: Namespace, name: str) -> str:
    """The package's address in the REST API."""
    return f"{namespace.api_host}/api/v1/namespaces/_/packages/{quote_name(name)}"


def commands_of(namespace: Namespace, package: Package) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the package's page."""
    url = package_url(namespace, package.name)
    return [
        ("Read with curl", f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}', "package-read-curl"),
        ("Read with aio", _aio_get(namespace, package), "package-read-aio"),
        (
            "Create or change with curl",
            curl_put(f"{url}?overwrite=true", body_of(package)),
            "package-put-curl",
        ),
        ("Create with aio", aio_create(namespace, package), "package-create-aio"),
    ]


def curl_create(namespace: Namespace, package: Package) -> str:
    """`curl` that creates the package or binding, unless something of its name is there."""
    return curl_put(package_url(namespace, package.name), body_of(package))


def aio_create(namespace: Namespace, package: Package) -> str:
    """`aio rt package create`, or `bind` for a binding, that makes it anew."""
    name = shlex.quote(package.name)
    if package.is_binding:
        what = f"bind {shlex.quote(f'/{package.binding}')} {name}"
    else:
        what = f"create {name} --shared {'yes' if package.is_shared else 'no'}"
    return with_parameters(f"{aio(namespace)} package {what}", package.own_parameters, target(namespace))


def delete_commands(
    namespace: Namespace, package: Package, *, with_actions: bool
) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the page that deletes it."""
    url = package_url(namespace, package.name) + ("?force=true" if with_actions else "")
    recursive = " -r" if with_actions else ""
    command = f"{aio(namespace)} package delete {shlex.quote(package.name)}{recursive}"
    return [
        ("Delete with curl", curl_delete(url), "package-delete-curl"),
        ("Delete with aio", lines(environment(namespace), command), "package-delete-aio"),
    ]


def list_commands(namespace: Namespace) -> list[tuple[str, str, str]]:
    """Title, command and id of each box on the list's page."""
    url = f"{namespace.api_host}/api/v1/namespaces/_/packages"
    return [
        ("List with curl", f'curl -u "{KEY_VARIABLE}" {shlex.quote(url)}', "packages-curl"),
        ("List with aio", lines(f"{aio(namespace)} package list", target(namespace)), "packages-aio"),
    ]


def _aio_get(namespace: Namespace, package: Package) -> str:
    return lines(f"{aio(namespace)} package get {shlex.quote(package.name)}", target(namespace))


def body_of(package: Package, *, with_parameters: bool = True) -> dict[str, Any]:
    """The body of its PUT; without the parameters those that are there stay."""
    parameters = [{"key": key, "value": value} for key, value in package.own_parameters.items()]
    given = {"parameters": parameters} if with_parameters else {}
    if not package.is_binding:
        return {"publish": package.is_shared, **given}
    namespace, _, name = package.binding.partition("/")
    return {"binding": {"namespace": namespace, "name": name}, **given}
