"""`/metrics` for Prometheus: for programs of this machine, or for those that show a token; as shipped, for nobody."""

import hmac
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from flow.vital_signs import METRICS, Kind, Reading, read_vital_signs
from inbox.visit import Inbox

KEPT_SECONDS = 2.0
"""Who asks more often is told the same again: asking costs the database nothing."""
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class _Found(Collector):
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        for metric in METRICS:
            if metric.kind is Kind.HISTOGRAM:
                yield self._histogram(metric.name, metric.text)
                continue
            family = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
            told = family(metric.name, metric.text, labels=metric.labels)
            for labels, value in sorted(self._reading.values.get(metric.name, {}).items()):
                told.add_metric(labels, value)
            yield told

    def _histogram(self, name: str, text: str) -> Metric:
        told, total = HistogramMetricFamily(name, text), 0.0
        steps = []
        for end, number in self._reading.steps.items():
            total += number
            steps.append(("+Inf" if end == "inf" else end, total))
        if steps:
            told.add_metric([], steps, self._reading.sum_seconds)
        return told


class _Kept:
    """One reading at a time, however many ask."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox, self._lock = inbox, threading.Lock()
        self._reading: Reading | None = None
        self._at = 0.0

    def reading(self) -> Reading:
        with self._lock:
            if self._reading is None or time.monotonic() - self._at > KEPT_SECONDS:
                inbox = self._inbox
                self._reading = read_vital_signs(inbox.store, inbox.queues, clock=inbox.clock)
                self._at = time.monotonic()
            return self._reading


def show(inbox: Inbox) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. Whom it is not for is told that there is none, but who may show a token."""
    kept = _Kept(inbox)

    async def endpoint(request: Request) -> Response:
        refused = _refused(inbox, request)
        if refused is not None:
            return refused
        registry = CollectorRegistry()
        registry.register(_Found(await run_in_threadpool(kept.reading)))
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type, "cache-control": "no-store"})

    return endpoint


def _refused(inbox: Inbox, request: Request) -> Response | None:
    settings = inbox.settings
    if settings.metrics == "token" and settings.metrics_token is not None:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        wanted = settings.metrics_token.get_secret_value()
        if scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), wanted.encode()):
            return None
        answer = PlainTextResponse("a bearer token is asked for\n", status_code=401)
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    if settings.metrics == "local" and _is_local(request):
        return None
    return PlainTextResponse("not found\n", status_code=404)


def _is_local(request: Request) -> bool:
    """Asked from this machine, and not on behalf of another one."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
