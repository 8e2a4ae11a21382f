"""Traces: to a real receiver, of real jobs, with nobody in them; and nothing at all where nobody asked."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from connectors import http
from flow.watched import watched
from models.errors import RetryableError
from settings import Settings
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.flow.bench import Bench
from tests.program import ROOT, Program
from tracing import spans

WORDS = "charged twice for one transfer of Quetzal"


class Collector:
    """A receiver of OTLP over http on loopback: what came, decoded."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = decompress(body)
                assert self.path == "/v1/traces"
                assert self.headers["content-type"] == "application/x-protobuf"
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans() if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@contextmanager
def traced(collector: Collector, **more: object) -> Iterator[None]:
    try:
        spans.start_tracing(Settings(traces_url=collector.url, **more))
        yield
        spans.flush()
    finally:
        spans.close()


def facts(span: Span) -> dict[str, object]:
    def value(given) -> object:
        kind = given.WhichOneof("value")
        return [value(each) for each in given.array_value.values] if kind == "array_value" else getattr(given, kind)

    return {each.key: value(each.value) for each in span.attributes}


def run_jobs(bench: Bench) -> None:
    """As a worker does, one job after the other."""
    while (job := bench.queues.take()) is not None:
        name, arguments = job
        watched(bench.queues, name, name, getattr(bench.flow, name), *arguments)


def read_one(bench: Bench) -> str:
    author = {"id": "u1", "handle": "mira_private", "name": "Mira Fieldwood"}
    bench.read({"id": "m1", "channel": "x", "text": WORDS, "author": author})
    with bench.store.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT id FROM mentions").scalar_one())


def test_each_job_is_a_trace_with_its_stages_and_its_statements(
    collector: Collector, sqlite_url: str, open_store: Callable[[str], Store]
) -> None:
    with traced(collector):
        bench = Bench(open_store(sqlite_url))
        mention = read_one(bench)
        run_jobs(bench)
    [classified] = collector.named("job classify_mentions")
    assert facts(classified)["earshot.ids"] == [mention]
    [triaged] = collector.named("job triage_mentions")
    assert classified.trace_id != triaged.trace_id
    for job, stage in ((classified, "judge"), (triaged, "triage")):
        [part] = collector.named(stage)
        assert (part.trace_id, part.parent_span_id) == (job.trace_id, job.span_id)
        assert job.start_time_unix_nano <= part.start_time_unix_nano <= part.end_time_unix_nano
    assert collector.named("job deliver_each") and collector.named("deliver")
    statements = [span for span in collector.spans() if "db.system" in facts(span)]
    assert {span.trace_id for span in statements} <= {span.trace_id for span in collector.spans() if "job" in span.name}
    assert collector.named("INSERT verdicts") and collector.named("INSERT register_entries")


def test_nothing_of_a_person_is_in_a_trace(
    collector: Collector, sqlite_url: str, open_store: Callable[[str], Store]
) -> None:
    def fails() -> None:
        raise RetryableError(f"{WORDS} by mira_private")

    with traced(collector):
        bench = Bench(open_store(sqlite_url))
        read_one(bench)
        run_jobs(bench)
        with pytest.raises(RetryableError):
            watched(bench.queues, "deliver", "outbox 1", fails)
    [failed] = collector.named("job deliver")
    assert failed.status.message == "RetryableError"
    assert not failed.events
    sent = b"".join(request.SerializeToString() for request in collector.requests)
    for said in (b"charged twice", b"Quetzal", b"mira_private", b"Mira", b"Fieldwood"):
        assert said not in sent


def test_calls_to_vendors_are_parts_of_their_job(collector: Collector) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if "busy" in request.url.path else 200, json={})

    client = http.open_client("http://vendor.example", transport=httpx.MockTransport(answer))

    def ask() -> int:
        http.send(client, "GET", "/people/mira_private?q=quetzal", vendor="zendesk")
        with pytest.raises(RetryableError):
            http.send(client, "POST", "/busy", vendor="zendesk", sleep=lambda _: None)
        return 1

    with traced(collector):
        watched(QueuesInMemory(), "deliver", "outbox 7", ask)
    [job] = collector.named("job deliver")
    [got], [posted] = collector.named("GET zendesk"), collector.named("POST zendesk")
    assert {got.trace_id, posted.trace_id} == {job.trace_id}
    assert facts(got) == {"earshot.vendor": "zendesk", "http.response.status_code": 200}
    assert facts(posted)["http.response.status_code"] == 503
    assert b"mira_private" not in collector.requests[0].SerializeToString()


def test_the_token_is_shown_and_the_program_names_itself(collector: Collector) -> None:
    with traced(collector, traces_token="collector-token"):
        watched(QueuesInMemory(), "tick", "clocks", lambda: 0)
    assert collector.headers[0]["authorization"] == "Bearer collector-token"
    named = {each.key: each.value.string_value for each in collector.requests[0].resource_spans[0].resource.attributes}
    assert named["service.name"] == "earshot" and named["service.version"]


def test_only_the_share_that_was_asked_for_is_traced(collector: Collector) -> None:
    with traced(collector, traces_share=0.0):
        for _ in range(50):
            watched(QueuesInMemory(), "tick", "clocks", lambda: 0)
    assert collector.spans() == []


def test_a_collector_that_is_away_fails_no_job() -> None:
    done: list[int] = []
    try:
        spans.start_tracing(Settings(traces_url="http://127.0.0.1:9"))
        watched(QueuesInMemory(), "tick", "clocks", lambda: done.append(1))
    finally:
        spans.close()
    assert done == [1]


def test_off_as_shipped_nothing_is_loaded_and_nothing_happens() -> None:
    """The client of Redis brings the interface of OpenTelemetry with it; what makes and sends spans is not there."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, workers, cli_backup, inbox.app; print([one for one in sys.modules if one.startswith("
            "('tracing.otlp', 'opentelemetry.sdk.trace', 'opentelemetry.exporter', 'google.protobuf'))])",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"
    assert not spans.is_on()
    assert spans.span("job tick") is spans.span("judge", {"earshot.messages": 3})


@pytest.mark.slow
@pytest.mark.servers
def test_forked_workers_and_the_classifiers_tell_of_their_jobs(collector: Collector, tmp_path: Path) -> None:
    program = Program(tmp_path / "home", {"EARSHOT_TRACES_URL": collector.url})
    line = b'{"id": "1", "channel": "x", "text": "charged twice for one transfer", "author": {"id": "u1"}}\n'
    done = program.run("ingest", "-", "--wait", stdin=line)
    assert done.returncode == 0, done.stderr.decode()
    assert collector.named("job classify_mentions") and collector.named("judge")
    assert collector.named("job triage_mentions")
    assert collector.named("job deliver_each") and collector.named("deliver")
