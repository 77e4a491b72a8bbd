"""Requests of every kind from everybody, through the Worker, auth and two regions: does anything cross tenants?

    python -m tests.end_to_end.fuzz --requests 5000      prints what happened as JSON

Each workspace has a mark that all of its records carry, so that an answer, or in the end a table, shows whose it is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import secrets
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests import postgres, pubsub_emulator
from tests.end_to_end.fleet import Fleet, running
from tests.end_to_end.person import Person

AT_ONCE = 12
MARK = re.compile(r"mark-[0-9a-f]{8}")
SPOOFED: Sequence[Mapping[str, str]] = (
    {},
    {"X-Edge-Context": "eyJhbGciOiJub25lIn0.e30."},
    {"X-Edge-Region": "us-east", "X-Edge-Context-State": "fresh"},
    {"X_Edge_Context": "x", "x.edge.region": "eu-west"},
    {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-For": "127.0.0.1"},
    {"X-Region-Choice": "us-east", "X-Time-Zone": "America/New_York"},
    {"Forwarded": "for=127.0.0.1;host=elsewhere", "X-Real-IP": "127.0.0.1"},
)


@dataclass(frozen=True)
class Workspace:
    id: str
    url_key: str
    region: str
    mark: str
    project: str
    issue: str


@dataclass(frozen=True)
class Shown:
    """A credential as it is shown, and the workspaces that it is good for."""

    name: str
    headers: Mapping[str, str]
    workspaces: Sequence[Workspace]


@dataclass(frozen=True)
class Asked:
    shown: Shown
    method: str
    path: str
    named: str | None  # how the workspace is named: its URL key
    body: Any
    headers: Mapping[str, str]
    must_succeed: bool


@dataclass
class Outcome:
    requests: int = 0
    seconds: float = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Fuzz:
    def __init__(self, fleet: Fleet, seed: int) -> None:
        self._fleet = fleet
        self._chance = random.Random(seed)
        self._shown: list[Shown] = []
        self._workspaces: list[Workspace] = []
        self.outcome = Outcome()

    async def run(self, requests: int) -> Outcome:
        await self._populate()
        left = iter([self._any() for _ in range(requests)])
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=self._fleet.origin, timeout=30) as client:

            async def some() -> None:
                for asked in left:
                    await self._ask(client, asked)

            await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        self.outcome.seconds = round(time.monotonic() - began, 1)
        await self._look_at_the_tables()
        return self.outcome

    async def _populate(self) -> None:
        """Ada has two workspaces, Bob one in the other region, where Cid, who has one of his own, is a member."""
        unique = secrets.token_hex(3)
        homes = {"ada": "eu-west", "bob": "us-east", "cid": "eu-west"}
        ada, bob, cid = [Person(self._fleet, f"{name}-{unique}", home) for name, home in homes.items()]
        for person in (ada, bob, cid):
            await person.sign_in()
        first, second = await self._workspace(ada), await self._workspace(ada)
        bobs, cids = await self._workspace(bob), await self._workspace(cid)
        invited = {"email": cid.email, "name": "Cid", "role": "member"}
        await bob.must("POST", "/api/members", invited, workspace=bobs.url_key, operation=secrets.token_hex(8))
        self._shown += [
            Shown("ada", _cookie(ada), (first, second)),
            Shown("bob", _cookie(bob), (bobs,)),
            Shown("cid", _cookie(cid), (cids, bobs)),
            Shown("ada's key", {"X-API-Key": await _token(ada, first, "api-key")}, (first,)),
            Shown("bob's token", {"Authorization": f"Bearer {await _token(bob, bobs, 'bearer')}"}, (bobs,)),
            Shown("nobody", {}, ()),
            Shown("a guess", {"Cookie": f"__Host-session={secrets.token_urlsafe(32)}"}, ()),
            Shown("a guess at a key", {"X-API-Key": secrets.token_urlsafe(32)}, ()),
        ]
        for person in (ada, bob, cid):
            await person.close()

    async def _workspace(self, person: Person) -> Workspace:
        mark = f"mark-{secrets.token_hex(4)}"
        workspace_id = await person.create_workspace(mark)
        made = await person.create_issue(mark, f"{mark} first")
        workspace = Workspace(workspace_id, mark, person.region, mark, person.projects[mark], made["issue"]["id"])
        self._workspaces.append(workspace)
        return workspace

    def _any(self) -> Asked:
        chance = self._chance
        shown = chance.choice(self._shown)
        target = chance.choice(shown.workspaces if shown.workspaces and chance.random() < 0.6 else self._workspaces)
        named = chance.choices([target.url_key, None, "no-such-workspace", "not a key!"], [85, 5, 5, 5])[0]
        text = target.mark if named == target.url_key else "where nobody says"
        issue = chance.choice([target, target, chance.choice(self._workspaces)])
        method, path, body = chance.choice(
            [
                ("GET", "/api/workspace", None),
                ("GET", "/api/issues", None),
                ("GET", "/api/projects", None),
                ("GET", "/api/members", None),
                ("GET", "/api/me", None),
                ("GET", "/api/workspaces", None),
                ("GET", f"/api/issues/{issue.issue}", None),
                ("GET", f"/api/issues/{issue.issue}/comments", None),
                ("PATCH", f"/api/issues/{issue.issue}", {"title": f"{text} changed"}),
                (
                    "POST",
                    "/api/issues",
                    {"id": str(uuid4()), "project_id": issue.project, "title": f"{text} new"},
                ),
                ("POST", f"/api/issues/{issue.issue}/comments", {"id": str(uuid4()), "body": f"{text} said"}),
            ]
        )
        headers = chance.choice(SPOOFED)
        well_formed = named == target.url_key and target in shown.workspaces and issue is target
        return Asked(shown, method, path, named, body, headers, well_formed)

    async def _ask(self, client: httpx.AsyncClient, asked: Asked) -> None:
        headers = {**asked.headers, **asked.shown.headers, "Origin": self._fleet.origin}
        query: dict[str, str] = {}
        if asked.named is not None and self._chance.random() < 0.5:
            headers["X-Workspace"] = asked.named
        elif asked.named is not None:
            query["workspace"] = asked.named
        answer = await client.request(asked.method, asked.path, headers=headers, params=query, json=asked.body)
        self.outcome.requests += 1
        self.outcome.statuses[str(answer.status_code)] += 1
        if (fault := self._fault(asked, answer)) is not None:
            what = f"{asked.shown.name}: {asked.method} {asked.path} in {asked.named} with {dict(asked.headers)}"
            self.outcome.faults.append(f"{what}: {fault}: {answer.status_code} {answer.text[:200]}")

    def _fault(self, asked: Asked, answer: httpx.Response) -> str | None:
        own = {workspace.mark for workspace in asked.shown.workspaces}
        if foreign := set(MARK.findall(answer.text)) - own - {asked.named or ""}:
            return f"shows {foreign}"
        if answer.status_code >= 500:
            return "broke"
        if asked.must_succeed and not answer.is_success:
            return "was refused"
        if not answer.is_success or asked.path in {"/api/me", "/api/workspaces"}:
            return None
        named = [workspace for workspace in asked.shown.workspaces if asked.named in {None, workspace.url_key}]
        served_by = answer.headers.get("x-served-by")
        if served_by not in {workspace.region for workspace in named}:
            return f"was answered by {served_by}"
        return None if _ids(answer.json()) <= {workspace.id for workspace in named} else "shows another workspace"

    async def _look_at_the_tables(self) -> None:
        """Whatever was written is where it belongs."""
        for region in self._fleet.regions.values():
            for table, text in (("issue", "title"), ("comment", "body")):
                rows = await region.database.fetch(
                    f"SELECT w.url_key, t.{text} AS text FROM product.{table} t"
                    " JOIN product.workspace w USING (workspace_id)"
                )
                for row in rows:
                    if row["text"].startswith("mark-") and not row["text"].startswith(row["url_key"]):
                        self.outcome.faults.append(f"{region.name}: {row['url_key']} has {row['text']}")


def _ids(content: Any) -> set[str]:
    """Of the workspaces in an answer."""
    if isinstance(content, dict):
        found = {value for name, value in content.items() if name == "workspace_id" and isinstance(value, str)}
        return found.union(*(_ids(value) for value in content.values()))
    if isinstance(content, list):
        return set().union(*(_ids(value) for value in content))
    return set()


def _cookie(person: Person) -> dict[str, str]:
    return {"Cookie": f"__Host-session={person.cookies['__Host-session']}"}


async def _token(person: Person, workspace: Workspace, kind: str) -> str:
    asked = {"kind": kind, "name": "fuzz", "scopes": ["READ", "WRITE"]}
    made = await person.must("POST", "/api/tokens", asked, workspace=workspace.url_key)
    secret: str = made["secret"]
    return secret


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    server = postgres.start()
    try:
        with (
            pubsub_emulator.serving(pubsub_emulator.obtain(lambda line: None)) as pubsub,
            running(server, os.environ.get(pubsub_emulator.EMULATOR, pubsub)) as fleet,
        ):
            outcome = asyncio.run(Fuzz(fleet, given.seed).run(given.requests))
    finally:
        server.stop()
    sys.stdout.write(json.dumps(vars(outcome)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
