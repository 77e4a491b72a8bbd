"""DNS records: https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.values import UNKNOWN, value_at
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.cloudflare import api
from regionctl.sandbox.cloudflare.api import PREFIX, hex_id, now, others, refusal
from regionctl.sandbox.emulation import Call, Emulation, constant

RECORD: Final = f"{PREFIX}dnsRecord:DnsRecord"
_CUSTOM_DOMAIN: Final = f"{PREFIX}workersCustomDomain:WorkersCustomDomain"

ADDRESSES: Final = frozenset({"A", "AAAA", "CNAME"})  # which may be proxied, and exclude each other by CNAME
_BY_DATA: Final = frozenset(
    {"CAA", "CERT", "DNSKEY", "DS", "HTTPS", "LOC", "NAPTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "URI"}
)
_SWITCHES: Final = ("ipv4Only", "ipv6Only", "flattenCname")
_SAME_NAME: Final = (
    " For more details, refer to"
    " <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>."
)
AUTOMATIC_TTL: Final = 1
# https://developers.cloudflare.com/dns/manage-dns-records/reference/ttl/: 30 on Enterprise zones, else 60
_SHORTEST_TTL_S: Final = 30
_LONGEST_TTL_S: Final = 86_400


def _check(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """What the API refuses with 9004 to 9041, before anything is applied."""
    kind, content, data = inputs.get("type"), inputs.get("content"), inputs.get("data")
    if not isinstance(kind, str):
        return
    if content is not None and data is not None:
        yield CheckFailure("content", 'conflicts with "data": give only one of them')
    elif content is None and data is None:
        needed = "data" if kind in _BY_DATA else "content"
        yield CheckFailure(needed, f"missing required property: a record of type {kind} needs it")
    if isinstance(content, str):
        yield from _check_content(kind, content, inputs.get("name"))
    if kind == "MX" and inputs.get("priority") is None:
        yield CheckFailure("priority", "missing required property: a record of type MX needs it")
    yield from _check_proxy(kind, inputs.get("proxied"), inputs.get("ttl"))


def _check_content(kind: str, content: str, name: Value) -> Iterator[CheckFailure]:
    if kind == "A" and not _is_address(content, 4):
        yield CheckFailure("content", "Content for A record must be a valid IPv4 address. (9005)")
    elif kind == "AAAA" and not _is_address(content, 6):
        yield CheckFailure("content", "Content for AAAA record must be a valid IPv6 address. (9006)")
    elif kind in {"CNAME", "MX", "NS"} and not api.HOSTNAME.matches(content):
        yield CheckFailure("content", f"Content for {kind} record must be {api.HOSTNAME.text}.")
    elif kind == "CNAME" and content == name:
        yield CheckFailure("content", "CNAME content cannot reference itself. (9039)")


def _check_proxy(kind: str, proxied: Value, ttl: Value) -> Iterator[CheckFailure]:
    if proxied is True and kind not in ADDRESSES:
        yield CheckFailure("proxied", "This record type cannot be proxied. (9004)")
    if ttl is UNKNOWN or not isinstance(ttl, int | float):
        return
    if proxied is True and ttl != AUTOMATIC_TTL:
        # The API sets it to 1 without a word, and the program then differs from it for ever.
        yield CheckFailure("ttl", "ttl must be set to 1 when `proxied` is true")
    elif ttl != AUTOMATIC_TTL and not _SHORTEST_TTL_S <= ttl <= _LONGEST_TTL_S:
        yield CheckFailure(
            "ttl", f"expected 1 for automatic or {_SHORTEST_TTL_S} to {_LONGEST_TTL_S} seconds, got {ttl}"
        )


def _refuse_conflict(call: Call) -> None:
    kind, name = call.inputs["type"], _name(call.inputs)
    same = [row.inputs for row in others(call, RECORD) if _name(row.inputs) == name]
    if any(_value(other) == _value(call.inputs) for other in same):
        raise refusal(81058, "An identical record already exists.")
    present = {other["type"] for other in same}
    if any(row.inputs["hostname"].lower() == name for row in call.tx.of_type(_CUSTOM_DOMAIN)):
        present.add("AAAA")  # the record that a custom domain makes
    if kind == "CNAME" and present & (ADDRESSES | {"NS"}):
        raise refusal(81053, f"An A, AAAA, or CNAME record with that host already exists.{_SAME_NAME}")
    if kind in ADDRESSES | {"NS"} and "CNAME" in present:
        raise refusal(81054, f"A CNAME record with that host already exists.{_SAME_NAME}")


def _name(inputs: Mapping[str, Value]) -> str:
    return str(inputs["name"]).lower()


def _value(inputs: Mapping[str, Value]) -> tuple[Value, ...]:
    return inputs["type"], inputs.get("content"), repr(inputs.get("data")), inputs.get("priority")


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def _content(call: Call) -> str:
    """A structured record's data in one line, in the order in which they are given."""
    return " ".join(str(value) for key, value in (call.inputs.get("data") or {}).items() if not key.startswith("__"))


def _means_the_same(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """What the provider plans no change for: `ModifyPlan` in internal/services/dns_record/resource.go.

    A name within its zone, a target in other letters, switches that are off, and no tags.
    """
    before, after = str(old.get("name", "")).removesuffix("."), str(new.get("name", "")).removesuffix(".")
    if (after == "@" and "." in before) or before.startswith(f"{after}."):
        yield "name"
    contents = [str(inputs.get("content", "")).lower() for inputs in (old, new)]
    if new.get("type") == "CNAME" and contents[0] == contents[1]:
        yield "content"
    if not any(value_at(inputs, ("settings", name)) for inputs in (old, new) for name in _SWITCHES):
        yield "settings"
    if not old.get("tags") and not new.get("tags"):
        yield "tags"


EMULATIONS: Final = (
    Emulation(
        token=RECORD,
        id=hex_id,
        path="{project}/{id}",
        formats={"name": api.RECORD_NAME},
        checks=(_check,),
        ignored=(_means_the_same,),
        on_create=(_refuse_conflict,),
        on_update=(_refuse_conflict,),
        outputs={
            "content": _content,
            "createdOn": now,
            "modifiedOn": now,
            "meta": constant("{}"),
            "proxiable": lambda call: call.inputs["type"] in ADDRESSES,
            "settings": constant({}),
            "tags": constant([]),
            "commentModifiedOn": lambda call: now(call) if call.inputs.get("comment") else "",
            "tagsModifiedOn": lambda call: now(call) if call.inputs.get("tags") else "",
        },
        mutable=frozenset({"modifiedOn", "commentModifiedOn", "tagsModifiedOn"}),
    ),
)
