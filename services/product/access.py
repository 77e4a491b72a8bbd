"""Who may come in by a route. Every route declares one of these; a test walks them all.

Session(scope)   whoever shows a credential: cookie, bearer token, API key
Key(kind)        whoever shows a key of this kind, which says the workspace
All(kind)        a sender that knows one address only: comes by message to every deployment, docs/request-path.md
Public()         anybody
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from starlette.routing import Route, WebSocketRoute


class Scope(StrEnum):
    """What a token may do; a session may do what its account may."""

    READ = "READ"
    WRITE = "WRITE"
    ADMIN = "ADMIN"


@dataclass(frozen=True)
class Session:
    scope: Scope = Scope.READ
    workspace: bool = True  # False: also for somebody who has none yet


@dataclass(frozen=True)
class Key:
    kind: str


@dataclass(frozen=True)
class All:
    kind: str


@dataclass(frozen=True)
class Public:
    pass


Access: TypeAlias = Session | Key | All | Public


class DeclaredRoute(Route):
    """A route that says who may come in."""

    def __init__(self, path: str, endpoint: Any, *, access: Access, method: str) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.access = access


class DeclaredSocket(WebSocketRoute):
    """A WebSocket that says who may come in."""

    def __init__(self, path: str, endpoint: Any, *, access: Access) -> None:
        super().__init__(path, endpoint)
        self.access = access
