"""What all of Cloudflare's API has in common: how ids and names look, which ids it assigns, how it says no.

An id follows from the account or zone and the Pulumi name, so that the same program gets the same ids; where it is
taken, as by the resource that a new one replaces, the next one follows.

Codes and messages of refusals are those that the API answers, as its documentation, the providers' and wrangler's issue
reports show them; where none is known to us, the code is the HTTP status.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from typing import Final

from regionctl.providers.constraints import Pattern, Rule
from regionctl.sandbox.emulation import Call, timestamp
from regionctl.sandbox.errors import CloudError, Retryable
from regionctl.sandbox.faults import Verb
from regionctl.sandbox.transaction import Row

_LABEL: Final = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST: Final = rf"(?=.{{1,255}}$)({_LABEL}\.)+{_LABEL}"

# https://developers.cloudflare.com/fundamentals/account/find-account-and-zone-ids/
HEX_ID: Final = Pattern(pattern=r"[0-9a-f]{32}", text="an id of 32 hexadecimal digits")
HOSTNAME: Final = Pattern(pattern=_HOST, text="a host name without a dot at its end, like app.example.com")
# https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/
RECORD_NAME: Final = Pattern(
    pattern=rf"(\*\.)?{_HOST}|@|\*|{_LABEL}", text="a record's name, in full and without a dot at its end"
)
# https://developers.cloudflare.com/workers/platform/limits/#worker-limits and what the API says with code 10016
SCRIPT_NAME: Final = Pattern(
    pattern=r"[a-z0-9_][a-z0-9-_]{0,62}",
    text="at most 63 lower-case letters, digits, underscores and dashes, not beginning with a dash",
)
# https://developers.cloudflare.com/workers/configuration/compatibility-dates/
DATE: Final = Pattern(pattern=r"\d{4}-\d{2}-\d{2}", text="a date like 2026-04-01")
# https://developers.cloudflare.com/workers/configuration/routing/routes/#matching-behavior
ROUTE: Final = Pattern(
    pattern=r"(https?://)?\*?[^*/?#\s:]*[^*/?#\s:.](/[^*?#\s]*\*?)?",
    text="a route with `*` only before the host name or at the end of the path, and without a query",
)
# https://developers.cloudflare.com/kv/platform/limits/
KV_TITLE: Final = Rule(accepts=lambda value: 0 < len(value.encode()) <= 512, text="a title of 1 to 512 bytes")
KV_KEY: Final = Rule(
    accepts=lambda value: value not in {"", ".", ".."} and len(value.encode()) <= 512,
    text="a key of 1 to 512 bytes that is neither `.` nor `..`",
)


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


_METHODS: Final = {Verb.CREATE: "POST", Verb.READ: "GET", Verb.UPDATE: "PUT", Verb.DELETE: "DELETE"}

# What the core says for every provider, in Cloudflare's words.
_CORE: Final = {
    # https://developers.cloudflare.com/fundamentals/api/reference/limits/
    "rateLimitExceeded": (971, "Please wait and consider throttling your request speed"),
    "quotaExceeded": (403, "The quota of your plan is exceeded."),
    "backendError": (7010, "Service temporarily unavailable"),
    "notFound": (404, "Resource not found."),
}


def refusal(code: int, message: str, status: int = 400) -> CloudError:
    """An error of the API."""
    return CloudError(status, str(code), message)


def explain(verb: Verb, error: CloudError) -> str:
    """The whole message, as the provider 5.22 gives what its client library answers."""
    code, message = _CORE.get(error.reason, (error.reason, error.message))
    number = int(code) if str(code).isdigit() else error.status
    document = json.dumps({"success": False, "errors": [{"code": number, "message": message}]})
    return f"failed to make http request: {_METHODS[verb]}: {error.status} {HTTPStatus(error.status).phrase} {document}"
