"""Says when two different values of a property mean the same, by the names that tables use (`facts.Facts.same`).

They are the provider's functions that suppress a difference (`DiffSuppressFunc`, `StateFunc`, the hash of a set's
element): `tpgresource/common_diff_suppress.go`, `tpgresource/self_link_helpers.go` and the resources' own files of
terraform-provider-google-beta. `old` is what the state has, `new` what the program gives; None is nothing.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from regionctl.model.wire import Value

Same = Callable[[Value, Value], bool]

_UNITS_S: Final = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "μs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_PROJECT: Final = re.compile(r"projects/[^/]+")
_NUMBERED: Final = re.compile(r"projects/\d+")
_CASED: Final = ("allAuthenticatedUsers", "allUsers")
_CASED_KINDS: Final = ("principalSet:", "principal:", "principalHierarchy:")


def same_as(name: str) -> Same:
    """The comparison of a name, `unless:X` (X means nothing) and `keeps:X` (the key X may be left out) among them."""
    kind, _, argument = name.partition(":")
    if kind == "unless":
        return lambda old, new: {old or "", new or ""} <= {"", argument}
    if kind == "keeps" and argument:
        return lambda old, new: _without(old, new, argument)
    return SAME[name]


def relative(link: str) -> str | None:
    """What follows a link's host, from its project on; None where it names none."""
    start = link.find("projects/")
    return link[start:] if start >= 0 else None


def last(link: str) -> str:
    return link.rsplit("/", 1)[-1]


def _texts(compare: Callable[[str, str], bool]) -> Same:
    """A comparison of two texts, in which nothing is the empty one."""

    def same(old: Value, new: Value) -> bool:
        old, new = "" if old is None else old, "" if new is None else new
        return isinstance(old, str) and isinstance(new, str) and compare(old, new)

    return same


def _links(old: str, new: str) -> bool:
    one, other = relative(old), relative(new)
    return one is not None and one == other


def _link_or_name(old: str, new: str) -> bool:
    if "/" in old and "/" in new:
        return _links(old, new) or ((relative(old) is None) != (relative(new) is None) and _ends(old, new))
    return last(old) == last(new)


def _ends(old: str, new: str) -> bool:
    """`regions/r/subnetworks/s` and a link that ends so."""
    return old.endswith(f"/{new}") or new.endswith(f"/{old}")


def _any_project(old: str, new: str) -> bool:
    one, other = relative(old), relative(new)
    if one is None or other is None:
        return False
    return one == other or _PROJECT.sub("projects/", one) == _NUMBERED.sub("projects/", other)


def _project_number(old: str, new: str) -> bool:
    return _NUMBERED.sub("projects/", old) == _PROJECT.sub("projects/", new) or old == new


def _canonical(link: str) -> str:
    path = re.sub(r"(?i)^https?://[a-z0-9.-]*/compute/(v1|beta)/", "/", link)
    return re.sub(r"/+", "/", f"/{path}").removesuffix("/").lower()


def _member(old: str, new: str) -> bool:
    """`IamPrincipalIsCaseSensitive` in tpgresource/iam.go."""
    cased = any(word in text for word in _CASED for text in (old, new))
    if cased or old.startswith(_CASED_KINDS) or new.startswith(_CASED_KINDS):
        return old == new
    return old.lower() == new.lower()


def _durations(old: str, new: str) -> bool:
    one, other = _seconds(old), _seconds(new)
    return one is not None and one == other


def _seconds(text: str) -> Decimal | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    try:
        return sum((Decimal(number) * _UNITS_S[unit] for number, unit in parts), Decimal(0))
    except InvalidOperation:
        return None


def _times(old: str, new: str) -> bool:
    try:
        return datetime.fromisoformat(old) == datetime.fromisoformat(new)
    except (ValueError, TypeError):
        return False


def _json(text: str) -> Value:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _same_json(old: str, new: str) -> bool:
    one, other = _json(old), _json(new)
    return one is not None and one == other


def _same_dashboard(old: str, new: str) -> bool:
    """What the API adds is no difference: `removeComputedKeys` in resource_monitoring_dashboard.go."""
    one, other = _json(old), _json(new)
    return other is not None and _as_far_as(one, other) == other


