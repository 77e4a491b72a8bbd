"""Names and numbers that Google Cloud derives from others, and the forms in which a resource may be named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

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
