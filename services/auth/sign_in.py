"""Sign-in by an emailed code, and the change of an address by one. A code is good for its own purpose alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Self

import asyncpg
from strawberry import ID

from auth.credentials import add_session
from auth.graphql.types import (
    Account,
    ChangeEmailResult,
    CodeRefused,
    CodeSent,
    CodeSentResult,
    EmailChanged,
    EmailTaken,
    Invalid,
    NobodyNew,
    NotYours,
    PlacedElsewhere,
    RateLimited,
    SignedIn,
    SignInResult,
)
from auth.ids import new_id, new_token
from auth.limits import Limit, count_attempt, network_of
from auth.mail import Mail, Mailer, keep, mailbox_of, normal_address, send_kept
from auth.records import account_of
from auth.store import Store
from kit.database import Connection

CODE_LIFETIME_S = 600
CODE_ATTEMPTS = 5
SIGN_IN, CHANGE_EMAIL = "sign-in", "change-email"
_HOUR_S = 3600
_SWEEP = 20


@dataclass(frozen=True)
class Guess:
    """What somebody typed. `email` as accounts have it; "" for what is none, which no code was sent to. So with a
    `challenge` that is no text of ours: PostgreSQL takes no NUL."""

    challenge: str
    email: str
    code: str

    @classmethod
    def of(cls, challenge: str, email: str, code: str) -> Self:
        is_ours = challenge.isascii() and challenge.isprintable()
        return cls(challenge if is_ours else "", normal_address(email) or "", code.strip())


@dataclass(frozen=True)
class SignIn:
    """`regions`: those that there are. An account of a region that is gone is pinned anew."""

    store: Store
    mailer: Mailer
    regions: frozenset[str]

    # ------------------------------------------------------------------------------------------------------- codes

    async def request_code(self, email: str, address: str) -> CodeSentResult:
        """The same answer, in the same way, whether there is an account or not."""
        return await self._request(SIGN_IN, email, address, None)

    async def request_email_code(self, region: str, account_id: str, email: str, address: str) -> CodeSentResult:
        async with self.store.reading() as connection:
            if not await _is_pinned(connection, region, account_id):
                return Invalid(field="accountId", reason="no account of this region")
        return await self._request(CHANGE_EMAIL, email, address, account_id)

    async def _request(self, purpose: str, email: str, address: str, account_id: str | None) -> CodeSentResult:
        recipient = normal_address(email)
        if recipient is None:
            return Invalid(field="email", reason="no email address")
        wait_s = await count_attempt(
            self.store,
            [
                Limit("code to", mailbox_of(recipient), 10, _HOUR_S),
                Limit("code from", network_of(address), 60, _HOUR_S),
            ],
        )
        if wait_s is not None:
            return RateLimited(retry_after_s=wait_s)
        challenge, code = new_token(), f"{secrets.randbelow(1_000_000):06}"
        mail = _code_mail(purpose, recipient, code)
        async with self.store.writing() as connection:
            await connection.execute(
                """
                DELETE FROM auth.sign_in_code
                WHERE id IN (SELECT id FROM auth.sign_in_code WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED)
                """,
                _SWEEP,
            )
            await connection.execute(
                """
                INSERT INTO auth.sign_in_code (id, purpose, email, account_id, hash, attempts_left, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
                """,
                challenge,
                purpose,
                recipient,
                account_id,
                _hash(challenge, code),
                CODE_ATTEMPTS,
                CODE_LIFETIME_S,
            )
            mail_id = await keep(connection, mail, CODE_LIFETIME_S)
        await send_kept(self.store, self.mailer, mail_id, mail)
        return CodeSent(challenge_id=ID(challenge), expires_in_s=CODE_LIFETIME_S)

    async def _limit_guesses(self, email: str, address: str) -> int | None:
        """Counted before anything is compared, so that guesses at the same moment cannot outrun the limit."""
        return await count_attempt(
            self.store,
            [
                Limit("guess for", email, 20, _HOUR_S),
                Limit("guess from", network_of(address), 100, _HOUR_S),
            ],
        )

    # ----------------------------------------------------------------------------------------------------- sign-in

    async def sign_in(self, region: str, guess: Guess, address: str, *, takes_new: bool) -> SignInResult:
        """Pins a new account to `region`, if that takes new ones. Who is sent elsewhere keeps the code, for there.

        New is who is pinned to no region and in no workspace.
        """
        if (wait_s := await self._limit_guesses(guess.email, address)) is not None:
            return RateLimited(retry_after_s=wait_s)
        async with self.store.writing() as connection:
            refused = await _compare(connection, SIGN_IN, guess, None)
            if refused is not None:
                return refused
            account = await connection.fetchrow(
                """
                SELECT
                    a.id, a.email, a.region,
                    EXISTS (SELECT FROM auth.membership AS m WHERE m.account_id = a.id) AS is_member
                FROM auth.account AS a WHERE a.email = $1 FOR UPDATE
                """,
                guess.email,
            )
            if (elsewhere := self._elsewhere(account, region, takes_new=takes_new)) is not None:
                await connection.execute(
                    "UPDATE auth.sign_in_code SET attempts_left = attempts_left + 1 WHERE id = $1", guess.challenge
                )
                return elsewhere
            await connection.execute("DELETE FROM auth.sign_in_code WHERE id = $1", guess.challenge)
            # Somebody may have made the account in between, with another code: then this one is signed in all the same.
            signed_in = await connection.fetchrow(
                """
                INSERT INTO auth.account AS a (id, email, region) VALUES ($1, $2, $3)
                ON CONFLICT (email) DO UPDATE SET region = CASE WHEN a.region = ANY($4) THEN a.region ELSE $3 END
                RETURNING id, email, region
                """,
                new_id("acc"),
                guess.email,
                region,
                sorted(self.regions),
            )
            credential, token = await add_session(connection, signed_in["id"])
        created = account is None or account["region"] is None
        return SignedIn(account=account_of(signed_in), credential=credential, token=token, created=created)

    def _elsewhere(self, account: Any, region: str, *, takes_new: bool) -> PlacedElsewhere | NobodyNew | None:
        if account is not None and account["region"] in self.regions - {region}:
            return PlacedElsewhere(region=account["region"])
        is_known = account is not None and (account["region"] in self.regions or account["is_member"])
        return None if is_known or takes_new else NobodyNew(region=region)

    async def account(self, region: str, account_id: str) -> Account | None:
        async with self.store.reading() as connection:
            if not await knows_account(connection, region, account_id):
                return None
            row = await connection.fetchrow("SELECT id, email, region FROM auth.account WHERE id = $1", account_id)
        return None if row is None else account_of(row)

    # ------------------------------------------------------------------------------------------------ another address

    async def change_email(self, region: str, account_id: str, guess: Guess, address: str) -> ChangeEmailResult:
        """An address is unique: it changes here first, and the feed tells every region that the account is in."""
        if (wait_s := await self._limit_guesses(guess.email, address)) is not None:
            return RateLimited(retry_after_s=wait_s)
        try:
            return await self._change_email(region, account_id, guess)
        except asyncpg.UniqueViolationError:  # somebody took it at the same moment
            return EmailTaken(email=guess.email)

    async def _change_email(self, region: str, account_id: str, guess: Guess) -> ChangeEmailResult:
        async with self.store.writing() as connection:
            if not await _is_pinned(connection, region, account_id):
                return NotYours(id=ID(account_id))
            refused = await _compare(connection, CHANGE_EMAIL, guess, account_id)
            if refused is not None:
                return refused
            await connection.execute("DELETE FROM auth.sign_in_code WHERE id = $1", guess.challenge)
            changed = await connection.fetchrow(
                """
                UPDATE auth.account SET email = $2 WHERE id = $1
                AND NOT EXISTS (SELECT FROM auth.account AS other WHERE other.email = $2 AND other.id <> $1)
                RETURNING id, email, region
                """,
                account_id,
                guess.email,
            )
        return EmailTaken(email=guess.email) if changed is None else EmailChanged(account=account_of(changed))


async def knows_account(connection: Connection, region: str, account_id: str) -> bool:
    """Whether the account is a matter of this region: pinned to it, or a member of one of its workspaces."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM auth.account WHERE id = $1 AND region = $2) OR EXISTS (
                SELECT FROM auth.membership AS m JOIN auth.workspace AS w ON w.id = m.workspace_id
                WHERE m.account_id = $1 AND w.region = $2
            )
            """,
            account_id,
            region,
        )
    )


async def _is_pinned(connection: Connection, region: str, account_id: str) -> bool:
    """Less than `knows_account`: a region makes anybody a member, and an account belongs to whoever has its address."""
    sql = "SELECT EXISTS (SELECT FROM auth.account WHERE id = $1 AND region = $2)"
    return bool(await connection.fetchval(sql, account_id, region))


async def _compare(connection: Connection, purpose: str, guess: Guess, account_id: str | None) -> CodeRefused | None:
    """Takes one attempt off, and locks the code until the end of the transaction. None: it is right."""
    row = await connection.fetchrow(
        """
        UPDATE auth.sign_in_code SET attempts_left = attempts_left - 1
        WHERE id = $1 AND purpose = $2 AND email = $3 AND account_id IS NOT DISTINCT FROM $4
        AND expires_at > now() AND attempts_left > 0 RETURNING hash, attempts_left
        """,
        guess.challenge,
        purpose,
        guess.email,
        account_id,
    )
    if row is None:
        return CodeRefused(attempts_left=0)
    if not hmac.compare_digest(row["hash"], _hash(guess.challenge, guess.code)):
        return CodeRefused(attempts_left=row["attempts_left"])
    return None


def _hash(challenge: str, code: str) -> bytes:
    return hashlib.sha256(f"{challenge}\0{code}".encode()).digest()


def _code_mail(purpose: str, recipient: str, code: str) -> Mail:
    what = "sign in" if purpose == SIGN_IN else "use this address from now on"
    return Mail(
        recipient=recipient,
        subject=f"{code} is your code",
        body=f"Your code to {what}: {code}\n\nIt is good for {CODE_LIFETIME_S // 60} minutes. "
        "If you did not ask for it, somebody typed your address by mistake: do nothing, and give it to nobody.\n",
    )
