"""Signing in, accounts, namespaces and who belongs to them."""

from __future__ import annotations

from django.urls import URLPattern, path

from runtime_app.views import account, audit, home, members, namespaces, sign_in

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("link/<str:token>/", sign_in.link, name="link"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account-password"),
    path("account/theme/", account.theme, name="account-theme"),
    path("namespaces/", namespaces.namespaces, name="namespaces"),
    path("audit/", audit.panel_audit, name="panel-audit"),
    path("namespaces/connect/", namespaces.connect, name="namespace-connect"),
]

namespace_urlpatterns: list[URLPattern] = [
    path("settings/", namespaces.settings, name="namespace-settings"),
    path("settings/replace-key/", namespaces.replace_key, name="namespace-key-replace"),
    path("settings/reveal-key/", namespaces.reveal_key, name="namespace-key-reveal"),
    path("settings/sync/", namespaces.sync, name="namespace-sync"),
    path("settings/disconnect/", namespaces.disconnect, name="namespace-disconnect"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="member-invite"),
    path("members/invitations/<int:pk>/withdraw/", members.withdraw, name="invitation-withdraw"),
    path("members/<int:pk>/change-role/", members.change_role, name="member-role"),
    path("members/<int:pk>/remove/", members.remove, name="member-remove"),
    path("audit/", audit.audit, name="audit"),
]
