"""Auth in memory, behind its committed GraphQL schema: what the product asks is checked and answered by graphql-core.

    auth = FakeAuth()
    client = auth.client("eu-west")        # what a region's product asks by
    auth.down = True                        # no answer
    auth.lose("createWorkspace")            # carried out, but the answer does not come
    auth.refuse("createWorkspace")          # not carried out

It keeps the rules that a region can see: one winner a URL key, operation ids with their content, versions, tombstones,
the feed. The real one is tried against the same product in `tests/end_to_end`.
"""

# ruff: noqa: N802, N803, PLR0917
from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from graphql import GraphQLSchema, build_schema, graphql_sync

SCHEMA = Path(__file__).parents[2] / "auth" / "schema.graphql"
CODE = "123456"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
Record = dict[str, Any]


def workspace_id() -> str:
    return "ws_" + "".join(secrets.choice(_ALPHABET) for _ in range(22))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class FakeAuth:
    epoch: str = "e1"
    down: bool = False
    schema: GraphQLSchema = field(default_factory=lambda: build_schema(SCHEMA.read_text(encoding="utf-8")))
    accounts: dict[str, Record] = field(default_factory=dict)
    credentials: dict[str, Record] = field(default_factory=dict)
    workspaces: dict[str, Record] = field(default_factory=dict)
    memberships: dict[str, Record] = field(default_factory=dict)
    moved: dict[str, Record] = field(default_factory=dict)
    url_keys: dict[str, str] = field(default_factory=dict)
    operations: dict[tuple[str, str], tuple[Any, Record]] = field(default_factory=dict)
    feeds: dict[str, list[tuple[str, str, str | None]]] = field(default_factory=dict)  # region: (entity, id, workspace)
    deletions: dict[str, int] = field(default_factory=dict)
    applied: list[Record] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _lost: list[str] = field(default_factory=list)
    _refused: list[str] = field(default_factory=list)

    # How a region reaches it

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def lose(self, operation: str) -> None:
        """The next `operation` is carried out, and its answer lost."""
        self._lost.append(operation)

    def refuse(self, operation: str) -> None:
        """The next `operation` never arrives."""
        self._refused.append(operation)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("auth is down", request=request)
        question = json.loads(request.content)
        name = question["operationName"][0].lower() + question["operationName"][1:]
        if name in self._refused:
            self._refused.remove(name)
            raise httpx.ConnectError("auth is out of reach", request=request)
        region = request.headers["authorization"].removeprefix("Bearer ")
        result = graphql_sync(
            self.schema,
            question["query"],
            root_value=_Root(self, region),
            variable_values=question["variables"],
            operation_name=question["operationName"],
        )
        self.asked.append(name)
        if name in self._lost:
            self._lost.remove(name)
            raise httpx.ReadError("the answer is lost", request=request)
        return httpx.Response(200, json=result.formatted)

    # What happens in auth itself

    def sign_up(self, email: str, region: str) -> tuple[Record, str]:
        """The account, new or known, and a session's token."""
        account = next((one for one in self.accounts.values() if one["email"] == email), None)
        if account is None:
            account = {"__typename": "Account", "id": f"ac_{secrets.token_hex(8)}", "email": email, "region": region}
            self.accounts[account["id"]] = account
        credential, token = self.issue(account["id"], "COOKIE", None)
        return account, token if credential else ""

    def issue(
        self, account: str, kind: str, workspace: str | None, scopes: tuple[str, ...] = (), name: str = ""
    ) -> tuple[Record, str]:
        token = secrets.token_urlsafe(32)
        credential: Record = {
            "__typename": "Credential",
            "id": f"cr_{secrets.token_hex(8)}",
            "kind": kind,
            "hash": sha256(token),
            "accountId": account,
            "workspaceId": workspace,
            "scopes": list(scopes),
            "name": name,
            "createdAt": "2026-01-01T00:00:00+00:00",
            "expiresAt": None,
            "revokedAt": None,
        }
        self.credentials[credential["id"]] = credential
        self._tell_account("CREDENTIAL", credential["id"], account)
        return credential, token

    def add_membership(self, workspace: str, account: str, role: str, name: str = "") -> Record:
        place = self.workspaces[workspace]
        membership: Record = {
            "__typename": "Membership",
            "id": f"mb_{secrets.token_hex(8)}",
            "workspaceId": workspace,
            "accountId": account,
            "role": role,
            "name": name,
            "email": self.accounts[account]["email"],
            "placeVersion": place["placeVersion"],
            "rowVersion": 1,
        }
        self.memberships[membership["id"]] = membership
        self._tell(place["region"], "MEMBERSHIP", membership["id"], workspace)
        for credential in self.credentials.values():
            if credential["accountId"] == account:
                self._tell(place["region"], "CREDENTIAL", credential["id"], None)
        return membership

    def found(self, account: str, url_key: str, region: str) -> Record:
        """A confirmed workspace with its owner."""
        root = _Root(self, region)
        claimed = root.createWorkspace(None, f"founding-{url_key}", account, url_key.title(), url_key)
        root.confirmWorkspace(None, claimed["workspace"]["id"])
        workspace: Record = claimed["workspace"]
        return workspace

    def revoke(self, credential: str) -> None:
        self.credentials[credential]["revokedAt"] = "2026-01-02T00:00:00+00:00"
        self._tell_account("CREDENTIAL", credential, self.credentials[credential]["accountId"])

    def remove_workspace(self, workspace: str) -> None:
        gone = self.workspaces.pop(workspace)
        self.url_keys = {key: owner for key, owner in self.url_keys.items() if owner != workspace}
        for membership in [one["id"] for one in self.memberships.values() if one["workspaceId"] == workspace]:
            del self.memberships[membership]
            self._tell(gone["region"], "MEMBERSHIP", membership, workspace)
        self._tell(gone["region"], "WORKSPACE", workspace, workspace)

    def remove_membership(self, membership: str) -> None:
        gone = self.memberships.pop(membership)
        place = self.workspaces[gone["workspaceId"]]
        self._tell(place["region"], "MEMBERSHIP", membership, gone["workspaceId"])

    def move(self, workspace: str, to: str, statement: str) -> None:
        place = self.workspaces[workspace]
        was, place["region"] = place["region"], to
        place["placeVersion"] += 1
        self.moved[workspace] = {
            "__typename": "Moved",
            "workspaceId": workspace,
            "to": to,
            "placeVersion": place["placeVersion"],
            "statement": statement,
        }
        self._tell(was, "MOVED", workspace, workspace)

    def _tell_account(self, entity: str, record: str, account: str) -> None:
        places = {
            self.workspaces[one["workspaceId"]]["region"]
            for one in self.memberships.values()
            if one["accountId"] == account
        }
        for region in places:
            self._tell(region, entity, record, None)

    def _tell(self, region: str, entity: str, record: str, workspace: str | None) -> None:
        self.feeds.setdefault(region, []).append((entity, record, workspace))

    def record(self, region: str, entity: str, found: str, workspace: str | None) -> Record:
        kept = {
            "WORKSPACE": self.workspaces,
            "MEMBERSHIP": self.memberships,
            "CREDENTIAL": self.credentials,
            "MOVED": self.moved,
        }[entity].get(found)
        return kept or {"__typename": "Gone", "entity": entity, "id": found, "workspaceId": workspace}


