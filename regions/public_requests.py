"""Requests that belong to a workspace and carry nobody's credential: webhooks, OAuth callbacks, public links, files.

`edge.public_requests` of fleet.yaml lists them; docs/request-path.md says what the Worker makes of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from regionctl.model.errors import Problem
from regions.model import Shape, Spec
from regions.source import Document, KeyPath, dotted

KEY, ANY, REST = "{key}", "*", "**"
SECTION: KeyPath = ("edge", "public_requests")


class KeyKind(StrEnum):
    """Whose a key is."""

    MINTED = "minted"  # the product's own, with the workspace's id in front
    CLAIMED = "claimed"  # a third party's id, which a workspace's region claims at the auth service


class Delivery(StrEnum):
    """Where a request goes that has no key."""

    ALL = "all"


class Forwarded(StrEnum):
    """What of a client's credentials may go on."""

    COOKIE = "cookie"
    AUTHORIZATION = "authorization"


# Read by the Worker itself, or said by it: worker/src/headers.js.
_OURS = (
    "authorization",
    "cookie",
    "x-api-key",
    "x-workspace",
    "x-region-choice",
    "x-time-zone",
    "x-request-id",
    "host",
)
_OUR_NAMESPACES = ("x-edge-", "x-forwarded-", "x-deliver-")
_OUR_PARAMETERS = ("workspace", "region_choice", "time_zone")


def _of_the_list(path: str) -> str:
    segments = path[1:].split("/")
    if segments[0] in (KEY, ANY, REST):
        raise ValueError("the first segment must be a name, or the pattern would take whole parts of the product")
    if any(segment.strip(".") == "" for segment in segments):
        raise ValueError("dot segments are resolved before a path is compared, so that this one never comes")
    if REST in segments[:-1]:
        raise ValueError(f"{REST} stands for all the rest, so it can only be the last segment")
    if segments.count(KEY) > 1:
        raise ValueError(f"{KEY} is there twice; leave it where the key stands, and write {ANY} for the other")
    return path


def _not_ours(header: str) -> str:
    name = header.lower()
    if name in _OURS or name.startswith(_OUR_NAMESPACES):
        raise ValueError("the Worker reads or sets this header itself")
    return header


def _no_parameter_of_ours(name: str) -> str:
    if name in _OUR_PARAMETERS:
        raise ValueError(f"?{name}= is what the Worker reads of requests that are not listed; name another one")
    return name


RequestKind = Annotated[
    str,
    Shape(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "2 to 40 lower-case letters, digits and single dashes, the first a letter, are",
        least=2,
        most=40,
    ),
]
PathPattern = Annotated[
    str,
    Shape(
        r"(/([A-Za-z0-9._~-]+|\*\*?|\{key\}))+",
        "a path such as /files/{key}/** (names; * for a segment, {key} for the key, ** for the rest) is",
        most=128,
    ),
    AfterValidator(_of_the_list),
]
# As far as CGI's kind of server leaves a name alone; an underscore would not reach a region: worker/src/headers.js.
Header = Annotated[
    str,
    Shape(r"[A-Za-z][A-Za-z0-9-]*", "the name of a header, such as X-Shop-Id, is", most=64),
    AfterValidator(_not_ours),
]
Parameter = Annotated[
    str,
    Shape(r"[A-Za-z][A-Za-z0-9_.-]*", "the name of a query parameter, such as state, is", most=64),
    AfterValidator(_no_parameter_of_ours),
]


