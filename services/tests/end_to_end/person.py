"""Somebody who uses the fleet from outside, by HTTP and WebSockets, with the cookies of a browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import httpx

from tests.end_to_end.fleet import ZONES, Fleet
from tests.sync.follower import Follower


class Person:
    """Cookies are kept by hand: a client that knows it speaks plain HTTP would keep back those that are Secure."""

    def __init__(self, fleet: Fleet, name: str, region: str) -> None:
        self.fleet = fleet
        self.email = f"{name}@example.com"
        self.region = region
        self.cookies: dict[str, str] = {}
        self.projects: dict[str, str] = {}
        self._client = httpx.AsyncClient(base_url=fleet.origin, timeout=20)

    async def ask(
        self, method: str, path: str, body: Any = None, *, workspace: str = "", operation: str = "", **headers: str
    ) -> httpx.Response:
        sent = {**self.headers(workspace), "Origin": self.fleet.origin, "Idempotency-Key": operation, **headers}
        content: Mapping[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body} if body else {}
        given = {name.replace("_", "-"): value for name, value in sent.items() if value}
        answer = await self._client.request(method, path, headers=given, **content)
        self._keep(answer)
        return answer

    def headers(self, workspace: str = "") -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookie, "X-Workspace": workspace, "X-Time-Zone": ZONES[self.region]}

    @property
    def session_hash(self) -> str:
        """As auth and the region keep the session."""
        return sha256(self.cookies["__Host-session"].encode()).hexdigest()

    async def sign_in(self) -> None:
        sent = await self.must("POST", "/auth/code", {"email": self.email})
        code = self.fleet.mailbox.code(self.email)
        proof = {"challenge_id": sent["challenge_id"], "email": self.email, "code": code}
        await self.must("POST", "/auth/sign-in", proof)

    async def create_workspace(self, url_key: str) -> str:
        """Its id. With a project in it."""
        asked = {"operation_id": secrets.token_hex(16), "name": url_key.title(), "url_key": url_key}
        made = await self.must("POST", "/api/workspaces", asked)
        project = str(uuid4())
        self.projects[url_key] = project
        await self.must("POST", "/api/projects", {"id": project, "name": "First"}, workspace=url_key)
        workspace_id: str = made["workspace"]["id"]
        return workspace_id

    async def create_issue(self, url_key: str, title: str, operation: str = "") -> dict[str, Any]:
        asked = {"id": str(uuid4()), "project_id": self.projects[url_key], "title": title}
        made: dict[str, Any] = await self.must("POST", "/api/issues", asked, workspace=url_key, operation=operation)
        return made

    async def must(self, method: str, path: str, body: Any = None, **rest: Any) -> Any:
        """The answer's content, which is a good one."""
        answer = await self.ask(method, path, body, **rest)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def follower(self) -> Follower:
        headers = {name: value for name, value in self.headers().items() if value}
        return Follower(self.fleet.origin.replace("http", "ws"), {**headers, "Origin": self.fleet.origin})

    async def close(self) -> None:
        await self._client.aclose()

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
