"""One name space: actions of the default package, triggers, rules and packages may not share a name."""

from __future__ import annotations

from runtime_app.models import Action, Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import ActionPath
from runtime_app.openwhisk.names import NAME_MAX_LENGTH, check_name

# How many names are tried before a form is left empty.
MOST_SUGGESTED = 10


def kind_of_name(namespace: Namespace, name: str) -> str | None:
    """What has this name here, in words (`action`, `trigger`, …); None when it is free as far as known."""
    if Action.objects.present().filter(namespace=namespace, path=name).exists():
        return "action"
    for kind, model in (("trigger", Trigger), ("rule", Rule), ("package", Package)):
        if model.objects.present().filter(namespace=namespace, name=name).exists():
            return kind
    return None


def free_name(namespace: Namespace, text: str) -> str:
    """A name for something new: one that OpenWhisk accepts and that nothing here has.

    Raises:
        ValueError: one sentence for the field.
    """
    name = check_name(text)
    if sentence := name_sentence(namespace, name):
        raise ValueError(sentence)
    return name


def suggested_name(namespace: Namespace, text: str) -> str:
    """A free name to begin with, in four queries: the last part of `text`, or that with a number.

    Empty when all are taken, or when OpenWhisk accepts no such name.
    """
    name = text.rpartition("/")[2]
    try:
        check_name(name)
    except ValueError:
        return ""
    candidates = [name, *(f"{name}-{number}" for number in range(2, MOST_SUGGESTED + 1))]
    taken = _taken(namespace, candidates)
    return next((each for each in candidates if each not in taken and len(each) <= NAME_MAX_LENGTH), "")


def _taken(namespace: Namespace, names: list[str]) -> set[str]:
    """Which of these something here has."""
    actions = Action.objects.present().filter(namespace=namespace, path__in=names)
    found = set(actions.values_list("path", flat=True))
    for model in (Trigger, Rule, Package):
        rows = model.objects.present().filter(namespace=namespace, name__in=names)
        found.update(rows.values_list("name", flat=True))
    return found


def any_path(text: str) -> str:
    """The path of an action, also of another namespace: `name`, `pkg/name` or `/ns/pkg/name`.

    Raises:
        ValueError: one sentence for the field.
    """
    return str(ActionPath.parse(text))


def name_sentence(namespace: Namespace, name: str) -> str:
    """Why the name cannot be given to something new; empty when it can."""
    kind = kind_of_name(namespace, name)
    if kind is None:
        return ""
    article = "an" if kind == "action" else "a"
    return (
        f"“{name}” is the name of {article} {kind} here; triggers, rules, actions and packages share names."
    )


def path_sentence(namespace: Namespace, path: str) -> str:
    """The same for the path of an action: inside a package, only its actions may not share a name."""
    if "/" not in path:
        return name_sentence(namespace, path)
    if Action.objects.present().filter(namespace=namespace, path=path).exists():
        return f"There is an action “{path}” here already; choose another name."
    return ""


def package_path(text: str, namespace: Namespace) -> str:
    """`namespace/package` as people write it, with or without a slash in front; alone, one of this namespace.

    Raises:
        ValueError: one sentence for the field.
    """
    parts = text.strip().removeprefix("/").split("/")
    if parts == [""]:
        raise ValueError("Write the package that it stands for, as namespace/package.")
    if len(parts) > 2:
        raise ValueError("Write namespace/package: an action of it is no package.")
    owner, name = parts if len(parts) == 2 else (namespace.name, parts[0])
    return f"{namespace.name if owner == '_' else check_name(owner)}/{check_name(name)}"
