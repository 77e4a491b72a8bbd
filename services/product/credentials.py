"""The one credential that a request shows, and the workspace that it names: by the Worker's own rules.

Where two readers disagreed, one credential would choose where a request goes and another would act there, so this is
worker/src/credentials.js line by line; `tests/product/test_credentials.py` runs the Worker's own on the same requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from product.errors import Problem

SESSION_COOKIE = "__Host-session"
REGION_COOKIE = "__Host-region"
MAX_CREDENTIAL_CHARS = 4096
Kind: TypeAlias = Literal["cookie", "bearer", "api-key"]

# token68 of RFC 9110 (11.2)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_BEARER = re.compile(r"bearer +(.*)", re.IGNORECASE)
_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Credential:
    kind: Kind
    value: str = field(repr=False)

    @property
    def hash(self) -> str:
        """As auth and the replica keep it."""
        return sha256(self.value.encode()).hexdigest()


def read_credential(headers: Headers) -> Credential | None:
    """None: anonymous. Raises Problem."""
    session, *more = cookie_values(headers, SESSION_COOKIE) or [""]
    if more:
        raise Problem(431, "duplicate_header", f"{SESSION_COOKIE} is there twice.")
    found: list[Credential] = []
    if session:  # not where it is empty, as a sign-out may leave it
        found.append(Credential("cookie", session))
    if (authorization := _joined(headers, "authorization")) is not None:
        bearer = _BEARER.fullmatch(authorization)
        found.append(Credential("bearer", bearer[1] if bearer else ""))
    if (key := _joined(headers, "x-api-key")) is not None:
        found.append(Credential("api-key", key))
    if len(found) > 1:
        raise Problem(400, "ambiguous_credentials", "Send one credential.")
    if not found:
        return None
    if len(found[0].value) > MAX_CREDENTIAL_CHARS:
        raise Problem(431, "header_too_large", "The credential is too long.")
    if not _TOKEN.fullmatch(found[0].value):
        raise Problem(400, "malformed_credential", "The credential is malformed.")
    return found[0]


def read_workspace(headers: Headers, query: str) -> str:
    """The URL key that the request names, or "". Raises Problem."""
    named = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "workspace"]
    if len(named) > 1:
        raise Problem(431, "duplicate_header", "?workspace= is there twice.")
    header = _joined(headers, "x-workspace")
    hint = header if header is not None else (named[0] if named else "")
    if hint and not _WORKSPACE.fullmatch(hint):
        raise Problem(400, "malformed_hint", "X-Workspace is malformed.")
    return hint


def cookie_values(headers: Headers, name: str) -> list[str]:
    """Only `;` separates, and only SP and HTAB around a name or value are no part of it (RFC 6265, 4.2.1 and 5.2)."""
    pairs = (pair.partition("=") for pair in (_joined(headers, "cookie") or "").split(";"))
    return [value.strip(" \t") for key, sign, value in pairs if sign and key.strip(" \t") == name]


def _joined(headers: Headers, name: str) -> str | None:
    """A header that came several times is one field (RFC 9110, 5.3)."""
    values = headers.getlist(name)
    return ", ".join(values) if values else None
