"""Ids that Cloudflare assigns, and the resources that they name.

An id follows from the account or zone and the Pulumi name, so that the same program gets the same ids; where it is
taken, as by the resource that a new one replaces, the next one follows.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final

from regionctl.sandbox.emulation import Call
from regionctl.sandbox.errors import CloudError, Retryable
from regionctl.sandbox.times import timestamp
from regionctl.sandbox.transaction import Row

PREFIX: Final = "cloudflare:index/"
ZONES: Final = "zones"
ACCOUNTS: Final = "accounts"


def hex_id(call: Call) -> str:
    """32 hexadecimal digits, as of a zone, a record, a ruleset."""
    return _free(call, lambda digest: digest[:32])


def uuid_id(call: Call) -> str:
    """A UUID, as of a certificate."""
    return _free(call, _uuid)


def uuid(call: Call, salt: str) -> str:
    return _uuid(call.digest(salt))


def now(call: Call) -> str:
    return timestamp(call.now_s)


def named(call: Call, token: str, id_: str, missing: CloudError) -> Row:
    """The resource of the call's account with this id; of any account where the call is about a zone.

    Raises `missing`, or Retryable where the resource is not visible yet.
    """
    everywhere = call.scope["scope"] == ZONES
    rows = [row for row in call.tx.with_id(id_, token) if everywhere or row.project == call.scope["project"]]
    if not rows:
        raise missing
    row = call.tx.lookup(token, rows[0].path)
    if row is None:
        raise Retryable(missing.status, missing.reason, missing.message)
    return row


def others(call: Call, token: str) -> list[Row]:
    """The resources of a type in the call's account or zone, without the one that the call is about."""
    return [row for row in call.tx.of_type(token, call.scope["project"]) if row.key != call.key]


def _free(call: Call, form: Callable[[str], str]) -> str:
    token = call.kind.emulation.token
    for i in count():
        id_ = form(call.digest(f"id {i}"))
        if not call.tx.with_id(id_, token) and not call.tx.buried(token, id_, call.now_s):
            return id_
    raise AssertionError("count() does not end")


def _uuid(digest: str) -> str:
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
