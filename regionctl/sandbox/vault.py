"""Encryption of the few secrets that an emulated cloud must know again: what a deployed Worker was bound to.

The key is a file beside the database, readable by its owner alone and never in it. The cipher is AES-SIV (RFC 5297):
authenticated and deterministic, so that equal secrets stay equal in the database.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regionctl.model.errors import RegionctlError
from regionctl.system.files import write_once

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

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
