"""The network between us and a desk, losing what the test tells it to."""

import httpx


class LossyTransport(httpx.BaseTransport):
    """Passes everything on; on call it loses the answer to the next POST, or the connection before it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._lose_answers = 0
        self._lose_connections = 0

    def lose_next_answer(self) -> None:
        self._lose_answers += 1

    def lose_next_connection(self) -> None:
        self._lose_connections += 1

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and self._lose_connections:
            self._lose_connections -= 1
            raise httpx.ConnectError("lost by the test", request=request)
        response = self._inner.handle_request(request)
        if request.method == "POST" and self._lose_answers:
            self._lose_answers -= 1
            response.read()
            response.close()
            raise httpx.ReadTimeout("lost by the test", request=request)
        return response

    def close(self) -> None:
        self._inner.close()
