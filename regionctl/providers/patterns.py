"""What a string of a cloud must look like: the formats that `Check` holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


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
