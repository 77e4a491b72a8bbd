"""The page: plain files, the same everywhere, served under a policy that lets nothing else in.

`routes(...)` is for the API's program; the paths belong to nobody's workspace, so they are open to all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from product.access import DeclaredRoute, Public
from product.credentials import SESSION_COOKIE, cookie_values
from product.settings import Locality

_FILES = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "; ".join(
            [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "connect-src 'self'",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
            ]
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # Asked for again each time, and answered by a 304: a page is never older than what it speaks to.
        "Cache-Control": "no-cache",
    }
)


@dataclass(frozen=True)
class _File:
    content: bytes
    media_type: str
    etag: str


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def routes(*, localities: Mapping[str, Locality]) -> list[DeclaredRoute]:
    """`/` and `/w/...` are the page itself, which reads the address; `/page/...` is what it is made of.

    `localities`: those that a new account may choose, by their names.
    """
    files = {path.name: _read(path) for path in sorted(_FILES.iterdir())}
    index = files.pop("index.html")

    async def page(request: Request) -> Response:
        return _answer(request, index)

    async def part(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        return Response(status_code=404) if file is None else _answer(request, file)

    async def start(request: Request) -> Response:
        """Whether a session is shown, which a page cannot see; and where the edge sends new accounts, and why."""
        why = request.headers.get("x-edge-placement", "default")
        zone = request.headers.get("x-time-zone", "")
        places = [{"name": key, "title": locality.name} for key, locality in localities.items()]
        return JSONResponse(
            {
                "has_session": any(cookie_values(request.headers, SESSION_COOKIE)),
                "suggested": suggestion(localities, zone) if why == "time-zone" else None,
                "why": why,
                "places": places,
            },
            headers={"Cache-Control": "private, no-store"},
        )

    return [
        DeclaredRoute("/", page, access=Public(), method="GET"),
        DeclaredRoute("/w/{rest:path}", page, access=Public(), method="GET"),
        DeclaredRoute("/page/start", start, access=Public(), method="GET"),
        DeclaredRoute("/page/{name}", part, access=Public(), method="GET"),
    ]


def suggestion(localities: Mapping[str, Locality], time_zone: str) -> str | None:
    """As the edge decides: by the whole name, else by the longest beginning that ends in a slash."""
    fitting = [
        (len(zone), key)
        for key, locality in localities.items()
        for zone in locality.time_zones
        if zone == time_zone or (zone.endswith("/") and time_zone.startswith(zone))
    ]
    return max(fitting)[1] if fitting else None


def _answer(request: Request, file: _File) -> Response:
    headers = {**HEADERS, "ETag": file.etag}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
