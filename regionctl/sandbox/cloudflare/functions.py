"""Answers the provider's functions about what every account has: zones, accounts, Cloudflare's own addresses.

As everywhere in the emulated Cloudflare, an account or zone that nobody made is taken to have been there before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from regionctl.model.wire import Value
from regionctl.sandbox.cloudflare.api import PREFIX
from regionctl.sandbox.cloudflare.zones import ZONE
from regionctl.sandbox.emulation import timestamp
from regionctl.sandbox.provider import Invocation
from regionctl.sandbox.transaction import Row

Answer = Mapping[str, Value]

_MADE_ON: Final = timestamp(1_700_000_000)
# https://www.cloudflare.com/ips/, November 2026
_IPV4: Final = [
    *("173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18", "108.162.192.0/18"),
    *("190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13"),
    *("104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22"),
]
_IPV6: Final = [
    *("2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32", "2a06:98c0::/29"),
    "2c0f:f248::/32",
]


def _id(*parts: Value) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def _before(zone_id: str, name: str, account: Value) -> dict[str, Value]:
    """A zone that was there before."""
    return {
        "id": zone_id,
        "zoneId": zone_id,
        "name": name,
        "account": {"id": account, "name": "Account"},
        "status": "active",
        "type": "full",
        "nameServers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
        "createdOn": _MADE_ON,
        "modifiedOn": _MADE_ON,
        "activatedOn": _MADE_ON,
    }


def _made(row: Row) -> dict[str, Value]:
    return {**row.outputs, "id": row.id, "zoneId": row.id}


def _account_of(wanted: Mapping[str, Any]) -> str:
    return str((wanted.get("account") or {}).get("id") or _id("account"))


def _zone(asked: Invocation) -> Answer:
    wanted: Mapping[str, Any] = asked.args.get("filter") or {}
    zone_id, name = asked.args.get("zoneId"), wanted.get("name")
    for row in asked.tx.of_type(ZONE):
        if zone_id == row.id or (zone_id is None and row.outputs.get("name") == name):
            return _made(row)
    known = str(zone_id or _id("zone", name))
    return _before(known, str(name or f"{known[:8]}.example"), _account_of(wanted))


def _zones(asked: Invocation) -> Answer:
    name = asked.args.get("name")
    account = (asked.args.get("account") or {}).get("id")
    found = [
        _made(row)
        for row in asked.tx.of_type(ZONE)
        if name in {None, row.outputs.get("name")} and account in {None, row.project}
    ]
    if not found and isinstance(name, str):
        found = [_before(_id("zone", name), name, _account_of(asked.args))]
    return {"results": [_with_all(asked, "results", zone) for zone in found]}


def _with_all(asked: Invocation, name: str, values: Mapping[str, Value]) -> dict[str, Value]:
    element = asked.schema.answer[name].shape.element
    assert element is not None
    return {field: value for field, value in values.items() if field in asked.schema.fields(element)}


def _account(asked: Invocation) -> Answer:
    wanted: Mapping[str, Any] = asked.args.get("filter") or {}
    id_ = str(asked.args.get("accountId") or _id("account", *filter(None, [wanted.get("name")])))
    return _shown_account(asked, id_, str(wanted.get("name") or "Account"))


def _shown_account(asked: Invocation, id_: str, name: str) -> dict[str, Value]:
    made = next((row for row in asked.tx.of_type(f"{PREFIX}account:Account") if row.id == id_), None)
    if made is not None:
        return {**made.outputs, "id": id_, "accountId": id_}
    return {"id": id_, "accountId": id_, "name": name, "type": "standard", "createdOn": _MADE_ON, "settings": {}}


def _accounts(asked: Invocation) -> Answer:
    ids = sorted({row.project for row in _all(asked)} or {_id("account")})
    accounts = [_shown_account(asked, id_, str(asked.args.get("name") or "Account")) for id_ in ids]
    return {"results": [_with_all(asked, "results", account) for account in accounts]}


def _all(asked: Invocation) -> Iterator[Row]:
    return (row for row in asked.tx.all() if row.inputs.get("accountId") == row.project)


def _permission_groups(asked: Invocation) -> Answer:
    """Any name is one of a permission: a made-up id for what was asked for, and some that programs look for."""
    names = [str(asked.args["name"])] if asked.args.get("name") else ["DNS Write", "Workers Scripts Write", "Zone Read"]
    scopes = [str(asked.args.get("scope") or "com.cloudflare.api.account.zone")]
    return {"results": [{"id": _id("permission", name), "name": name, "scopes": scopes} for name in names]}


def _constant(**values: Value) -> Callable[[Invocation], Answer]:
    return lambda _: values


FUNCTIONS: Final[Mapping[str, Callable[[Invocation], Answer]]] = {
    f"{PREFIX}{name}:{name}": function
    for name, function in (
        ("getZone", _zone),
        ("getZones", _zones),
        ("getAccount", _account),
        ("getAccounts", _accounts),
        ("getUser", _constant(id=_id("user"), email="regionctl@example.com")),
        ("getIpRanges", _constant(etag=_id("ranges"), ipv4Cidrs=_IPV4, ipv6Cidrs=_IPV6, jdcloudCidrs=[])),
        ("getApiTokenPermissionGroupsList", _permission_groups),
        ("getAccountApiTokenPermissionGroupsList", _permission_groups),
    )
}
