"""Spans by OpenTelemetry's protocol over HTTP. Loaded only where a collector is set: see `tracing.spans`."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Tracer as SdkTracer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Status, StatusCode

from tracing.spans import Facts

PATH = "/v1/traces"
EXPORT_SECONDS = 1.0
"""A collector that is away may not hold up a job for longer."""


class Exported:
    """Implements `tracing.spans.Tracer`. Each process opens its own: a thread does not outlive a fork."""

    def __init__(self, url: str, token: str | None, share: float) -> None:
        self._url = url if urlsplit(url).path.strip("/") else url.rstrip("/") + PATH
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._share = share
        self._process = 0
        self._provider: TracerProvider | None = None

    @contextmanager
    def span(self, name: str, facts: Facts) -> Iterator[None]:
        with self._tracer().start_as_current_span(
            name, attributes=dict(facts), record_exception=False, set_status_on_exception=False
        ) as one:
            try:
                yield
            except BaseException as error:
                one.set_status(Status(StatusCode.ERROR, type(error).__name__))  # its message may hold words of people
                raise

    def done(self, name: str, began_ns: int, facts: Facts) -> None:
        if self._process == os.getpid() and trace.get_current_span().get_span_context().is_valid:
            self._tracer().start_span(name, start_time=began_ns, attributes=dict(facts)).end()

    def flush(self) -> None:
        if self._provider is not None and self._process == os.getpid():
            self._provider.force_flush(int(EXPORT_SECONDS * 1000))

    def close(self) -> None:
        if self._provider is not None and self._process == os.getpid():
            self._provider.shutdown()

    def _tracer(self) -> SdkTracer | trace.Tracer:
        if self._provider is None or self._process != os.getpid():
            self._process = os.getpid()
            self._provider = self._opened()
        return self._provider.get_tracer("earshot")

    def _opened(self) -> TracerProvider:
        named = {
            "service.name": "earshot",
            "service.version": _version(),
            "service.instance.id": f"{socket.gethostname().split('.')[0]}-{self._process}",
        }
        sampler = ParentBased(TraceIdRatioBased(self._share))
        provider = TracerProvider(sampler=sampler, resource=Resource(named), shutdown_on_exit=True)
        exporter = OTLPSpanExporter(endpoint=self._url, headers=self._headers, timeout=EXPORT_SECONDS)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return provider


def _version() -> str:
    try:
        return version("earshot")
    except PackageNotFoundError:
        return "0"
