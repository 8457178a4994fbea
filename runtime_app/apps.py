"""The Django app: its label, and the system checks it brings."""

from __future__ import annotations

from django.apps import AppConfig


class RuntimeAppConfig(AppConfig):
    name = "runtime_app"
    label = "runtime_app"
    verbose_name = "Overtime"

    def ready(self) -> None:
        from runtime_app import checks  # noqa: F401  registers the system checks
