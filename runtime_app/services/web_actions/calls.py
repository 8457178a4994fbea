"""Trying a URL from here, and following what it has started.

A row of the history stands for a run, and which run a call has started only its answer can say. So the row is
made when the answer names the run. What a call without such an answer has started, if anything, is found by a
sweep like every run from outside: one run, one row, whatever becomes of the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from runtime_app.models import Action, Activation, AuditEntry, Namespace, Origin, UrlCall, User, Verb
from runtime_app.models.activations import ActivationQuerySet
from runtime_app.openwhisk import OpenWhiskError, Unreachable
from runtime_app.openwhisk.web import WebAnswer, post_to_web_action
from runtime_app.services.collecting.cycles import schedule_collect
from runtime_app.services.collecting.records import accepted
from runtime_app.services.connecting.hosts import InvalidHost, check_host, may_call
from runtime_app.services.launching.launch import LaunchKeyTakenError, begin
from runtime_app.services.launching.lost_launches import began_elsewhere
from runtime_app.services.web_actions.access import Protection, protection_of
from runtime_app.services.web_actions.urls import web_place

# A starter answers within a second or two, also when its container has to start first.
CALL_SECONDS = 20.0
COLLECT_AFTER_SECONDS = 1.0
SHOWN_RUNS = 10
SERVER_ERRORS = 500
# What two requests with one key must agree in to be one call.
SAME_CALL = ("namespace", "action_path", "called_by")


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a call. `answer` is None when none came; `error` says why.

    `is_lost` then means that it may have run all the same. `is_repeated`: the key was used before, and
    nothing was sent.
    """

    call: UrlCall
    url: str
    answer: WebAnswer | None = None
    error: str = ""
    is_lost: bool = False
    is_repeated: bool = False

    @property
    def activation(self) -> Activation | None:
        """The run that it has started; None when it started none, or which one is not known."""
        return self.call.activation

    @property
    def may_have_started(self) -> bool:
        """Whether it may have started a run without saying which. An error of a proxy (5xx) says nothing."""
        if self.activation is not None or not self.call.starts:
            return False
        if self.answer is None:
            return self.is_repeated or self.is_lost
        return self.answer.is_success or self.answer.status >= SERVER_ERRORS


def try_url(
    action: Action, *, person: User, parameters: dict[str, Any], extension: str, launch_key: UUID
) -> Tried:
    """POST to the web action's URL once per `launch_key`, with whatever its protection wants.

    Trouble raises nothing: `error`, and the answer, tell.

    Raises:
        LaunchKeyTakenError: the key was used for something else.
    """
    call, is_new = _begin(action, person, launch_key)
    if not is_new:
        return Tried(call, _url(action, extension), is_repeated=True)
    tried = _call(call, action, parameters, extension)
    if tried.answer is not None and tried.answer.started:
        _follow(call, tried.answer.started, action.namespace, parameters)
    return tried


def runs_after(call: UrlCall) -> ActivationQuerySet:
    """Runs of what the URL starts that began when it was called, and that nobody here accounts for."""
    return began_elsewhere(call.namespace_id, call.starts, call.called_at).for_rows()[:SHOWN_RUNS]


def _begin(action: Action, person: User, launch_key: UUID) -> tuple[UrlCall, bool]:
    values = {
        "namespace": action.namespace,
        "action_path": action.path,
        "called_by": person,
    }
    with transaction.atomic():
        call, is_new = UrlCall.objects.get_or_create(
            launch_key=launch_key, defaults={**values, "starts": action.starts}
        )
        if is_new:
            AuditEntry.record(Verb.URL_CALLED, person=person, namespace=action.namespace, target=action.path)
    if not is_new and any(getattr(call, name) != values[name] for name in SAME_CALL):
        raise LaunchKeyTakenError
    return call, is_new


def _follow(call: UrlCall, activation_id: str, namespace: Namespace, parameters: dict[str, Any]) -> None:
    """The row of the run that the answer names, awaited from now on; one that is known here already stays."""
    known = Activation.objects.filter(namespace=namespace, activation_id=activation_id)
    activation = known.exclude(origin=Origin.ELSEWHERE).first()
    worker = Action.objects.filter(namespace=namespace, path=call.starts).first()
    if activation is None and worker is not None and call.called_by is not None:
        activation = _awaited(worker, activation_id, call.called_by, parameters)
    UrlCall.objects.filter(pk=call.pk).update(activation=activation)
    call.activation = activation


def _awaited(worker: Action, activation_id: str, person: User, parameters: dict[str, Any]) -> Activation:
    with transaction.atomic():
        activation, _ = begin(
            launch_key=uuid4(),
            person=person,
            parameters=parameters,
            verb=Verb.LAUNCHED,
            namespace=worker.namespace,
            action_path=worker.path,
            kind=worker.kind,
            version=worker.version,
            timeout_ms=worker.timeout_ms,
            memory_mb=worker.memory_mb,
        )
        # Had it been queued for a moment, a worker process could launch it itself.
        activation.claim_for_sending()
        accepted(activation, activation_id)
    schedule_collect(worker.namespace_id, seconds=COLLECT_AFTER_SECONDS)
    activation.refresh_from_db()
    return activation


def _call(call: UrlCall, action: Action, parameters: dict[str, Any], extension: str) -> Tried:
    url = _url(action, extension)
    try:
        answer = _post(action.namespace, action, _protection(action), parameters, extension)
    except InvalidHost as error:
        return Tried(call, url, error=f"Nothing was sent: {error}")
    except OpenWhiskError as error:
        return Tried(call, url, error=_sentence(error), is_lost=error.may_have_run)
    return Tried(call, url, answer)


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


def _url(action: Action, extension: str) -> str:
    return web_place(action.namespace, action.path).url + extension
