"""Expressions of Cloudflare's Rules language, evaluated as its documentation says: the part that our rules are written
in, and what makes them silently wrong, missing values.

https://developers.cloudflare.com/ruleset-engine/rules-language/: operators (precedence, comparisons), values (strings,
maps, missing values), functions (`len`, `lower`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Fields = Mapping[str, Any]
Evaluate = Callable[[Fields], Any]


class _Missing:
    """What a map gives for a key that it does not have."""


MISSING: Final = _Missing()

_TOKEN: Final = re.compile(
    r"""\s*(?:
        r(?P<hashes>\#*)"(?P<raw>.*?)"(?P=hashes)
      | "(?P<quoted>(?:\\.|[^"\\])*)"
      | (?P<number>[0-9]+)
      | (?P<word>[a-z_][a-z0-9_.]*)
      | (?P<sign>==|!=|<=|>=|&&|\|\||\^\^|[<>~!(){}\[\]])
    )""",
    re.VERBOSE,
)
_SAME: Final = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "~": "matches"}
_LOGIC: Final = {"&&": "and", "||": "or", "^^": "xor", "!": "not"}
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "lt": lambda left, right: bool(left < right),
    "le": lambda left, right: bool(left <= right),
    "gt": lambda left, right: bool(left > right),
    "ge": lambda left, right: bool(left >= right),
    "contains": lambda left, right: bool(right in left),
    "matches": lambda left, right: re.search(right, left) is not None,
    "wildcard": lambda left, right: re.fullmatch(_wildcard(right), left, re.IGNORECASE | re.DOTALL) is not None,
    "in": lambda left, right: bool(left in right),
}


def _wildcard(pattern: str) -> str:
    """https://developers.cloudflare.com/ruleset-engine/rules-language/operators/#wildcard-matching"""
    if "**" in pattern:
        raise ValueError(f"two stars side by side in {pattern!r}")
    return ".*".join(map(re.escape, pattern.split("*")))


_FUNCTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {"len": len, "lower": str.lower}
# From the loosest: https://developers.cloudflare.com/ruleset-engine/rules-language/operators/#order-of-precedence
_LOOSEST_FIRST: Final[tuple[tuple[str, Callable[[bool, bool], bool]], ...]] = (
    ("or", lambda left, right: left or right),
    ("xor", lambda left, right: left != right),
    ("and", lambda left, right: left and right),
)


@dataclass(frozen=True)
class Literal:
    """A text or number as it is written."""

    value: str | int


def holds(expression: str, fields: Fields) -> bool:
    """Whether a request with these fields matches. Raises ValueError for what is no expression of this part."""
    result = _Parser(expression).parse()(fields)
    if not isinstance(result, bool):
        raise ValueError(f"{expression!r} says {result!r}, neither true nor false")
    return result


def fields_of(expression: str) -> set[str]:
    """The fields that an expression asks for."""
    parser = _Parser(expression)
    parser.parse()
    return parser.fields


class _Parser:
    def __init__(self, expression: str) -> None:
        self._tokens = _tokens(expression)
        self.fields: set[str] = set()

    def parse(self) -> Evaluate:
        whole = self._logic(0)
        if self._tokens:
            raise ValueError(f"not understood: {self._tokens[0]!r}")
        return whole

    def _logic(self, level: int) -> Evaluate:
        if level == len(_LOOSEST_FIRST):
            return self._negation()
        name, combine = _LOOSEST_FIRST[level]
        left = self._logic(level + 1)
        while self._next(name):
            left = _combined(combine, left, self._logic(level + 1))
        return left

    def _negation(self) -> Evaluate:
        if self._next("not"):
            operand = self._negation()
            return lambda fields: not operand(fields)
        return self._comparison()

    def _comparison(self) -> Evaluate:
        left = self._operand()
        operator = next((name for name in _COMPARE if self._next(name)), None)
        if operator is None:
            return left
        right = self._list() if operator == "in" else self._literal()
        compare = _COMPARE[operator]

        def evaluate(fields: Fields) -> bool:
            value = left(fields)
            return value is not MISSING and compare(value, right)

        return evaluate

    def _operand(self) -> Evaluate:
        if self._next("("):
            inner = self._logic(0)
            self._must(")")
            return inner
        name = self._tokens.pop(0)
        if isinstance(name, Literal):
            raise ValueError(f"a field or function is wanted, not {name.value!r}")
        if self._next("("):
            argument, call = self._operand(), _FUNCTIONS[name]
            self._must(")")
            return lambda fields: MISSING if (value := argument(fields)) is MISSING else call(value)
        self.fields.add(name)
        value: Evaluate = lambda fields: fields.get(name, MISSING)  # noqa: E731
        while self._next("["):
            value = _item(value, self._literal())
            self._must("]")
        return value

    def _list(self) -> set[str | int]:
        self._must("{")
        found = set()
        while not self._next("}"):
            found.add(self._literal())
        return found

    def _literal(self) -> str | int:
        token = self._tokens.pop(0)
        if not isinstance(token, Literal):
            raise ValueError(f"a text or number is wanted, not {token!r}")
        return token.value

    def _next(self, wanted: str) -> bool:
        if self._tokens and self._tokens[0] == wanted:
            self._tokens.pop(0)
            return True
        return False

    def _must(self, wanted: str) -> None:
        if not self._next(wanted):
            raise ValueError(f"{wanted!r} is wanted before {self._tokens[:1]}")


def _combined(combine: Callable[[bool, bool], bool], left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda fields: combine(left(fields), right(fields))


def _item(container: Evaluate, key: str | int) -> Evaluate:
    def evaluate(fields: Fields) -> Any:
        value = container(fields)
        if value is MISSING:
            return MISSING
        if isinstance(key, int):
            return value[key] if key < len(value) else MISSING
        return value.get(key, MISSING)

    return evaluate


def _tokens(expression: str) -> list[str | Literal]:
    found: list[str | Literal] = []
    at = 0
    text = expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not understood: {text[at:]!r}")
        at = match.end()
        if match["raw"] is not None:
            found.append(Literal(match["raw"]))
        elif match["quoted"] is not None:
            found.append(Literal(re.sub(r"\\(.)", r"\1", match["quoted"])))
        elif match["number"] is not None:
            found.append(Literal(int(match["number"])))
        else:
            word = match["word"] or match["sign"]
            found.append(_SAME.get(word) or _LOGIC.get(word) or word)
    return found
