"""Whose runs a namespace's history holds, and which of them a part of a name means."""

from __future__ import annotations

from django.db import connection

from runtime_app.models import Action, Activation, Namespace, Trigger

# A name with more matches is to be written further: each match is a walk along an index.
MOST_MATCHES = 20
# Beyond it names are not looked through any more, so that a hostile namespace costs no more than this.
MOST_PATHS = 5_000


def paths_in(namespace: Namespace, limit: int = MOST_PATHS) -> list[str]:
    """The paths of all actions and triggers with runs here, by name, also of those that are gone."""
    with connection.cursor() as cursor:
        cursor.execute(paths_query(), [namespace.pk, namespace.pk, limit])
        return [path for (path,) in cursor.fetchall()]


def paths_query() -> str:
    """SQL for the paths of a namespace; its parameters are the namespace, it again, and the most paths.

    Each step of the recursion enters an index by path (`history_by_action`) behind the path before it: as
    many steps as there are paths, however many runs each has.
    """
    table = connection.ops.quote_name(Activation._meta.db_table)
    return f"""
        WITH RECURSIVE paths(path, number) AS (
            SELECT min(action_path), 1 FROM {table} WHERE namespace_id = %s
            UNION ALL
            SELECT (SELECT min(action_path) FROM {table}
                    WHERE namespace_id = %s AND action_path > paths.path), paths.number + 1
            FROM paths WHERE paths.path IS NOT NULL AND paths.number < %s
        )
        SELECT path FROM paths WHERE path IS NOT NULL
    """  # noqa: S608  (the only name in it is the table's)


def paths_like(namespace: Namespace, text: str) -> list[str]:
    """What `text` means: the action or trigger of exactly this name, else every one with it in its name.

    At most one more than `MOST_MATCHES`; in the order of names.
    """
    text = text.strip("/")
    if is_known(namespace, text):
        return [text]
    wanted = text.casefold()
    return [path for path in paths_in(namespace) if wanted in path.casefold()][: MOST_MATCHES + 1]


def is_known(namespace: Namespace, path: str) -> bool:
    """Whether an action or a trigger has exactly this name, or had when it last ran."""
    return (
        Activation.objects.filter(namespace=namespace, action_path=path).exists()
        or Action.objects.filter(namespace=namespace, path=path).exists()
        or Trigger.objects.filter(namespace=namespace, name=path).exists()
    )
