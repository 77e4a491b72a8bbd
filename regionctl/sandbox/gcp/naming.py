"""Names and numbers that Google Cloud derives from others, and the forms in which a resource may be named."""

from __future__ import annotations

import hashlib
import re
from typing import Final

COMPUTE: Final = "https://www.googleapis.com/compute/v1/"

_PROJECT: Final = re.compile(r"(?:^|/)projects/([^/]+)(?:/|$)")


def project_number(project: str) -> str:
    """The twelve digits of a project: always the same ones for an id."""
    low = 10**11
    return str(low + int(hashlib.sha256(f"project|{project}".encode()).hexdigest(), 16) % (9 * low))


def project_in(path: str) -> str | None:
    """The project that a path or link names."""
    found = _PROJECT.search(path)
    return found.group(1) if found else None


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
        return left == right
    return left.rsplit("/", 1)[-1] == right.rsplit("/", 1)[-1]
