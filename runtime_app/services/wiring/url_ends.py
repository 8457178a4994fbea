"""How calls of URLs came out: the web action's own runs, and the runs that their results name.

A platform keeps no link between the two. A starter's result names the activation that it has started, so the
record of its run does; calls made from here know it from the answer, also where no record of them is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone

from runtime_app.models import Action, Activation, ActivationPayload, Namespace, Status, UrlCall
from runtime_app.services.history.activity import FAILED
from runtime_app.services.wiring.rule_ends import DAY

# The id stands at the beginning of what a starter returns; results may be a megabyte.
RESULT_CHARACTERS = 2_000
_STARTED = re.compile(r'\\?"activationId\\?":\s*\\?"([0-9a-f]{32})\\?"')


@dataclass(frozen=True, slots=True)
class UrlEnd:
    """How one call came out. `run` is the web action's own, `started` what it started, each None if unknown.

    `status` is None while nothing is known of what it started, or when it names no run.
    """

    at: datetime
    status: Status | None
    run: Activation | None = None
    started: Activation | None = None
    names_run: bool = True

    @property
    def is_failure(self) -> bool:
        """Whether somebody should look into it."""
        return self.status in FAILED

    @property
    def label(self) -> str:
        """How it came out, in a word or two."""
        if self.status:
            return self.status.label
        return "Not heard of yet" if self.names_run else "Named no run"

    @property
    def shown(self) -> Activation | None:
        """The run to look at: what was started, else the web action's own."""
        return self.started or self.run


def last_url_ends(namespace: Namespace, urls: Sequence[Action]) -> dict[str, UrlEnd]:
    """The last known call of each URL, by the path of its web action; five queries for all of them."""
    if not urls:
        return {}
    runs = Activation.objects.filter(namespace=namespace, action_path=OuterRef("path")).newest_first()
    calls = UrlCall.objects.filter(namespace=namespace, action_path=OuterRef("path"), activation__gt=0)
    newest = Action.objects.filter(pk__in=[url.pk for url in urls]).annotate(
        run=Subquery(runs.values("pk")[:1]), call=Subquery(calls.order_by("-pk").values("pk")[:1])
    )
    run_pks, call_pks = zip(*newest.values_list("run", "call"), strict=True)
    found: dict[str, UrlEnd] = {}
    for path, end in [
        *_of_calls(UrlCall.objects.filter(pk__in=[pk for pk in call_pks if pk])),
        *_of_runs(namespace, Activation.objects.filter(pk__in=[pk for pk in run_pks if pk])),
    ]:
        if path not in found or end.at >= found[path].at:
            found[path] = end
    return found


def latest_url_ends(url: Action, limit: int) -> list[UrlEnd]:
    """The latest calls that are known, the newest first; each once, whichever way it is known."""
    namespace, path = url.namespace, url.path
    runs = Activation.objects.filter(namespace=namespace, action_path=path).newest_first()[:limit]
    calls = UrlCall.objects.filter(namespace=namespace, action_path=path, activation__gt=0)
    ends = [end for _, end in _of_runs(namespace, runs)]
    known = {end.started.pk for end in ends if end.started}
    ends += [
        end
        for _, end in _of_calls(calls.order_by("-pk")[:limit])
        if end.started and end.started.pk not in known
    ]
    return sorted(ends, key=lambda end: end.at, reverse=True)[:limit]


def day_calls(namespace: Namespace, paths: Iterable[str]) -> Mapping[str, int]:
    """How often each URL was called during the last day, as far as known, in two queries."""
    day = timezone.now() - DAY
    wanted = {"namespace": namespace, "action_path__in": list(paths)}
    runs = Activation.objects.filter(**wanted, listed_at__gte=day)
    calls = UrlCall.objects.filter(**wanted, called_at__gte=day, activation__gt=0)
    counts: dict[str, int] = {}
    for rows in (runs, calls):
        for path, count in rows.order_by().values_list("action_path").annotate(Count("pk")):
            # Where records are kept, a call from here is among them.
            counts[path] = max(counts.get(path, 0), count)
    return counts


def _of_runs(namespace: Namespace, runs: Iterable[Activation]) -> list[tuple[str, UrlEnd]]:
    rows = list(runs)
    beginnings = ActivationPayload.objects.filter(activation__in=rows).annotate(
        beginning=Left("result", RESULT_CHARACTERS)
    )
    named = {pk: _named(text) for pk, text in beginnings.values_list("pk", "beginning")}
    ids = [started for started in named.values() if started]
    started = Activation.objects.filter(namespace=namespace, activation_id__in=ids)
    by_id = {
        row.activation_id: row for row in started.only("activation_id", "status", "duration_ms", "error")
    }
    return [(run.action_path, _of_run(run, named.get(run.pk), by_id)) for run in rows]


def _of_run(run: Activation, named: str | None, by_id: Mapping[str | None, Activation]) -> UrlEnd:
    """Where the web action has not succeeded, that is how the call came out."""
    if run.status != Status.SUCCESS:
        return UrlEnd(run.listed_at, Status(run.status), run)
    started = by_id.get(named) if named else None
    status = Status(started.status) if started else None
    return UrlEnd(run.listed_at, status, run, started, names_run=named is not None)


def _of_calls(calls: QuerySet[UrlCall]) -> list[tuple[str, UrlEnd]]:
    return [
        (call.action_path, UrlEnd(call.called_at, Status(call.activation.status), started=call.activation))
        for call in calls.select_related("activation")
        if call.activation is not None
    ]


def _named(text: str | None) -> str | None:
    found = _STARTED.search(text or "")
    return found[1] if found else None
