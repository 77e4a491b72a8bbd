"""`POST /v1/route`: which region, and a signed context. Questions that come at the same moment are one query.

While a query runs, the questions that arrive gather for the next one: under load a query answers many, without load
each is asked at once.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from auth.ids import hash_of
from auth.keys import KIND, claim_kind, key_hash
from auth.signing import Signer
from auth.store import Store

REFRESH_AFTER_S, EXPIRES_AFTER_S = 30, 60
# Of an account without a workspace: it is about to have one (docs/request-path.md).
REFRESH_HOMELESS_S, EXPIRES_HOMELESS_S = 2, 5
MAX_BATCH = 64
_KINDS = frozenset({"cookie", "bearer", "api-key"})
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}=*")
_WORKSPACE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REGION = re.compile(r"[a-z][a-z0-9-]{0,62}")


class MalformedQuestion(Exception):
    """Not what the contract says a question is. No refusal: the Worker takes it for no answer."""


@dataclass(frozen=True)
class Question:
    """As the Worker asks. `url_key`, `workspace_id`: one of them, or none."""

    kind: str
    credential: str = ""
    url_key: str = ""
    workspace_id: str = ""
    placement: str = ""

    @property
    def is_key(self) -> bool:
        return self.kind.startswith("key:")

    @property
    def hash(self) -> bytes:
        """By which its credential is found; of a key by which its claim is."""
        if self.is_key:
            return bytes.fromhex(key_hash(self.kind.removeprefix("key:"), self.credential))
        return hash_of(self.credential)


def read_question(document: Any) -> Question:
    """Raises MalformedQuestion."""
    if not isinstance(document, dict):
        raise MalformedQuestion
    kind, credential, workspace, placement = (
        document.get(name) for name in ("kind", "credential", "workspace", "placement")
    )
    if not (isinstance(kind, str) and isinstance(credential, str)):
        raise MalformedQuestion
    if not (isinstance(workspace, str) and isinstance(placement, str)):
        raise MalformedQuestion
    if workspace and _WORKSPACE_ID.fullmatch(workspace) is None:
        raise MalformedQuestion
    if placement and _REGION.fullmatch(placement) is None:
        raise MalformedQuestion
    if kind in _KINDS:
        if _TOKEN.fullmatch(credential) is None:
            raise MalformedQuestion
        return Question(kind=kind, credential=credential, url_key=workspace, placement=placement)
    name = kind.removeprefix("key:")
    if name == kind or KIND.fullmatch(name) is None or bool(credential) == bool(workspace) or len(credential) > 512:
        raise MalformedQuestion
    return Question(kind=kind, credential=credential, workspace_id=workspace)


@dataclass(frozen=True)
class Refusal:
    """About the credential, and final."""

    status: int
    error: str


INVALID_CREDENTIAL = Refusal(401, "invalid_credential")
NOT_A_MEMBER = Refusal(403, "not_a_member")
UNKNOWN_WORKSPACE = Refusal(404, "unknown_workspace")
UNKNOWN_KEY = Refusal(404, "unknown_key")
NOT_PLACED = Refusal(409, "not_placed")
PLACED_ELSEWHERE = "placed_elsewhere"  # no refusal: the answer is whole, for the region that the account is pinned to


@dataclass(frozen=True)
class Place:
    """Where a request belongs, and for whom."""

    region: str
    workspace: str | None
    version: int
    account: str | None = None
    credential: str | None = None
    scopes: tuple[str, ...] | None = None


_FIND = """
SELECT
    c.hash, c.kind, c.id, c.account_id, c.scopes,
    c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now()) AS is_good,
    a.region AS pinned, (here.account_id IS NOT NULL) AS is_member,
    named.id AS named_id, named.region AS named_region, named.place_version AS named_version,
    (c.workspace_id IS NULL OR c.workspace_id = named.id) AS is_for_named,
    home.id AS home_id, home.region AS home_region, home.place_version AS home_version
