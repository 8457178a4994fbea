"""The panel's figures in the format of Prometheus. All come from the database and Redis, so that every web
process answers the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime_app.models import Namespace
from runtime_app.services.health.collection import CollectionHealth, health_of
from runtime_app.services.health.machinery import Machinery, look
from runtime_app.services.history.activity import last_day

NAMESPACE = ("namespace",)
QUANTILES = (("0.5", "p50_ms"), ("0.95", "p95_ms"))


def metrics_page() -> bytes:
    """Everything, now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PanelCollector())
    return generate_latest(registry)


class PanelCollector(Collector):
    """Looks once for each scrape."""

    def collect(self) -> Iterator[Metric]:
        machinery = look()
        yield from machinery_metrics(machinery)
        if machinery.database_ms is None:
            return  # The rest is in the database; a scrape that failed would not even tell that it is away.
        healths = health_of(list(Namespace.objects.all()))
        yield from connection_metrics(healths)
        yield from request_metrics(healths)
        yield waiting_metric(healths)
        yield unusable_metric(healths)
        yield day_metric(healths)
        yield lag_metric(healths)


def machinery_metrics(machinery: Machinery) -> Iterator[Metric]:
    """What the panel runs on. What is not known is left out."""
    yield _gauge("database_up", "Whether the database answers.", machinery.database_ms is not None)
    yield _gauge("redis_up", "Whether Redis answers.", machinery.redis_ms is not None)
    yield _gauge("workers", "Workers that are alive.", len(machinery.workers))
    if machinery.queued is not None:
        yield _gauge("queue_depth", "Tasks that wait for a worker.", machinery.queued)
    if machinery.heartbeat_at is not None:
        help_text = "When a worker last ran what beat had sent."
        yield _gauge("heartbeat_timestamp_seconds", help_text, machinery.heartbeat_at.timestamp())


def connection_metrics(healths: Iterable[CollectionHealth]) -> Iterator[Metric]:
    """The runtime of each namespace: breaker, sweeps, history, counts."""
    rows = [(each.namespace.slug, each.namespace) for each in healths]
    yield _by_namespace(
        "breaker_open", "Whether workers rest after trouble.", [(slug, row.is_resting) for slug, row in rows]
    )
    yield _by_namespace(
        "failures", "In a row, as workers met them.", [(slug, row.failures) for slug, row in rows]
    )
    yield _by_namespace(
        "key_refused", "Whether the runtime refuses the key.", [(slug, row.key_refused) for slug, row in rows]
    )
    yield _by_namespace(
        "swept_timestamp_seconds",
        "When the runtime was last looked through for what was started elsewhere.",
        [(slug, row.swept_at.timestamp()) for slug, row in rows if row.swept_at],
    )
    yield _by_namespace(
        "backfilled_ratio",
        "How much of the history to read back is read.",
        [(slug, row.backfilled_percent / 100) for slug, row in rows],
    )
    yield _by_namespace(
        "missing_records", "Of the last day, by the last count.", [(slug, row.gap) for slug, row in rows]
    )


def request_metrics(healths: Iterable[CollectionHealth]) -> Iterator[Metric]:
    """What workers ask each runtime."""
    rows = [(each.namespace.slug, each.requests) for each in healths]
    counter = CounterMetricFamily("overtime_upstream_requests", "Made by workers.", labels=NAMESPACE)
    for slug, requests in rows:
        if requests.in_all is not None:
            counter.add_metric([slug], requests.in_all)
    yield counter
    yield _by_namespace(
        "budget_balance",
        "Requests that may be made at once; below zero nothing is asked.",
        [(slug, requests.balance) for slug, requests in rows if requests.balance is not None],
    )
    yield _by_namespace(
        "budget_requests_per_minute",
        "What the budget allows on average.",
        [(slug, requests.allowed_per_minute) for slug, requests in rows],
    )


def waiting_metric(healths: Iterable[CollectionHealth]) -> Metric:
    """What has not ended."""
    metric = GaugeMetricFamily(
        "overtime_waiting", "Activations that have not ended.", labels=("namespace", "status")
    )
    for each in healths:
        for status, count in each.waiting.counts.items():
            metric.add_metric([each.namespace.slug, status], count)
    return metric


def unusable_metric(healths: Iterable[CollectionHealth]) -> Metric:
    """What is asked for in vain, although the runtime answers."""
    return _by_namespace(
        "unusable_answers",
        "Pending activations about which the runtime's answers cannot be used.",
        [(each.namespace.slug, each.waiting.unusable) for each in healths],
    )


def day_metric(healths: Iterable[CollectionHealth]) -> Metric:
    """The last 24 clock hours: the whole history would take a walk along all of its index."""
    metric = GaugeMetricFamily(
        "overtime_activations_last_day", "Begun in the last 24 hours.", labels=("namespace", "status")
    )
    for each in healths:
        for status, count in last_day(each.namespace).totals.items():
            metric.add_metric([each.namespace.slug, status], count)
    return metric


def lag_metric(healths: Iterable[CollectionHealth]) -> Metric:
    """How late results were."""
    metric = GaugeMetricFamily(
        "overtime_collect_lag_seconds",
        "From the end of a job to its result here, of the newest results of the last hour.",
        labels=("namespace", "quantile"),
    )
    for each in healths:
        for quantile, name in QUANTILES:
            if each.lag is not None:
                metric.add_metric([each.namespace.slug, quantile], getattr(each.lag, name) / 1000)
    return metric


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"overtime_{name}", help_text, value=float(value))


def _by_namespace(name: str, help_text: str, values: Iterable[tuple[str, float]]) -> Metric:
    metric = GaugeMetricFamily(f"overtime_{name}", help_text, labels=NAMESPACE)
    for slug, value in values:
        metric.add_metric([slug], float(value))
    return metric