class _Root:
    """The resolvers; each is called by its field's name with the arguments as the schema names them."""

    def __init__(self, auth: FakeAuth, region: str) -> None:
        self.auth = auth
        self.region = region

    def _once(self, account: str, operation: str, content: Any, act: Callable[[], Record]) -> Record:
        known = self.auth.operations.get((account, operation))
        if known is not None:
            return known[1] if known[0] == content else {"__typename": "OperationConflict", "operationId": operation}
        answer = act()
        self.auth.operations[account, operation] = (content, answer)
        return answer

    def _not_yours(self, workspace: str) -> Record | None:
        place = self.auth.workspaces.get(workspace)
        return None if place and place["region"] == self.region else {"__typename": "NotYours", "id": workspace}

    # Accounts

    def requestSignInCode(self, _: Any, email: str, address: str) -> Record:
        return {"__typename": "CodeSent", "challengeId": f"ch_{sha256(email)[:8]}", "expiresInS": 600}

    def signIn(self, _: Any, challengeId: str, email: str, code: str, address: str, takesNew: bool) -> Record:
        if code != CODE:
            return {"__typename": "CodeRefused", "attemptsLeft": 4}
        known = next((one for one in self.auth.accounts.values() if one["email"] == email), None)
        if known and known["region"] != self.region:
            return {"__typename": "PlacedElsewhere", "region": known["region"]}
        if not known and not takesNew:
            return {"__typename": "NobodyNew", "region": self.region}
        account, token = self.auth.sign_up(email, self.region)
        credential = next(one for one in self.auth.credentials.values() if one["hash"] == sha256(token))
        return {
            "__typename": "SignedIn",
            "account": account,
            "credential": credential,
            "token": token,
            "created": known is None,
        }

    def signOut(self, _: Any, credentialHash: str) -> Record:
        for credential in [one for one in self.auth.credentials.values() if one["hash"] == credentialHash]:
            self.auth.revoke(credential["id"])
        return {"done": True}

    def revokeCredential(self, _: Any, accountId: str, credentialId: str) -> Record:
        self.auth.revoke(credentialId)
        return {"done": True}

    def createToken(
        self,
        _: Any,
        accountId: str,
        kind: str,
        name: str,
        scopes: list[str],
        workspaceId: str | None,
        expiresInDays: int | None,
    ) -> Record:
        credential, token = self.auth.issue(accountId, kind, workspaceId, tuple(scopes), name)
        return {"__typename": "TokenCreated", "credential": credential, "token": token}

    def credentials(
        self,
        _: Any,
        accountId: str | None,
        workspaceId: str | None,
    ) -> list[Record]:
        return [
            one
            for one in self.auth.credentials.values()
            if one["revokedAt"] is None
            and (one["accountId"] == accountId if accountId else one["workspaceId"] == workspaceId)
        ]

    def memberships(self, _: Any, accountId: str) -> list[Record]:
        return [
            {"membership": one, "workspace": self.auth.workspaces[one["workspaceId"]]}
            for one in self.auth.memberships.values()
            if one["accountId"] == accountId and self.auth.workspaces[one["workspaceId"]]["state"] == "CONFIRMED"
        ]

    def moved(self, _: Any, after: str | None, limit: int) -> list[Record]:
        left = [one for one in self.auth.moved.values() if one["to"] != self.region]
        return [one for one in sorted(left, key=lambda one: one["workspaceId"]) if one["workspaceId"] > (after or "")][
            :limit
        ]

    # Workspaces

    def createWorkspace(self, _: Any, operationId: str, accountId: str, name: str, urlKey: str) -> Record:
        def act() -> Record:
            if urlKey in self.auth.url_keys:
                return {"__typename": "UrlKeyTaken", "urlKey": urlKey}
            workspace: Record = {
                "__typename": "Workspace",
                "id": workspace_id(),
                "name": name,
                "urlKey": urlKey,
                "region": self.region,
                "placeVersion": 1,
                "rowVersion": 1,
                "state": "PENDING",
                "createdBy": accountId,
            }
            self.auth.workspaces[workspace["id"]] = workspace
            self.auth.url_keys[urlKey] = workspace["id"]
            owner = self.auth.add_membership(workspace["id"], accountId, "OWNER", "")
            return {
                "__typename": "WorkspaceClaimed",
                "workspace": workspace,
                "owner": owner,
                "expiresAt": "2026-01-01T00:05:00+00:00",
            }

        return self._once(accountId, operationId, ("create", name, urlKey), act)

    def confirmWorkspace(self, _: Any, workspaceId: str) -> Record:
        workspace = self.auth.workspaces.get(workspaceId)
        if workspace is None or self.auth.url_keys.get(workspace["urlKey"]) != workspaceId:
            return {"__typename": "ClaimLost", "workspaceId": workspaceId}
        if workspace["state"] == "PENDING":
            workspace["state"] = "CONFIRMED"
            self.auth._tell(workspace["region"], "WORKSPACE", workspaceId, workspaceId)
        return {"__typename": "Confirmed", "workspace": workspace}

    def claimUrlKey(self, _: Any, operationId: str, accountId: str, workspaceId: str, urlKey: str) -> Record:
        def act() -> Record:
            if self.auth.url_keys.get(urlKey, workspaceId) != workspaceId:
                return {"__typename": "UrlKeyTaken", "urlKey": urlKey}
            self.auth.url_keys[urlKey] = workspaceId
            return {"__typename": "UrlKeyClaimed", "urlKey": urlKey, "expiresAt": "2026-01-01T00:05:00+00:00"}

        return self._not_yours(workspaceId) or self._once(accountId, operationId, ("claim", workspaceId, urlKey), act)

    def addMember(
        self,
        _: Any,
        operationId: str,
        accountId: str,
        workspaceId: str,
        email: str,
        name: str,
        role: str,
    ) -> Record:
        def act() -> Record:
            account, _ = self.auth.sign_up(email, self.region)
            for one in self.auth.memberships.values():
                if (one["workspaceId"], one["accountId"]) == (workspaceId, account["id"]):
                    return {"__typename": "AlreadyMember", "membership": one}
            membership = self.auth.add_membership(workspaceId, account["id"], role, name)
            return {"__typename": "MemberAdded", "membership": membership}

        content = ("add", workspaceId, email, name, role)
        return self._not_yours(workspaceId) or self._once(accountId, operationId, content, act)

    def removeMember(self, _: Any, workspaceId: str, membershipId: str) -> Record:
        if (refused := self._not_yours(workspaceId)) is None and membershipId in self.auth.memberships:
            self.auth.remove_membership(membershipId)
        return refused or {"__typename": "Deleted", "id": membershipId}

    def deleteWorkspace(self, _: Any, workspaceId: str) -> Record:
        if workspaceId not in self.auth.workspaces:
            return {"__typename": "Deleted", "id": workspaceId}
        refused = self._not_yours(workspaceId)
        if refused is None:
            self.auth.remove_workspace(workspaceId)
        return refused or {"__typename": "Deleted", "id": workspaceId}

    # The background worker's

    def changesSince(self, _: Any, cursor: str, limit: int) -> Record:
        epoch, _, n = cursor.partition(".")
        feed = self.auth.feeds.get(self.region, [])
        if not n:
            return {"__typename": "Resync", "reason": "MALFORMED"}
        if epoch != self.auth.epoch:
            return {"__typename": "Resync", "reason": "OTHER_EPOCH"}
        if int(n) > len(feed):
            return {"__typename": "Resync", "reason": "BEYOND_HEAD"}
        page = feed[int(n) : int(n) + limit]
        last = int(n) + len(page)
        return {
            "__typename": "Changes",
            "changes": [
                {"n": number, "entity": one[0], "id": one[1], "record": self.auth.record(self.region, *one)}
                for number, one in enumerate(page, int(n) + 1)
            ],
            "cursor": f"{self.auth.epoch}.{last}",
            "more": last < len(feed),
        }

    def snapshot(self, _: Any, after: str | None, limit: int) -> Record:
        here = {one["id"] for one in self.auth.workspaces.values() if one["region"] == self.region}
        members = [one for one in self.auth.memberships.values() if one["workspaceId"] in here]
        accounts = {one["accountId"] for one in members}
        records = [
            *(self.auth.workspaces[one] for one in here),
            *members,
            *(one for one in self.auth.credentials.values() if one["accountId"] in accounts),
            *(one for one in self.auth.moved.values() if one["to"] != self.region),
        ]
        start = int(after or 0)
        return {
            "records": records[start : start + limit],
            "after": str(start + limit) if start + limit < len(records) else None,
            "cursor": f"{self.auth.epoch}.{len(self.auth.feeds.get(self.region, []))}",
        }

    def applyUpdates(self, _: Any, batch: list[Record]) -> Record:
        return {"__typename": "UpdatesApplied", "outcomes": [self._apply(item) for item in batch]}

    def _apply(self, item: Record) -> Record:
        kept = (self.auth.memberships if item.get("member") else self.auth.workspaces).get(item["id"])
        outcome = "APPLIED"
        if kept is None:
            outcome = "GONE"
        elif self._not_yours(item["workspaceId"]):
            outcome = "NOT_YOURS"
        elif (item["placeVersion"], item["rowVersion"]) <= (kept["placeVersion"], kept["rowVersion"]):
            outcome = "STALE"
        elif item.get("workspace") and self.auth.url_keys.get(item["workspace"]["urlKey"]) != item["id"]:
            outcome = "CLAIM_LOST"
        else:
            facts = item.get("member") or item["workspace"]
            kept.update(facts, rowVersion=item["rowVersion"])
            self.auth.applied.append(item)
        return {"workspaceId": item["workspaceId"], "id": item["id"], "outcome": outcome}

    def deletionsCursor(self, _: Any) -> int:
        return self.auth.deletions.get(self.region, 0)

    def applyDeletions(self, _: Any, after: int, cursor: int, batch: list[Record]) -> Record:
        at = self.auth.deletions.get(self.region, 0)
        if at != after:
            return {"__typename": "CursorMismatch", "cursor": at}
        for item in batch:
            if item["entity"] == "MEMBERSHIP" and item["id"] in self.auth.memberships:
                self.auth.remove_membership(item["id"])
            if item["entity"] == "WORKSPACE" and item["id"] in self.auth.workspaces:
                self.auth.remove_workspace(item["id"])
        self.auth.deletions[self.region] = cursor
        return {"__typename": "DeletionsApplied", "cursor": cursor, "outcomes": []}
