"""Sign-in by an emailed code: what a code is good for, how often it can be guessed at, where an account is pinned."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from .harness import Running, running

ADDRESS = "203.0.113.9"
ANN = "ann@example.com"


async def challenge(auth: Running, email: str = ANN, region: str = "eu-west", address: str = ADDRESS) -> str:
    sent = await auth.region(region).ask("requestSignInCode", email=email, address=address)
    assert sent["__typename"] == "CodeSent", sent
    return str(sent["challengeId"])


async def guess(
    auth: Running, challenge_id: str, code: str, email: str = ANN, *, region: str = "eu-west", address: str = ADDRESS
) -> Any:
    return await auth.region(region).ask("signIn", challengeId=challenge_id, email=email, code=code, address=address)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_first_sign_in_makes_an_account_and_pins_it(auth: Running) -> None:
    first = await guess(auth, await challenge(auth), auth.mailbox.code(ANN))
    again = await guess(auth, await challenge(auth, "  ANN@Example.com "), auth.mailbox.code(ANN), "Ann@EXAMPLE.com")
    assert (first["created"], again["created"]) == (True, False)
    assert first["account"] == again["account"] == {"id": first["account"]["id"], "email": ANN, "region": "eu-west"}
    assert first["token"] != again["token"]


async def test_a_code_is_good_once(auth: Running) -> None:
    sent = await challenge(auth)
    code = auth.mailbox.code(ANN)
    assert (await guess(auth, sent, code))["__typename"] == "SignedIn"
    assert await guess(auth, sent, code) == {"__typename": "CodeRefused", "attemptsLeft": 0}


async def test_two_who_show_the_same_code_at_once_are_one_who_is_let_in(auth: Running) -> None:
    sent = await challenge(auth)
    code = auth.mailbox.code(ANN)
    answers = await asyncio.gather(*(guess(auth, sent, code) for _ in range(5)))
    assert sorted(answer["__typename"] for answer in answers) == ["CodeRefused"] * 4 + ["SignedIn"]


async def test_after_five_wrong_guesses_the_right_code_is_refused_too(auth: Running) -> None:
    sent = await challenge(auth)
    code = auth.mailbox.code(ANN)
    answers = [await guess(auth, sent, wrong(code)) for _ in range(5)]
    assert [answer["attemptsLeft"] for answer in answers] == [4, 3, 2, 1, 0]
    assert (await guess(auth, sent, code))["__typename"] == "CodeRefused"


async def test_guesses_at_the_same_moment_do_not_outrun_the_limit(auth: Running) -> None:
    sent = await challenge(auth)
    code = auth.mailbox.code(ANN)
    answers = await asyncio.gather(*(guess(auth, sent, wrong(code)) for _ in range(15)))
    left = sorted(answer["attemptsLeft"] for answer in answers)
    assert left == [0] * 11 + [1, 2, 3, 4]


async def test_an_expired_code_is_refused(auth: Running) -> None:
    sent = await challenge(auth)
    await auth.database.execute("UPDATE auth.sign_in_code SET expires_at = now() - interval '1 second'")
    assert (await guess(auth, sent, auth.mailbox.code(ANN)))["__typename"] == "CodeRefused"


async def test_a_code_goes_with_its_challenge_and_address(auth: Running) -> None:
    mine, code = await challenge(auth), auth.mailbox.code(ANN)
    others = await challenge(auth, "eve@example.com")
    for challenge_id, email in ((others, ANN), (others, "eve@example.com"), (mine, "eve@example.com"), ("", ANN)):
        if auth.mailbox.code("eve@example.com") != code:
            assert (await guess(auth, challenge_id, code, email))["__typename"] == "CodeRefused"
    assert (await guess(auth, mine, code))["__typename"] == "SignedIn"


@pytest.mark.parametrize("challenge_id", ["\0", "none\0", "é"])
async def test_a_challenge_that_no_database_can_hold_is_refused_as_any_other(auth: Running, challenge_id: str) -> None:
    assert await guess(auth, challenge_id, "000000") == {"__typename": "CodeRefused", "attemptsLeft": 0}


async def test_an_address_is_changed_by_the_region_of_the_account_alone(auth: Running) -> None:
    """Or a region that invites somebody could take their account over, by an address of its own."""
    ann, eve = await auth.sign_in(ANN, "eu-west"), await auth.sign_in("eve@example.com", "us-east")
    asked = auth.region("us-east")
    workspace = await auth.workspace(eve, "trap", "us-east")
    member = {"workspaceId": workspace, "email": ANN, "name": "Ann", "role": "MEMBER"}
    added = await asked.ask("addMember", operationId="invite-ann", accountId=eve.account_id, **member)
    assert added["__typename"] == "MemberAdded"
    new = {"accountId": ann.account_id, "email": "eve+2@example.com", "address": ADDRESS}
    assert (await asked.ask("requestEmailCode", **new))["__typename"] == "Invalid"
    sent = await auth.region("eu-west").ask("requestEmailCode", **new)
    proof = {"challengeId": sent["challengeId"], "code": auth.mailbox.code("eve+2@example.com")}
    assert (await asked.ask("changeEmail", **new, **proof))["__typename"] == "NotYours"
    assert (await auth.region("eu-west").ask("changeEmail", **new, **proof))["__typename"] == "EmailChanged"


async def test_a_code_for_another_purpose_signs_nobody_in(auth: Running) -> None:
    ann = await auth.sign_in(ANN)
    asked = auth.region()
    sent = await asked.ask("requestEmailCode", accountId=ann.account_id, email="new@example.com", address=ADDRESS)
    code = auth.mailbox.code("new@example.com")
    assert (await guess(auth, sent["challengeId"], code, "new@example.com"))["__typename"] == "CodeRefused"
    signing_in = await challenge(auth, "new@example.com")
    answer = await asked.ask(
        "changeEmail",
        accountId=ann.account_id,
        challengeId=signing_in,
        email="new@example.com",
        code=auth.mailbox.code("new@example.com"),
        address=ADDRESS,
    )
    assert answer["__typename"] == "CodeRefused"


async def test_an_address_changes_by_a_code_that_was_sent_to_the_new_one(auth: Running) -> None:
    ann, bob = await auth.sign_in(ANN), await auth.sign_in("bob@example.com")
    asked = auth.region()
    answers = []
    for who, email in ((ann, "new@example.com"), (bob, "new@example.com")):
        sent = await asked.ask("requestEmailCode", accountId=who.account_id, email=email, address=ADDRESS)
        answers.append(
            await asked.ask(
                "changeEmail",
                accountId=who.account_id,
                challengeId=sent["challengeId"],
                email=email,
                code=auth.mailbox.code(email),
                address=ADDRESS,
            )
        )
    assert answers[0]["account"]["email"] == "new@example.com"
    assert answers[1] == {"__typename": "EmailTaken", "email": "new@example.com"}


async def test_guesses_for_an_account_are_limited_whatever_the_address(auth: Running) -> None:
    answers = [await guess(auth, "none", "000000", address=f"203.0.113.{n}") for n in range(25)]
    assert [answer["__typename"] for answer in answers[:20]] == ["CodeRefused"] * 20
    assert {answer["__typename"] for answer in answers[20:]} == {"RateLimited"}
    assert 0 < answers[-1]["retryAfterS"] <= 3601
    assert (await guess(auth, "none", "000000", "bob@example.com"))["__typename"] == "CodeRefused"


async def test_guesses_from_an_address_are_limited_whatever_the_account(auth: Running) -> None:
    async def from_network(n: int) -> str:
        answer = await guess(auth, "none", "000000", f"p{n}@example.com", address=f"2001:db8:1:2::{n:x}")
        return str(answer["__typename"])

    names = [await from_network(n) for n in range(101)]
    assert names == ["CodeRefused"] * 100 + ["RateLimited"]
    assert (await guess(auth, "none", "000000", address="2001:db8:1:3::1"))["__typename"] == "CodeRefused"


async def test_codes_to_an_address_are_limited(auth: Running) -> None:
    for n in range(10):
        await challenge(auth, f"ann+{n}@example.com")  # which come to the same mailbox
    asked = await auth.region().ask("requestSignInCode", email=ANN, address="198.51.100.1")
    assert asked["__typename"] == "RateLimited"


@pytest.mark.parametrize(
    "email",
    ["", "ann", "ann@", "@example.com", "ann@example", "a b@example.com", "a@b.c\nBcc: x@y.zz", f"{'a' * 250}@b.cc"],
)
async def test_what_is_no_address_gets_no_mail(auth: Running, email: str) -> None:
    answer = await auth.region().ask("requestSignInCode", email=email, address=ADDRESS)
    assert (answer["__typename"], answer["field"]) == ("Invalid", "email")
    assert auth.mailbox.mails == []


async def test_a_sign_in_elsewhere_is_sent_to_where_the_account_is_with_the_same_code(auth: Running) -> None:
    await auth.sign_in(ANN, "eu-west")
    sent = await challenge(auth, region="us-east")
    code = auth.mailbox.code(ANN)
    for _ in range(10):
        assert await guess(auth, sent, code, region="us-east") == {"__typename": "PlacedElsewhere", "region": "eu-west"}
    assert (await guess(auth, sent, code, region="eu-west"))["__typename"] == "SignedIn"


async def closed_guess(auth: Running, challenge_id: str, code: str, region: str = "eu-west") -> Any:
    """In a region that takes nobody new."""
    asked = {"challengeId": challenge_id, "email": ANN, "code": code, "address": ADDRESS}
    return await auth.region(region).ask("signIn", **asked, takesNew=False)


async def test_where_nobody_new_is_taken_the_same_code_is_good_elsewhere(auth: Running) -> None:
    sent = await challenge(auth)
    code = auth.mailbox.code(ANN)
    for _ in range(10):
        assert await closed_guess(auth, sent, code) == {"__typename": "NobodyNew", "region": "eu-west"}
    assert await auth.database.fetch("SELECT id FROM auth.account") == []
    assert (await closed_guess(auth, sent, wrong(code)))["__typename"] == "CodeRefused"
    assert (await guess(auth, sent, code, region="us-east"))["account"]["region"] == "us-east"
    # Pinned there, and so told where, wherever they come.
    sent = await challenge(auth)
    assert (await closed_guess(auth, sent, auth.mailbox.code(ANN)))["region"] == "us-east"


async def test_where_nobody_new_is_taken_who_lives_there_signs_in(auth: Running) -> None:
    await auth.sign_in(ANN, "eu-west")
    again = await closed_guess(auth, await challenge(auth), auth.mailbox.code(ANN))
    assert (again["__typename"], again["created"], again["account"]["region"]) == ("SignedIn", False, "eu-west")


async def test_where_nobody_new_is_taken_who_was_invited_to_a_workspace_signs_in(auth: Running) -> None:
    owner = await auth.sign_in("owner@example.com", "eu-west")
    workspace = await auth.workspace(owner, "acme")
    member = {"workspaceId": workspace, "email": ANN, "name": "Ann", "role": "MEMBER"}
    await auth.region().ask("addMember", operationId="operation-1", accountId=owner.account_id, **member)
    answer = await closed_guess(auth, await challenge(auth), auth.mailbox.code(ANN))
    assert (answer["__typename"], answer["created"]) == ("SignedIn", True)


async def test_where_an_account_is_is_told_to_nobody_without_its_code(auth: Running) -> None:
    await auth.sign_in(ANN, "eu-west")
    sent = await challenge(auth, region="us-east")
    answer = await guess(auth, sent, wrong(auth.mailbox.code(ANN)), region="us-east")
    assert answer["__typename"] == "CodeRefused"


async def test_an_account_of_a_region_that_is_gone_is_pinned_anew(auth: Running) -> None:
    await auth.sign_in(ANN)
    await auth.database.execute("UPDATE auth.account SET region = 'closed-long-ago'")
    answer = await guess(auth, await challenge(auth, region="us-east"), auth.mailbox.code(ANN), region="us-east")
    assert answer["account"]["region"] == "us-east"


async def test_mail_that_could_not_be_sent_goes_out_with_the_next(auth: Running) -> None:
    auth.mailbox.broken = ConnectionRefusedError("ann@example.com is not known")
    sent = await challenge(auth)
    assert auth.mailbox.mails == []
    auth.mailbox.broken = None
    await challenge(auth, "bob@example.com")
    assert [mail.recipient for mail in auth.mailbox.mails] == ["bob@example.com"], "not before it is due again"
    await auth.database.execute("UPDATE auth.mail_outbox SET not_before = now()")
    await challenge(auth, "cy@example.com")
    assert [mail.recipient for mail in auth.mailbox.mails] == ["bob@example.com", "cy@example.com", ANN]
    assert (await guess(auth, sent, auth.mailbox.code(ANN)))["__typename"] == "SignedIn"
    assert await auth.database.fetch("SELECT FROM auth.mail_outbox") == []


async def test_mail_whose_code_is_no_good_any_more_is_not_sent(auth: Running) -> None:
    auth.mailbox.broken = TimeoutError()
    await challenge(auth)
    auth.mailbox.broken = None
    await auth.database.execute("UPDATE auth.mail_outbox SET not_before = now(), expires_at = now() - interval '1 s'")
    await challenge(auth, "bob@example.com")
    assert [mail.recipient for mail in auth.mailbox.mails] == ["bob@example.com"]


async def test_nothing_secret_or_personal_is_logged(auth: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "auth")
    caplog.set_level(logging.DEBUG, "kit")
    auth.mailbox.broken = ConnectionRefusedError(f"550 <{ANN}> refused")
    await challenge(auth)
    auth.mailbox.broken = None
    ann = await auth.sign_in(ANN)
    await auth.route("cookie", ann.token)
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "mail not sent" in said
    for secret in (ANN, ann.token, auth.mailbox.code(ANN), "203.0.113", auth.google.token("x")[:20]):
        assert secret not in said


async def test_no_token_rests_in_the_database(auth: Running) -> None:
    ann = await auth.sign_in(ANN)
    tables = await auth.database.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'auth'")
    for (table,) in tables:
        rows = await auth.database.fetch(f"SELECT to_jsonb(t)::text AS row FROM auth.{table} AS t")
        assert not any(ann.token in row["row"] or ADDRESS in row["row"] for row in rows), table


async def test_an_account_has_fifty_sessions_the_oldest_ends(auth: Running) -> None:
    ann = await auth.sign_in(ANN)
    await auth.database.execute(
        """
        INSERT INTO auth.credential (id, kind, hash, account_id, expires_at)
        SELECT 'cred_' || lpad(n::text, 26, '0'), 'cookie', sha256(n::text::bytea), $1, now() + interval '1 day'
        FROM generate_series(1, 49) AS n
        """,
        ann.account_id,
    )
    await auth.database.execute(
        "UPDATE auth.credential SET created_at = now() - interval '1 hour' WHERE id = $1", ann.credential_id
    )
    latest = await auth.sign_in(ANN)
    assert (await auth.route("cookie", ann.token)).status_code == 401
    assert (await auth.route("cookie", latest.token)).status_code == 200


async def test_two_processes_share_codes_and_limits(auth: Running) -> None:
    async with running(auth.database) as other:
        sent = await challenge(auth)
        code = auth.mailbox.code(ANN)
        for n in range(4):
            await guess((auth, other)[n % 2], sent, wrong(code))
        answer = await other.region().ask("signIn", challengeId=sent, email=ANN, code=code, address=ADDRESS)
    assert answer["__typename"] == "SignedIn"
