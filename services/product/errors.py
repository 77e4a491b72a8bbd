"""What goes wrong, each with the answer that a client gets.

Problem              a request that is refused: status, code, fields (kit.web.Problem)
AuthUnavailable      auth did not answer, or not so that this release can read it: 503 `auth_unavailable`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit import web


class Problem(web.Problem):
    """Answered with the error document, and `fields` in it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
        **fields: str | int,
    ) -> None:
        retry = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
        super().__init__(status, code, message, {**retry, **(headers or {})})
        self.fields: dict[str, Any] = fields


class AuthUnavailable(Exception):
    """Nothing is known then, not even whether the question was carried out."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"no answer from auth to {operation}: {reason}")
        self.operation = operation
        self.reason = reason
