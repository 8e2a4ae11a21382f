"""The network between us and a desk, losing and spoiling what the test tells it to."""

from collections.abc import Callable

import httpx

Fault = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]
"""Given the request, and how to let it through: what comes back instead."""


def is_write(request: httpx.Request) -> bool:
    return request.method in ("POST", "PUT", "PATCH", "DELETE")


class LossyTransport(httpx.BaseTransport):
    """Passes everything on; on call it loses the answer to the next write, or the connection before it, or lets any
    request meet a fault."""

    def __init__(self, inner: httpx.BaseTransport, *, is_effect: Callable[[httpx.Request], bool] = is_write) -> None:
        """`is_effect`: which requests are the effect itself; a desk may need others before it."""
        self._inner = inner
        self._is_effect = is_effect
        self._lose_answers = 0
        self._lose_connections = 0
        self._faults: dict[int, Fault] = {}

    def lose_next_answer(self) -> None:
        self._lose_answers += 1

    def lose_next_connection(self) -> None:
        self._lose_connections += 1

    def meet(self, fault: Fault, *, position: int = 0) -> None:
        """The request at this position from now on (0: the very next) meets the fault; those before pass."""
        self._faults = {position: fault}

    def be_well(self) -> None:
        self._faults = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._faults = {position - 1: fault for position, fault in self._faults.items()}
        fault = self._faults.pop(-1, None)
        if fault is not None:
            return fault(request, lambda: self._whole(request))
        if self._is_effect(request) and self._lose_connections:
            self._lose_connections -= 1
            raise httpx.ConnectError("lost by the test", request=request)
        response = self._inner.handle_request(request)
        if self._is_effect(request) and self._lose_answers:
            self._lose_answers -= 1
            response.read()
            response.close()
            raise httpx.ReadTimeout("lost by the test", request=request)
        return response

    def close(self) -> None:
        self._inner.close()

    def _whole(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        return response
