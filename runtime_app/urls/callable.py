"""URLs of actions, sequences and packages. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import callable as urls
from runtime_app.views import sequences

url_urls: list[URLPattern] = [
    path("actions/<int:pk>/url/", urls.action_url, name="action-url"),
    path("actions/<int:pk>/url/new/", urls.action_url_new, name="action-url-new"),
    path("actions/<int:pk>/url/try/", urls.action_url_try, name="action-url-try"),
    path("actions/<int:pk>/url/protect/", urls.action_url_protect, name="action-url-protect"),
    path("actions/<int:pk>/url/reveal/", urls.action_url_reveal, name="action-url-reveal"),
    path("actions/<int:pk>/url/export/", urls.action_url_export, name="action-url-export"),
    path("actions/<int:pk>/url/withdraw/", urls.action_url_withdraw, name="action-url-withdraw"),
]

sequence_urls: list[URLPattern] = [
    path("sequences/new/", sequences.sequence_new, name="sequence-new"),
    path("sequences/<int:pk>/edit/", sequences.sequence_edit, name="sequence-edit"),
]

namespace_urlpatterns: list[URLPattern] = [*url_urls, *sequence_urls]
