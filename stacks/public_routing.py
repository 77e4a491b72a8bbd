"""Which of the fleet's public requests a path belongs to, and whether its key can be one: what `worker/src/public.js`
decides, said again as a pure function.

It serves reviews of a list before it is deployed. The real answer is the Worker's own; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from regions.public_requests import ANY, KEY, REST
from stacks.public_list import PublicList, PublicRequest
from stacks.routing import Reason, Refusal, Routed, Sample, at, route
from stacks.table import Table

_MOST_OF_A_KEY = 512
_KEY = re.compile(r"[A-Za-z0-9_.~-]+")
_MINTED = re.compile(r"[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_.~-]{22,}")


class KeyRefusal(StrEnum):
    """The codes of the Worker's own answers to a public request (docs/request-path.md)."""

    AMBIGUOUS_PATH = "ambiguous_path"
    MALFORMED_KEY = "malformed_key"
    HEADER_TOO_LARGE = "header_too_large"
    DUPLICATE_HEADER = "duplicate_header"
    UNKNOWN_KEY = "unknown_key"  # the auth service's: nobody's claim, or no such workspace


@dataclass(frozen=True)
class Found:
    """A public request, and its key. There is none with `deliver: all`."""

    request: PublicRequest
    key: str | None


@dataclass(frozen=True, kw_only=True)
class PublicSample:
    """A request as it is sent: path, query, and the header that the key stands in where that is none of them."""

    path: str
    query: str
    header: str | None


def made_up(name: str) -> str:
    """A key that the product may have minted, for a workspace of a sample's own, and that may be claimed as well."""
    return f"sample-{name}.{'0' * 22}"


def public_sample(sample: Sample) -> PublicSample:
    """The request of a sample that has a path. Without a key its `{key}` is left as it is."""
    assert sample.path is not None, "a sample without a path"
    key = sample.key or KEY
    path, _, query = sample.path.replace(KEY, key).partition("?")
    return PublicSample(path=path, query=query, header=key if KEY not in sample.path else None)


def find_sample(listed: PublicList, sample: Sample) -> Found | KeyRefusal | None:
    """What `find` says of a sample that has a path."""
    sent = public_sample(sample)
    return find(listed, sent.path, sent.query, sent.header)


def destination(table: Table, listed: PublicList, sample: Sample) -> Routed | Refusal | KeyRefusal:
    """Where a request goes: by its key where its path is of the list, otherwise by its credential or its signs."""
    if sample.path is None:
        return route(table, sample)
    found = find_sample(listed, sample)
    if found is None:
        return route(table, sample)
    if isinstance(found, KeyRefusal):
        return found
    if found.request.deliver:
        return Routed(locality="every region", regions=tuple(sorted(table.regions)), reason=Reason.DELIVERED)
    if sample.home is None:
        return KeyRefusal.UNKNOWN_KEY
    return at(table, sample.home, Reason.KEY) if sample.home in table.regions else Refusal.REGION_CLOSED


def find(listed: PublicList, path: str, query: str = "", header: str | None = None) -> Found | KeyRefusal | None:
    """None where the path is not of the list. `path` is a URL's, as the URL standard writes it: without dot segments;
    `header` is the value of the header that the key stands in, if it does.
    """
    match = _match(listed, path, re.NOFLAG)
    if any(_match(listed, reading, re.IGNORECASE) != match for reading in (_readings(path) if listed.requests else ())):
        return KeyRefusal.AMBIGUOUS_PATH
    if match is None:
        return None
    request, key = match
    if request.deliver:
        return Found(request, None)
    values = [key] if key is not None else [header] if request.header else _values(query, request.query)
    return _checked(request, [value for value in values if value is not None])


def _checked(request: PublicRequest, values: list[str]) -> Found | KeyRefusal:
    if len(values) > 1 or (request.header and values and "," in values[0]):
        return KeyRefusal.DUPLICATE_HEADER
    key = values[0] if values else ""
    if len(key) > _MOST_OF_A_KEY:
        return KeyRefusal.HEADER_TOO_LARGE
    if not _KEY.fullmatch(key) or (request.minted and not _MINTED.fullmatch(key)):
        return KeyRefusal.MALFORMED_KEY
    return Found(request, key)


def _values(query: str, name: str | None) -> list[str]:
    return [value for key, value in parse_qsl(query, keep_blank_values=True, max_num_fields=1000) if key == name]


def _match(listed: PublicList, path: str, flags: re.RegexFlag) -> tuple[PublicRequest, str | None] | None:
    for request in listed.requests:
        found = re.fullmatch(_pattern(request.path), path, flags | re.ASCII)
        if found:
            return request, found.groupdict().get("key")
    return None


def _pattern(path: str) -> str:
    variables = {ANY: "[^/]+", KEY: "(?P<key>[^/]+)"}
    body, rest = (path.removesuffix(f"/{REST}"), "(?:/.*)?") if path.endswith(f"/{REST}") else (path, "")
    return "/".join(variables.get(segment, re.escape(segment)) for segment in body.split("/")) + rest


def _readings(path: str) -> set[str]:
    """As servers read a path that decode it first: some drop parameters or resolve dot segments, most join slashes."""
    decoded = re.sub("%([0-7][0-9A-Fa-f])", lambda code: chr(int(code[1], 16)), path)
    texts = [decoded, re.sub(r";[^/\\]*", "", decoded)]
    resolved = [_resolved(re.sub("[?#]", "_", text)) for text in texts]
    return {re.sub("/+", "/", text).removesuffix("/") for text in (*texts, *resolved)}


# The URL standard's path of an http URL: https://url.spec.whatwg.org/#path-state, without tabs and line ends and
# without the blanks at the end of a URL: https://url.spec.whatwg.org/#concept-basic-url-parser
_UP = re.compile(r"(\.|%2e){2}", re.IGNORECASE)
_HERE = re.compile(r"\.|%2e", re.IGNORECASE)
_ENCODED = re.compile(r"[\x00-\x20\"<>`{}\x7f-\U0010ffff]")


def _resolved(text: str) -> str:
    segments = re.split(r"[/\\]", re.sub(r"[\t\n\r]", "", text.rstrip("".join(map(chr, range(0x21))))))[1:]
    return "/" + "/".join(map(_encoded, _without_dots(segments)))


def _without_dots(segments: list[str]) -> Iterator[str]:
    kept: list[str] = []
    for index, segment in enumerate(segments):
        is_last = index == len(segments) - 1
        if _UP.fullmatch(segment):
            del kept[-1:]
        elif not _HERE.fullmatch(segment):
            kept.append(segment)
            continue
        if is_last:
            kept.append("")
    yield from kept


def _encoded(segment: str) -> str:
    return _ENCODED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), segment)
