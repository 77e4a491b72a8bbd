"""How secrets rest in the emulated clouds' file: as fingerprints, and encrypted where a cloud must know them again.

A fingerprint, by a random key of the file, tells whether a value is still the one that was stored, and nothing else of
it. What a deployed Worker was bound to is encrypted. That key is a file beside the database, readable by its owner
alone and never in it. The cipher is AES-SIV (RFC 5297): authenticated and deterministic, so that equal secrets stay
equal in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regionctl.model.errors import RegionctlError
from regionctl.model.values import changed_at, pruned
from regionctl.model.wire import Bag, Value
from regionctl.system.files import write_once

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV


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
        return changed_at(bag.values, bag.secrets, lambda value: {SEALED: self.fingerprint(value)})

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


def without_sealed(values: Mapping[str, Value]) -> dict[str, Value]:
    """Unsealed values without the secrets that nobody knew."""
    known: dict[str, Value] = pruned(values, lambda _key, item: item != SEALED_TEXT)
    return known


KEY_BYTES: Final = 32  # two keys of AES-128


class VaultUnreadable(RegionctlError):
    """The key file is missing, or is not the one that something was encrypted with."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "the secrets of the emulated clouds cannot be read with this key",
            where=str(path),
            hint="bring the key file back, or apply the stack again to store its secrets anew",
        )
        self.path = path


class Vault:
    """Encrypts and decrypts with the key in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def seal(self, text: bytes) -> bytes:
        """The encrypted text. Makes the key file where it is missing."""
        return self._cipher(self._key() or self._new_key()).encrypt(text, None)

    def open(self, sealed: bytes) -> bytes:
        """The text again. Raises VaultUnreadable."""
        from cryptography.exceptions import InvalidTag

        key = self._key()
        if key is None:
            raise VaultUnreadable(self.path)
        try:
            return self._cipher(key).decrypt(sealed, None)
        except InvalidTag as err:
            raise VaultUnreadable(self.path) from err

    @staticmethod
    def _cipher(key: bytes) -> AESSIV:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(key)

    def _key(self) -> bytes | None:
        try:
            key = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if len(key) != KEY_BYTES:
            raise VaultUnreadable(self.path)
        return key

    def _new_key(self) -> bytes:
        write_once(self.path, secrets.token_bytes(KEY_BYTES))
        return self.path.read_bytes()