def _as_far_as(old: Value, new: Value) -> Value:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {key: _as_far_as(value, new[key]) for key, value in old.items() if new.get(key) is not None}
    if isinstance(old, list) and isinstance(new, list):
        return [_as_far_as(value, new[i]) if i < len(new) else value for i, value in enumerate(old)]
    return old


def _policies(old: str, new: str) -> bool:
    """Two IAM policies, their bindings and members in any order."""
    one, other = _json(old), _json(new)
    return isinstance(one, dict) and isinstance(other, dict) and _bindings(one) == _bindings(other)


def _bindings(policy: Mapping[str, Value]) -> Value:
    found = []
    for binding in policy.get("bindings") or []:
        condition = json.dumps(binding.get("condition"), sort_keys=True)
        found += [(binding.get("role"), condition, str(member).lower()) for member in binding.get("members") or []]
    audits = sorted(json.dumps(audit, sort_keys=True) for audit in policy.get("auditConfigs") or [])
    return sorted(set(found), key=str), audits


def _record(text: str) -> str:
    bare = text.strip('"').lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return bare


def _unordered(old: Value, new: Value, key: Callable[[Value], str]) -> bool:
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    return sorted(map(key, old)) == sorted(map(key, new))


def _plain(value: Value) -> Value:
    """Without what means nothing, so that given and filled in objects compare."""
    if isinstance(value, Mapping):
        inner = {name: _plain(item) for name, item in value.items() if not name.startswith("__")}
        return {name: item for name, item in inner.items() if item not in (None, "", False, 0, [], {})}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _address(text: str) -> tuple[Value, str] | None:
    address, _, length = text.partition("/")
    try:
        return ipaddress.ip_address(address), length
    except ValueError:
        return None


def _addresses(old: str, new: str) -> bool:
    one, other = _address(old), _address(new)
    return one is not None and one == other


def _internal(old: str, new: str) -> bool:
    """The address that the cloud chose stands for the reference: `InternalIpDiffSuppress`."""
    one, other = _address(old), _address(new)
    if one is None:
        return False
    if other is None:
        return True
    return one[0] == other[0] and (one[1] == other[1] or not one[1] or not other[1])


def _is_ip(text: str) -> bool:
    return _address(text) is not None


def _without(old: Value, new: Value, key: str) -> bool:
    """Whether a map is the same but for a key that the cloud set."""
    before, after = dict(old or {}), dict(new or {})
    if key not in after:
        before.pop(key, None)
    return before == after


def _laid_over(old: Value, new: Value) -> Value:
    """What the state has with what is given over it: what is no longer given is still there."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        given = {key: item for key, item in new.items() if item is not None and not key.startswith("__")}
        kept = {key: item for key, item in old.items() if not isinstance(item, list) or _are_blocks(item)}
        return {**kept, **{key: _laid_over(old.get(key), item) for key, item in given.items()}}
    if isinstance(old, list) and isinstance(new, list) and _are_blocks(new):
        laid = [_laid_over(old[i] if i < len(old) else None, item) for i, item in enumerate(new)]
        return [*laid, *old[len(new) :]]
    return old if new is None or (new == [] and _are_blocks(old)) else new


def _are_blocks(value: Value) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _rules(old: Value, new: Value) -> bool:
    """`resourceOrgPolicyPolicySpecRulesDiffSuppress`: rules in any order. It asks for what is planned before the plan
    is there, and so takes for unchanged what is only left out."""
    wanted = _laid_over(old, new)
    return isinstance(old, list) and _unordered(old, wanted, lambda item: json.dumps(item, sort_keys=True, default=str))


_ENDPOINTS: Final = re.compile(r"(global|regions/[^/]+)/networkEndpointGroups")
# What counts of a backend besides its group: `resourceGoogleComputeBackendServiceBackendHash`.
_OF_A_BACKEND: Final = (
    *("balancingMode", "capacityScaler", "description", "failover", "maxConnections", "maxConnectionsPerEndpoint"),
    *("maxConnectionsPerInstance", "maxRate", "maxRatePerEndpoint", "maxRatePerInstance", "maxUtilization"),
)


def _backends(old: Value, new: Value) -> bool:
    """Whether two backends are the same element of their set."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    groups = [str(item.get("group") or "") for item in (old, new)]
    if (relative(groups[0]) or groups[0]) != (relative(groups[1]) or groups[1]):
        return False
    endpoints = _ENDPOINTS.search(groups[0])
    counting = (name for name in _OF_A_BACKEND if not (endpoints and name == "maxUtilization"))
    return all((old.get(name) or 0) == (new.get(name) or 0) for name in counting)


