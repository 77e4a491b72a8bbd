"""Encrypts and opens what a passphrase protects in a stack's config, without Pulumi's CLI.

A call of the CLI for each value takes half a second, of which the derivation of the key is most; here it is derived
once. The format: sdk/go/common/resource/config/crypt.go and pkg/secrets/passphrase/manager.go of pulumi v3.259.0. A
value is `v1:<nonce>:<AES-256-GCM ciphertext>`, a salt `v1:<salt>:<a value that holds "pulumi">`, all in base64.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from regionctl.model.errors import EngineError

_ITERATIONS = 1_000_000
_KEY_BYTES = 32
_SALT_BYTES = 8
_NONCE_BYTES = 12
_CHECK = "pulumi"


class WrongPassphrase(EngineError):
    """The passphrase does not open the stack's secrets."""

    def __init__(self, stack: str, where: str) -> None:
        self.stack = stack
        super().__init__(
            f"the passphrase does not open the secrets of {stack}; nothing was touched",
            where=where,
            hint="put the passphrase back that the stack was made with",
        )


class NotOpened(Exception):
    """The passphrase is another one, or the text is not of this format."""


class Cipher:
    """Encrypts and opens the values of one stack's config. Raises NotOpened."""

    def __init__(self, passphrase: str, salt: str) -> None:
        version, _, rest = salt.partition(":")
        salt_bytes, _, check = rest.partition(":")
        if version != "v1":
            raise NotOpened
        self.salt = salt
        self._cipher = _cipher(passphrase, _decoded(salt_bytes))
        if self.open(check) != _CHECK:
            raise NotOpened

    @classmethod
    def new(cls, passphrase: str) -> Cipher:
        """With a salt of its own, for a config in which nothing is encrypted yet."""
        made = cls.__new__(cls)
        salt = secrets.token_bytes(_SALT_BYTES)
        made._cipher = _cipher(passphrase, salt)
        made.salt = f"v1:{b64encode(salt).decode()}:{made.seal(_CHECK)}"
        return made

    def seal(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._cipher.encrypt(nonce, text.encode(), None)
        return f"v1:{b64encode(nonce).decode()}:{b64encode(ciphertext).decode()}"

    def open(self, encrypted: str) -> str:
        version, _, rest = encrypted.partition(":")
        nonce, _, ciphertext = rest.partition(":")
        if version != "v1":
            raise NotOpened
        try:
            return self._cipher.decrypt(_decoded(nonce), _decoded(ciphertext), None).decode()
        except (InvalidTag, ValueError) as error:
            raise NotOpened from error


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, _KEY_BYTES))


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise NotOpened from error
