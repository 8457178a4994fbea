"""URLs of actions, sequences and packages. All below `n/<slug>/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import callable as urls
from runtime_app.views import form_commands, packages, sequences

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
    path("sequences/new/commands/", form_commands.sequence_commands, name="sequence-commands"),
    path("sequences/<int:pk>/edit/", sequences.sequence_edit, name="sequence-edit"),
    path("sequences/<int:pk>/edit/commands/", form_commands.sequence_commands, name="sequence-commands"),
]

package_urls: list[URLPattern] = [
    path("packages/", packages.package_list, name="packages"),
    path("packages/new/", packages.package_new, name="package-new"),
    path("packages/new/commands/", form_commands.package_commands, name="package-commands"),
    path("packages/<int:pk>/", packages.package_detail, name="package"),
    path("packages/<int:pk>/edit/", packages.package_edit, name="package-edit"),
    path("packages/<int:pk>/edit/commands/", form_commands.package_commands, name="package-commands"),
    path("packages/<int:pk>/delete/", packages.package_delete, name="package-delete"),
]

namespace_urlpatterns: list[URLPattern] = [*url_urls, *sequence_urls, *package_urls]
