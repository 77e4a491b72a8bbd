"""What a provider refuses of one value before it asks any cloud: enumerations, ranges, lengths, patterns, formats.

A table (`facts.Facts`) says which of them holds where. They are the validators of Terraform's SDK and framework
(`helper/validation`, `terraform-plugin-framework-validators`, `verify/validation.go` of the Google provider).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import did_you_mean
from regionctl.model.wire import Value
from regionctl.providers.facts import Bounds, Facts


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A regular expression for the whole value."""

    pattern: str
    text: str

    def matches(self, value: str) -> bool:
        return re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A format that a function decides."""

    accepts: Callable[[str], bool]
    text: str

    def matches(self, value: str) -> bool:
        return self.accepts(value)


_GO_DURATION: Final = r"[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|[-+]?0"
_RFC3339: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})")
# `validateIAMMember` of tpgiamresource/resource_iam_member.go.
_MEMBER: Final = re.compile(
    r"(?!deleted).*(.+:.+|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticated)"
)


def _is_json(value: str) -> bool:
    """`StringIsJSON` takes the empty text, too: `NormalizeJsonString` of helper/structure."""
    try:
        json.loads(value or "null")
    except (ValueError, RecursionError):
        return False
    return True


def _is_time(value: str) -> bool:
    if not _RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_range(value: str) -> bool:
    try:
        return "/" in value and bool(ipaddress.ip_interface(value))
    except ValueError:
        return False


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_policy(value: str) -> bool:
    """An IAM policy as JSON, whose members are such that can be granted something."""
    try:
        bindings = json.loads(value).get("bindings") or []
        members = [member for binding in bindings for member in binding.get("members") or []]
        return all(_MEMBER.match(member) for member in members)
    except (ValueError, AttributeError, TypeError, RecursionError):
        return False


# By the name that tables use.
FORMATS: Final[dict[str, Pattern | Rule]] = {
    "base64": Rule(accepts=_is_base64, text="text in base64"),
    "cidr": Rule(accepts=_is_range, text="a range in CIDR notation"),
    "duration": Pattern(pattern=_GO_DURATION, text="a duration like 3.5s, 90m or 1h30m"),
    "hour": Pattern(pattern=r"(0?\d|1\d|2[0-3]):00", text="a full hour like 05:00"),
    "iam-member": Rule(
        accepts=lambda value: _MEMBER.match(value) is not None,
        text="an IAM member like `user:name@example.com` that is not deleted",
    ),
    "iam-policy": Rule(accepts=_is_policy, text="an IAM policy as JSON"),
    "json": Rule(accepts=_is_json, text="JSON"),
    "time": Rule(accepts=_is_time, text="a time like 2026-11-27T09:30:00Z"),
}
# A map's keys: `labelKeyRegex` of resource_storage_bucket.go.
_KEYS: Final = {"label-keys": Pattern(pattern=r"[a-z0-9_-]{1,63}", text="1 to 63 of a-z, 0-9, _ and -")}


def broken(facts: Facts, fact: str, value: Value) -> Iterator[str]:
    """What of the table a scalar breaks, as `expected ...` without the value."""
    allowed = facts.enum.get(fact)
    if allowed is not None and not _is_one_of(value, allowed, caseless=fact in facts.caseless):
        yield "expected one of " + ", ".join(json.dumps(choice) for choice in allowed if choice != "")
    if isinstance(value, str):
        yield from _broken_text(facts, fact, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        bounds = facts.range.get(fact)
        if bounds and not any(_within(value, bound) for bound in bounds):
            yield "expected " + " or ".join(_bounds(bound) for bound in bounds)


def broken_keys(facts: Facts, fact: str, keys: Iterable[str]) -> Iterator[str]:
    """The keys of a map that the provider refuses."""
    expected = _KEYS.get(facts.format.get(fact, ""))
    if expected is not None:
        yield from (f'expected keys of {expected.text}, got "{key}"' for key in keys if not expected.matches(key))


def guess(given: str, known: Iterable[str]) -> str:
    """The end of a message: what was probably meant."""
    hint = did_you_mean(given, known, most=1, quote='"')
    return f"; {hint}" if hint else ""


def nearest(facts: Facts, fact: str, value: Value) -> str:
    """Which choice of an enumeration was probably meant."""
    choices = [choice for choice in facts.enum.get(fact, ()) if isinstance(choice, str)]
    return guess(value, choices) if isinstance(value, str) and choices else ""


def _broken_text(facts: Facts, fact: str, value: str) -> Iterator[str]:
    length = facts.length.get(fact)
    if length is not None and not _within(len(value), length):
        yield f"expected {_bounds(length)} characters"
    pattern = facts.pattern.get(fact)
    if pattern is not None and not _finder(pattern)(value):
        yield f"expected a value that matches {pattern}"
    expected = FORMATS.get(facts.format.get(fact, ""))
    if expected is not None and not expected.matches(value):
        yield f"expected {expected.text}"


def _is_one_of(value: Value, allowed: Iterable[Value], *, caseless: bool) -> bool:
    if caseless and isinstance(value, str):
        return value.lower() in {choice.lower() for choice in allowed if isinstance(choice, str)}
    return any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in allowed)


def _within(number: float, bounds: Bounds) -> bool:
    low, high = bounds
    return (low is None or number >= low) and (high is None or number <= high)


def _bounds(bounds: Bounds) -> str:
    low, high = bounds
    if low == high:
        return str(low)
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"


@cache
def _finder(pattern: str) -> Callable[[str], object]:
    """Go's regular expressions end a text with `$` where Python's also ends it before a line break."""
    return re.compile(re.sub(r"(?<!\\)\$(?=$|\||\))", r"\\Z", pattern)).search


class CheckFailure(RegionctlError):
    """An input that the provider refuses. `path` is the property's, in Pulumi's notation."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason, where=path or None)
        self.path = path
        self.reason = reason
