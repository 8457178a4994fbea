"""Trying a URL from here, and waiting for what it has started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from runtime_app.models import Action, Activation, Namespace, User, Verb
from runtime_app.openwhisk import OpenWhiskError, Unreachable
from runtime_app.openwhisk.web import WebAnswer, post_to_web_action
from runtime_app.services.authoring.actions import code_of
from runtime_app.services.collecting.cycles import schedule_collect
from runtime_app.services.collecting.records import accepted
from runtime_app.services.connecting.hosts import InvalidHost, check_host, may_call
from runtime_app.services.launching.launch import begin
from runtime_app.services.live.publishing import publish_change
from runtime_app.services.web_actions.access import Protection, protection_of
from runtime_app.services.web_actions.starters import started_by
from runtime_app.services.web_actions.urls import web_place

# A starter answers within a second or two, also when its container has to start first.
CALL_SECONDS = 20.0
COLLECT_AFTER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a call. `answer` is None when none came; `error` says why.

    `is_lost` then means that it may have run all the same.
    `activation` is the run of the action that the URL starts; None when it starts none as far as known.
    """

    url: str
    answer: WebAnswer | None
    error: str
    activation: Activation | None
    is_lost: bool = False


def try_url(
    action: Action, *, person: User, parameters: dict[str, Any], extension: str, launch_key: UUID
) -> Tried:
    """POST to the web action's URL once per `launch_key`, with whatever its protection wants.

    Trouble raises nothing: `error`, and the state of the activation, tell.

    Raises:
        LaunchKeyTakenError: the key was used for something else.
    """
    worker = _worker(action)
    activation = None
    if worker is not None:
        activation, is_new = _begin(worker, action, person, parameters, launch_key)
        if not is_new:
            return Tried(_url(action, extension), None, "", activation)
    tried = _call(action, parameters, extension)
    if activation is None:
        return tried
    return Tried(tried.url, tried.answer, tried.error, _settle(activation, tried))


def worker_path_of(action: Action) -> str | None:
    """The path of the action that the URL starts, as its namespace has it; None when it starts none."""
    found = started_by(action, code_of(action))
    return found and found.removeprefix("/_/").removeprefix(f"/{action.namespace.name}/")


def _worker(action: Action) -> Action | None:
    path = worker_path_of(action)
    return Action.objects.filter(namespace=action.namespace, path=path).first() if path else None


def _begin(
    worker: Action, action: Action, person: User, parameters: dict[str, Any], launch_key: UUID
) -> tuple[Activation, bool]:
    """A row that is being sent: had it been queued for a moment, a worker process could launch it itself."""
    with transaction.atomic():
        activation, is_new = begin(
            launch_key=launch_key,
            person=person,
            parameters=parameters,
            verb=Verb.LAUNCHED,
            namespace=action.namespace,
            action_path=worker.path,
            kind=worker.kind,
            version=worker.version,
            timeout_ms=worker.timeout_ms,
            memory_mb=worker.memory_mb,
        )
        if is_new:
            activation.claim_for_sending()
    return activation, is_new


def _call(action: Action, parameters: dict[str, Any], extension: str) -> Tried:
    url = _url(action, extension)
    try:
        answer = _post(action.namespace, action, _protection(action), parameters, extension)
    except InvalidHost as error:
        return Tried(url, None, f"Nothing was sent: {error}", None)
    except OpenWhiskError as error:
        return Tried(url, None, _sentence(error), None, is_lost=error.may_have_run)
    return Tried(url, answer, "", None)


def _protection(action: Action) -> Protection:
    """What the URL wants as far as known; only a secret has to be read from the runtime."""
    if action.web_secret_required and not action.wants_key:
        return protection_of(action)
    return Protection(wants_key=action.wants_key)


def _post(
    namespace: Namespace, action: Action, protection: Protection, parameters: dict[str, Any], extension: str
) -> WebAnswer:
    place = web_place(namespace, action.path)
    is_own = namespace.is_embedded and place.base_url == namespace.api_host
    return post_to_web_action(
        place.base_url if is_own else check_host(place.base_url),
        place.path + extension,
        parameters,
        auth=namespace.auth if protection.wants_key else "",
        secret=protection.secret,
        read_seconds=CALL_SECONDS,
        may_call=None if is_own else may_call,
    )


def _sentence(error: OpenWhiskError) -> str:
    if isinstance(error, Unreachable) and error.timed_out:
        return f"No answer came within {CALL_SECONDS:.0f} s, so it is not known what it started."
    return error.message


def _settle(activation: Activation, tried: Tried) -> Activation:
    """Note on the row what the answer means: started, refused, or not known."""
    answer = tried.answer
    if answer is not None and answer.started:
        accepted(activation, answer.started)
        schedule_collect(activation.namespace_id, seconds=COLLECT_AFTER_SECONDS)
    elif answer is None:
        move = activation.lose_answer if tried.is_lost else activation.refuse
        move(tried.error)
    elif answer.is_success:
        activation.lose_answer(_without_id(answer))
    else:
        activation.refuse(f"The URL answered {answer.status}: {answer.text}")
    publish_change(activation)
    activation.refresh_from_db()
    return activation


def _without_id(answer: WebAnswer) -> str:
    if answer.is_not_ready:
        return "The web action itself took longer than 60 s, so its answer with the activation id is lost."
    sentence = f"The URL answered {answer.status} without an activation id, so what it started is not known."
    # What the code returned had neither a status nor a body, as the guide's own `web-action.js`.
    return (
        f"{sentence} The URL with .json shows all that the code returns."
        if answer.status == 204
        else sentence
    )


def _url(action: Action, extension: str) -> str:
    return web_place(action.namespace, action.path).url + extension
