"""Calls of URLs, made from here to try them."""

from __future__ import annotations

from django.db import models

from .activations import Activation
from .namespaces import Namespace
from .people import User


class UrlCall(models.Model):
    """One POST to the URL of a web action.

    It is no activation: which run it has started is known only when the answer names one, and only then does
    that run get a row from here. What a call started otherwise is found by a sweep, as any run from outside.
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="url_calls")
    action_path = models.CharField(max_length=513, help_text="Of the web action.")
    starts = models.CharField(max_length=513, blank=True, help_text="What its code started then, if known.")
    launch_key = models.UUIDField(unique=True, help_text="Same key, same call.")
    called_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    called_at = models.DateTimeField(auto_now_add=True)
    activation = models.ForeignKey(
        Activation,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="If the answer named it.",
    )

    def __str__(self) -> str:
        return f"call of {self.action_path}"
