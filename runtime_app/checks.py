"""System checks: wrong settings end the start with a sentence instead of a traceback at noon."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

HINT = "docs/operating.md explains every variable."


@register()
def check_environment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each wrong environment variable as one error."""
    return [Error(problem.sentence, hint=HINT, id=problem.check_id) for problem in settings.ENV_PROBLEMS]
