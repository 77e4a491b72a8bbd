"""Which differences a human accepts: an import leaves them as they are, and `diff` names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Accepted:
    """Patterns (`*` is anything) of resources' logical names and of property paths."""

    patterns: tuple[str, ...] = ()

    def covers(self, name: str, paths: Sequence[str]) -> bool:
        """Whether the resource is accepted, or every one of the properties that differ."""
        return self._one(name) or all(self._one(path) or self._one(_top(path)) for path in paths)

    def _one(self, text: str) -> bool:
        return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in self.patterns)


def _top(path: str) -> str:
    """`labels.fleet` -> labels"""
    return re.split(r"[.\[]", path, maxsplit=1)[0]
