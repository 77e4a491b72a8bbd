"""Encryption of the few secrets that an emulated cloud must know again: what a deployed Worker was bound to.

The key is a file beside the database, readable by its owner alone and never in it. The scheme is deterministic
authenticated encryption, a synthetic initialisation vector as in RFC 5297 with the primitives of the standard library:
HMAC-SHA256 of the text is both the tag and the start of a SHAKE-256 key stream.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from regionctl.errors import RegionctlError
from regionctl.files import write_once

KEY_BYTES: Final = 32
TAG_BYTES: Final = 32


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
        key = self._key() or self._new_key()
        tag = _tag(key, text)
        return tag + _stream(key, tag, text)

    def open(self, sealed: bytes) -> bytes:
        """The text again. Raises VaultUnreadable."""
        key = self._key()
        if key is None:
            raise VaultUnreadable(self.path)
        tag = sealed[:TAG_BYTES]
        text = _stream(key, tag, sealed[TAG_BYTES:])
        if not hmac.compare_digest(tag, _tag(key, text)):
            raise VaultUnreadable(self.path)
        return text

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


def _tag(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, b"authenticate" + text, hashlib.sha256).digest()


def _stream(key: bytes, tag: bytes, text: bytes) -> bytes:
    pad = hashlib.shake_256(hmac.new(key, b"encrypt" + tag, hashlib.sha256).digest()).digest(len(text))
    return (int.from_bytes(text) ^ int.from_bytes(pad)).to_bytes(len(text))
