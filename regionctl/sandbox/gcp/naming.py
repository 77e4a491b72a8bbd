"""Names, numbers and addresses that Google Cloud makes, and the forms in which a resource may be named."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Final

from regionctl.sandbox.emulation import Call
from regionctl.sandbox.errors import CloudError

COMPUTE: Final = "https://www.googleapis.com/compute/v1/"

_PROJECT: Final = re.compile(r"(?:^|/)projects/([^/]+)(?:/|$)")
_PLACE: Final = re.compile(r"/(?:locations|regions|zones)/([^/]+)/")
_IN_PROJECT: Final = re.compile(r"(projects/)([^/]+)(.*)")


def project_number(project: str) -> str:
    """The twelve digits of a project: always the same ones for an id. A number is its own."""
    if project.isdecimal():
        return project
    low = 10**11
    return str(low + int(hashlib.sha256(f"project|{project}".encode()).hexdigest(), 16) % (9 * low))


def project_in(path: str) -> str | None:
    """The project that a path or link names."""
    found = _PROJECT.search(path)
    return found.group(1) if found else None


def place_in(path: str) -> str | None:
    """The location, region or zone that a path or link names."""
    found = _PLACE.search(path)
    return found.group(1) if found else None


def spellings(path: str, projects: Iterable[str]) -> Iterator[str]:
    """A path with its project's id, which one of `projects` may be, and then with its number."""
    found = _IN_PROJECT.fullmatch(path)
    if found is None:
        yield path
        return
    before, project, rest = found.groups()
    number = project_number(project)
    known = [id_ for id_ in projects if project_number(id_) == number and not id_.isdecimal()]
    ids = known if project.isdecimal() else [project]
    yield from (f"{before}{id_}{rest}" for id_ in dict.fromkeys([*ids, number]))


def by_id(path: str, projects: Iterable[str]) -> str:
    """A path with its project's id in place of the number, where one of `projects` has that number."""
    return next(spellings(path, projects))


def plural(word: str) -> str:
    """A collection's name: `policies` of `policy`, `addresses` of `address`."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "sh", "ch")) else f"{word}s"


def relative(link: str) -> str:
    """`https://www.googleapis.com/compute/v1/projects/p/...` or `//host/projects/p/...` as `projects/p/...`."""
    start = link.find("projects/")
    return link[start:] if start > 0 and "//" in link[:start] else link


def same_resource(old: object, new: object) -> bool:
    """Whether two values name one resource: full link, path and bare name compare by what they share.

    As `compareSelfLinkOrResourceName` of the provider (`google/tpgresource/self_link_helpers.go`).
    """
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    left, right = relative(old), relative(new)
    if "/" in left and "/" in right:
        return _by_number(left) == _by_number(right)
    return left.rsplit("/", 1)[-1] == right.rsplit("/", 1)[-1]


def _by_number(path: str) -> str:
    found = _IN_PROJECT.fullmatch(path)
    return path if found is None else f"{found[1]}{project_number(found[2])}{found[3]}"


# RFC 2544's benchmarking range: nobody's, so that an emulated address never leads to somebody's machine.
_EXTERNAL: Final = ipaddress.ip_network("198.18.0.0/15")
# Where Google picks a range by itself: https://cloud.google.com/vpc/docs/configure-private-services-access
_INTERNAL: Final = ipaddress.ip_network("10.0.0.0/8")


def external_address(call: Call) -> str:
    return str(_EXTERNAL[1 + int(call.digest("address"), 16) % (_EXTERNAL.num_addresses - 2)])


def span(text: str) -> tuple[int, int]:
    """The first and the last address of an IPv4 range, as numbers."""
    network = ipaddress.ip_network(text, strict=False)
    return int(network[0]), int(network[-1])


def allocate_internal(call: Call, space: str, prefix_length: int) -> str:
    """The first free range of that size in a network, beginning at a place that depends on the name."""
    size = 2 ** (32 - prefix_length)
    count = _INTERNAL.num_addresses // size
    start = int(call.digest("range"), 16) % max(count, 1)
    first = int(_INTERNAL[0])
    for i in range(count):
        low = first + (start + i) % count * size
        if call.tx.overlapping(space, low, low + size - 1) is None:
            return str(ipaddress.ip_address(low))
    raise CloudError(400, "RESOURCE_EXHAUSTED", f"No range of length /{prefix_length} is free in '{space}'")
