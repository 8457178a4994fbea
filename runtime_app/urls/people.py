"""Signing in, accounts, namespaces and who belongs to them."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

namespace_urlpatterns: list[URLPattern] = []
