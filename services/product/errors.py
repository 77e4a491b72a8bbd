"""What goes wrong, each with the answer that a client gets.

ProductError
  Problem            a request that is refused: status, code, fields
  AuthUnavailable    auth did not answer, or not so that it can be read: 503
"""

from __future__ import annotations

from typing import Any


class ProductError(Exception):
    """The root of this package's errors."""


class Problem(ProductError):
    """`{"error": {"code", "message", "request_id", ...fields}}`, as the Worker's own answers look."""

    def __init__(
        self, status: int, code: str, message: str, *, retry_after_s: int | None = None, **fields: Any
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s
        self.fields = fields


class AuthUnavailable(ProductError):
    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"no answer from auth {operation}: {reason}".replace("  ", " "))
        self.operation = operation
        self.reason = reason