def _nothing_in_it(old: Value, new: Value) -> bool:
    given = old if new is None else new if old is None else {"": True}
    return not _plain(given)


def _later_release(old: str, new: str) -> bool:
    """Only the date of a maintenance version counts: `maintenanceVersionDiffSuppress`."""
    return len(old) > 14 and len(new) > 14 and old[-14:] >= new[-14:]


def _mysql(old: str, new: str) -> bool:
    minor = old.removeprefix("MYSQL_8_0_")
    return new == "MYSQL_8_0" and minor.isdecimal() and int(minor) >= 35


def _not_enabled(old: Value, new: Value) -> bool:
    """`SuppressLayer7DdosDefenseMissing`: leaving out what was not enabled."""
    block = old.get("layer7DdosDefenseConfig") if isinstance(old, Mapping) else None
    return new is None and not (isinstance(block, Mapping) and block.get("enable"))


SAME: Final[Mapping[str, Same]] = {
    "always": lambda old, new: True,
    "any-source": lambda old, new: old == ["0.0.0.0/0"] and not new,
    "auto": _texts(lambda old, new: new.lower() == "auto" and old != ""),
    "backend": _backends,
    "canonical-link": _texts(lambda old, new: _canonical(old) == _canonical(new)),
    "case": _texts(lambda old, new: old.upper() == new.upper()),
    "case-or-dash": _texts(lambda old, new: new.replace("-", "_").upper() == old.upper()),
    "dashboard": _texts(_same_dashboard),
    "duration": _texts(_durations),
    "empty-block": _nothing_in_it,
    "folder": _texts(lambda old, new: old.removeprefix("folders/") == new.removeprefix("folders/")),
    "hour": _texts(lambda old, new: old == f"0{new}"),
    "iam-member": _texts(_member),
    "iam-user": _texts(lambda old, new: "@" in new and old == new.split("@")[0]),
    "internal-ip": _texts(_internal),
    "ip": _texts(_addresses),
    "ip-or-link": _texts(lambda old, new: old == new if _is_ip(new) else _link_or_name(old, new)),
    "json": _texts(_same_json),
    "json-policy": _texts(_policies),
    "keeps": lambda old, new: new is None or new == "",
    "key-version": _texts(lambda old, new: old.split("/cryptoKeyVersions")[0] == new),
    "label-or-tag": _texts(lambda old, new: _tagged(old) == _tagged(new)),
    "leading-slash": _texts(lambda old, new: old == f"/{new}"),
    "link": _texts(_links),
    "link-any-project": _texts(_any_project),
    "link-or-name": _texts(_link_or_name),
    "link-region": _texts(lambda old, new: old[old.find("regions/") :] == new[new.find("regions/") :]),
    "maintenance-version": _texts(_later_release),
    "mysql-8": _texts(_mysql),
    "name": _texts(lambda old, new: last(old) == last(new)),
    "name-or-path": _texts(lambda old, new: last(old) == last(new) or old.split(":")[-1] == new.split(":")[-1]),
    "pem": _texts(lambda old, new: old.rstrip("\n") == new.rstrip("\n")),
    "port-range": _texts(lambda old, new: old == f"{new}-{new}"),
    "project-number": _texts(_project_number),
    "records": lambda old, new: _unordered(old, new, lambda item: _record(str(item))),
    "rules": _rules,
    "seconds": _texts(lambda old, new: _trimmed(old) == _trimmed(new)),
    "spaces": _texts(lambda old, new: old.strip() == new.strip()),
    "stays-true": lambda old, new: old is True and not new,
    "time": _texts(_times),
    "unless-enabled": _not_enabled,
    "unordered": lambda old, new: _unordered(
        old, new, lambda item: json.dumps(_plain(item), sort_keys=True, default=str)
    ),
}


def _tagged(expression: str) -> str:
    return expression.replace("Labels", "TagId").replace("label", "tag")


def _trimmed(duration: str) -> str:
    """`comparePubsubSubscriptionExpirationPolicy`: without zeros that say nothing."""
    bare = duration.lstrip("0")
    return f"{bare.removesuffix('s').rstrip('0')}s" if "." in bare else bare
