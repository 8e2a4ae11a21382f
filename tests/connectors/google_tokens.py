"""Google's token endpoint, as the fakes of its APIs share it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx

TOKEN_URL = "https://tokens.google.test/token"  # noqa: S105 (of a fake)
HOST = "tokens.google.test"


@dataclass
class FakeTokens:
    """Every token it gives makes the one before it stale."""

    scope: str = ""
    current: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    failures: list[httpx.Response | Exception] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)
    """Stands in the answers beside the rest."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        self.forms.append({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
        if self.failures:
            outcome = self.failures.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        self.current = f"token{len(self.forms)}"
        body = {"access_token": self.current, "expires_in": 3599, "token_type": "Bearer", "scope": self.scope}
        return httpx.Response(200, json={**body, **self.extra})

    def takes(self, request: httpx.Request) -> bool:
        return bool(self.current) and request.headers.get("authorization") == f"Bearer {self.current}"


def refused(status: int, reason: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
    """As Google's APIs refuse a call."""
    fault = {"code": status, "message": "…", "errors": [{"message": "…", "domain": "global", "reason": reason}]}
    return httpx.Response(status, json={"error": fault}, headers=headers)
