"""What stands in stored values in place of secrets: fingerprints, by a random key of the file.

A fingerprint tells whether a value is still the one that was stored, and nothing else of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from regionctl.model.path import Path as PropertyPath
from regionctl.model.values import pruned
from regionctl.model.wire import Bag, Value

SEALED: Final = "$sealed"  # the key of a fingerprint in stored values
SEALED_TEXT: Final = "[a secret that this state does not know]"


class Sealing:
    """Seals and unseals with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def fingerprint(self, value: Value) -> str:
        """A keyed hash of a value: equal values have equal fingerprints."""
        return hmac.new(self._key, json.dumps(value, sort_keys=True).encode(), hashlib.sha256).hexdigest()

    def seal(self, bag: Bag) -> Value:
        """The values, with a fingerprint in place of each secret one."""
        return _seal(bag.values, bag.secrets, lambda value: {SEALED: self.fingerprint(value)})

    def unseal(self, stored: Mapping[str, Value], known: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
        """Stored values with every fingerprint replaced by the known value that it was made from."""

        def walk(value: Value, candidates: list[Value]) -> Value:
            if isinstance(value, dict) and SEALED in value:
                return next((c for c in candidates if self.fingerprint(c) == value[SEALED]), SEALED_TEXT)
            if isinstance(value, dict):
                return {
                    k: walk(v, [c[k] for c in candidates if isinstance(c, Mapping) and k in c])
                    for k, v in value.items()
                }
            if isinstance(value, list):
                return [
                    walk(v, [c[i] for c in candidates if isinstance(c, list) and i < len(c)])
                    for i, v in enumerate(value)
                ]
            return value

        result = walk(dict(stored), list(known))
        assert isinstance(result, dict)
        return result


def _seal(value: Value, paths: Iterable[PropertyPath], seal: Callable[[Value], Value]) -> Value:
    """A copy of `value` in which everything at one of `paths` is sealed."""
    below: dict[str | int, list[PropertyPath]] = {}
    for path in paths:
        if not path:
            return seal(value)
        below.setdefault(path[0], []).append(path[1:])
    if isinstance(value, dict):
        return {k: _seal(v, below[k], seal) if k in below else v for k, v in value.items()}
    if isinstance(value, list):
        return [_seal(v, below[i], seal) if i in below else v for i, v in enumerate(value)]
    return value


def without_sealed(values: Mapping[str, Value]) -> dict[str, Value]:
    """Unsealed values without the secrets that nobody knew."""
    known: dict[str, Value] = pruned(values, lambda _key, item: item != SEALED_TEXT)
    return known