class PublicRequestSpec(Spec):
    """A path whose requests a key in them routes, or, with `deliver: all`, that every region gets."""

    path: PathPattern = Field(
        description="`*` is any segment, `{key}` the one that is the key, `**` at the end all the rest, if any."
    )
    kind: RequestKind | None = Field(
        default=None, description="What the key is called on the wire; the entry's name where it is left out."
    )
    query: Parameter | None = Field(default=None, description="The query parameter that is the key.")
    header: Header | None = Field(default=None, description="The header that is the key.")
    deliver: Delivery | None = Field(
        default=None, description="all: for senders that know one address only. Every region gets the body, unordered."
    )
    key: KeyKind | None = Field(
        default=None,
        validate_default=True,
        description="minted: `<workspace id>.<random>`, made by the product. claimed: a third party's id.",
    )
    forward: tuple[Forwarded, ...] = Field(
        default=(), description="Credentials that go on to the region all the same. They route nothing here."
    )
    personal_data: bool | None = Field(
        default=None,
        strict=True,
        validate_default=True,
        description="With `deliver: all`, false: what is sent passes the auth service and reaches every region.",
    )
    headers: tuple[Header, ...] = Field(
        default=(), max_length=20, description="With `deliver: all`, the headers that are delivered with the body."
    )

    @field_validator("query", "header")
    @classmethod
    def _the_key_stands_in_one_place(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if KEY in info.data.get("path", ""):
            raise ValueError(f"the key stands in the path already; take {KEY} out of it, or leave this out")
        if info.field_name == "header" and info.data.get("query"):
            raise ValueError("the key stands in the query already; leave one of them")
        return value

    @field_validator("deliver")
    @classmethod
    def _nobodys_key(cls, deliver: Delivery | None, info: ValidationInfo) -> Delivery | None:
        if deliver and (KEY in info.data.get("path", "") or info.data.get("query") or info.data.get("header")):
            raise ValueError("a request with a key goes to its workspace's region; leave one of them")
        return deliver

    @field_validator("key")
    @classmethod
    def _whose_it_is(cls, key: KeyKind | None, info: ValidationInfo) -> KeyKind | None:
        if "deliver" not in info.data or "path" not in info.data:
            return key
        if info.data["deliver"]:
            if key:
                raise ValueError("with `deliver: all` there is no key")
            return key
        if not (KEY in info.data["path"] or info.data.get("query", "?") or info.data.get("header", "?")):
            raise ValueError(f"the key stands nowhere: put {KEY} into the path, or name its `query` or `header`")
        if key is None:
            raise ValueError("missing: minted (the product's own) or claimed (a third party's id)")
        return key

    @field_validator("forward")
    @classmethod
    def _forwarded_once(cls, forward: tuple[Forwarded, ...], info: ValidationInfo) -> tuple[Forwarded, ...]:
        if len(set(forward)) < len(forward):
            raise ValueError("one of them is there twice")
        if forward and info.data.get("deliver"):
            raise ValueError("with `deliver: all` nobody's credentials go on")
        return forward

    @field_validator("personal_data")
    @classmethod
    def _none_for_every_region(cls, personal_data: bool | None, info: ValidationInfo) -> bool | None:
        if "deliver" not in info.data:
            return personal_data
        if info.data["deliver"] and personal_data is not False:
            raise ValueError(
                "`deliver: all` leaves the workspace's jurisdiction: say `personal_data: false`, or give it a key"
            )
        if not info.data["deliver"] and personal_data is not None:
            raise ValueError("said with `deliver: all` alone")
        return personal_data

    @field_validator("headers")
    @classmethod
    def _delivered_once(cls, headers: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if headers and "deliver" in info.data and not info.data["deliver"]:
            raise ValueError("said with `deliver: all` alone; a request with a key keeps its headers")
        if len({name.lower() for name in headers}) < len(headers):
            raise ValueError("one of them is there twice")
        return headers

    @property
    def segments(self) -> tuple[str, ...]:
        """Of the path, in small letters: servers may take capital ones for them."""
        return tuple(self.path.lower()[1:].split("/"))

    def covers(self, other: Self) -> bool:
        """Whether every path of the other is one of this too."""
        return _covers(self.segments, other.segments)


def overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether there is a path of both patterns."""
    if REST in (one[:1] + other[:1]):
        return True
    if not one or not other:
        return not one and not other
    alike = one[0] == other[0] or {one[0], other[0]} & {ANY, KEY}
    return bool(alike) and overlap(one[1:], other[1:])


def _covers(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if one[:1] == (REST,):
        return True
    if not one or not other or other[0] == REST:
        return not one and not other
    return (one[0] in (ANY, KEY) or one[0] == other[0]) and _covers(one[1:], other[1:])


def conflicts(requests: Mapping[str, PublicRequestSpec], document: Document) -> Iterator[Problem]:
    """What is wrong between two entries, at the second one: paths that both take, and a kind that is two things."""
    for (first, one), (second, other) in combinations(requests.items(), 2):
        at = document.position((*SECTION, first, "path"))
        path = (*SECTION, second, "path")
        if overlap(one.segments, other.segments):
            how = "is shadowed by" if one.covers(other) else "shadows" if other.covers(one) else "overlaps"
            what = f"{dotted(path)}: {other.path} {how} {one.path} of {first} ({at})"
            yield Problem(document.position(path), what, "change one of them, so that no path belongs to both")
        if (one.kind or first) == (other.kind or second) and one.key is not other.key:
            where = (*SECTION, second, "key" if other.key else "deliver")
            what = f"{dotted(where)}: requests of kind {one.kind or first} are another thing in {first} ({at})"
            yield Problem(document.position(where), what, "give one of them another `kind`")