FROM unnest($1::bytea [], $2::text [], $3::text []) WITH ORDINALITY AS q (hash, kind, url_key, i)
LEFT JOIN auth.credential AS c ON c.hash = q.hash AND c.kind = q.kind
LEFT JOIN auth.account AS a ON a.id = c.account_id
LEFT JOIN auth.claim AS k ON q.url_key <> '' AND k.kind = 'url-key' AND k.key = q.url_key AND k.state = 'confirmed'
LEFT JOIN auth.workspace AS named ON named.id = k.workspace_id
LEFT JOIN auth.membership AS here ON here.workspace_id = named.id AND here.account_id = c.account_id
LEFT JOIN LATERAL (
    SELECT w.id, w.region, w.place_version FROM auth.membership AS m JOIN auth.workspace AS w ON w.id = m.workspace_id
    WHERE q.url_key = '' AND m.account_id = c.account_id AND w.state = 'confirmed'
    AND m.workspace_id = coalesce(c.workspace_id, m.workspace_id)
    ORDER BY m.created_at, m.id LIMIT 1
) AS home ON true
ORDER BY q.i
"""

_FIND_KEYS = """
SELECT w.id, w.region, w.place_version
FROM unnest($1::text [], $2::text [], $3::text []) WITH ORDINALITY AS q (kind, hash, workspace_id, i)
LEFT JOIN auth.claim AS k ON q.workspace_id = '' AND k.kind = q.kind AND k.key = q.hash AND k.state = 'confirmed'
LEFT JOIN auth.workspace AS w ON w.id = coalesce(k.workspace_id, q.workspace_id) AND w.state = 'confirmed'
ORDER BY q.i
"""


class Router:
    """Answers questions. One query at a time for credentials and one for keys, so that random keys delay no session."""

    def __init__(self, store: Store, signer: Signer, timeout_s: float, clock: Callable[[], float] = time.time) -> None:
        self._signer = signer
        self._clock = clock
        self._credentials = _Gatherer(_Finder(store, _FIND, _credential_columns), timeout_s)
        self._keys = _Gatherer(_Finder(store, _FIND_KEYS, _key_columns), timeout_s)

    async def answer(self, question: Question) -> dict[str, Any] | Refusal:
        """With an `error` where the account is pinned to another region than the one that was drawn for it.

        Raises what the database raises: then there is no answer."""
        gatherer = self._keys if question.is_key else self._credentials
        found = await gatherer.ask(question)
        place = _place_of_key(found) if question.is_key else _place(question, found)
        return place if isinstance(place, Refusal) else self._signed(question, place)

    def _signed(self, question: Question, place: Place) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "aud": place.region,
            "sub": place.account,
            "workspace": place.workspace,
            "version": place.version,
            "kind": question.kind,
        }
        if place.credential is not None:
            claims["credential"] = place.credential
        if place.scopes is not None:
            claims["scopes"] = list(place.scopes)
        homeless = place.workspace is None
        elsewhere = homeless and not question.is_key and place.region != question.placement
        return {
            **({"error": PLACED_ELSEWHERE} if elsewhere else {}),
            "kind": question.kind,
            "region": place.region,
            "workspace": place.workspace,
            "version": place.version,
            "context": self._signer.context(claims, now_s=self._clock()),
            "refresh_after_s": REFRESH_HOMELESS_S if homeless else REFRESH_AFTER_S,
            "expires_after_s": EXPIRES_HOMELESS_S if homeless else EXPIRES_AFTER_S,
        }


def _place(question: Question, found: Any) -> Place | Refusal:
    # The index found it by this hash; compared again in constant time, so that it does not hang on the index alone.
    if found["id"] is None or not found["is_good"] or not hmac.compare_digest(found["hash"], question.hash):
        return INVALID_CREDENTIAL
    who = {
        "account": found["account_id"],
        "credential": found["id"],
        "scopes": None if found["kind"] == "cookie" else tuple(found["scopes"]),
    }
    if question.url_key:
        if found["named_id"] is None:
            return UNKNOWN_WORKSPACE
        if not found["is_member"] or not found["is_for_named"]:
            return NOT_A_MEMBER
        return Place(found["named_region"], found["named_id"], found["named_version"], **who)
    if found["home_id"] is not None:
        return Place(found["home_region"], found["home_id"], found["home_version"], **who)
    # A key of a workspace that its maker left opens nothing, and is no sign-up.
    if found["kind"] == "api-key":
        return NOT_A_MEMBER
    region = found["pinned"] or question.placement
    return Place(region, None, 0, **who) if region else NOT_PLACED


def _place_of_key(found: Any) -> Place | Refusal:
    if found["id"] is None:
        return UNKNOWN_KEY
    return Place(found["region"], found["id"], found["place_version"])


def _credential_columns(questions: Sequence[Question]) -> tuple[list[Any], ...]:
    return (
        [question.hash for question in questions],
        [question.kind for question in questions],
        [question.url_key for question in questions],
    )


def _key_columns(questions: Sequence[Question]) -> tuple[list[Any], ...]:
    return (
        [claim_kind(question.kind.removeprefix("key:")) for question in questions],
        [question.hash.hex() for question in questions],
        [question.workspace_id for question in questions],
    )


@dataclass(frozen=True)
class _Finder:
    store: Store
    sql: str
    columns: Callable[[Sequence[Question]], tuple[list[Any], ...]]

    async def __call__(self, questions: Sequence[Question]) -> Sequence[Any]:
        async with self.store.reading() as connection:
            rows: Sequence[Any] = await connection.fetch(self.sql, *self.columns(questions))
        return rows


async def _within(timeout_s: float, query: Coroutine[Any, Any, Sequence[Any]]) -> Sequence[Any]:
    """Raises TimeoutError at once: a query of a database that hangs is ended behind the back of those who wait."""
    task = asyncio.create_task(query)
    done, _ = await asyncio.wait({task}, timeout=timeout_s)
    if not done:
        task.cancel()
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        raise TimeoutError
    return task.result()


class _Gatherer:
    """Runs one query at a time, with all the questions that came while the one before ran."""

    def __init__(
        self, find: Callable[[Sequence[Question]], Coroutine[Any, Any, Sequence[Any]]], timeout_s: float
    ) -> None:
        self._find = find
        self._timeout_s = timeout_s
        self._waiting: list[tuple[Question, asyncio.Future[Any]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Any:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._answer(batch)
        finally:
            self._runner = None

    async def _answer(self, batch: Sequence[tuple[Question, asyncio.Future[Any]]]) -> None:
        """Whoever asked has gone, maybe: their future is done."""
        try:
            rows = await _within(self._timeout_s, self._find([question for question, _ in batch]))
        except Exception as err:
            for _, future in batch:
                if not future.done():
                    future.set_exception(err)
            return
        for row, (_, future) in zip(rows, batch, strict=True):
            if not future.done():
                future.set_result(row)
