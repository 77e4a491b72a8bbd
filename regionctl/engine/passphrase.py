"""Opening what a passphrase encrypts in a stack's config, without Pulumi's CLI: a third of a second a stack, of which
all is the derivation of the key.

The format: sdk/go/common/resource/config/crypt.go and pkg/secrets/passphrase/manager.go of pulumi v3.259.0. A value is
`v1:<nonce>:<AES-256-GCM ciphertext>`, a salt `v1:<salt>:<a value that holds "pulumi">`, all in base64.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ITERATIONS = 1_000_000
_KEY_BYTES = 32
_CHECK = "pulumi"


class WrongPassphrase(Exception):
    """The passphrase is another one, or the text is not of this format."""


class Opener:
    """Opens the values of one stack's config. Raises WrongPassphrase."""

    def __init__(self, passphrase: str, salt: str) -> None:
        version, _, rest = salt.partition(":")
        salt_bytes, _, check = rest.partition(":")
        if version != "v1":
            raise WrongPassphrase
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), _decoded(salt_bytes), _ITERATIONS, _KEY_BYTES)
        self._cipher = AESGCM(key)
        if self.open(check) != _CHECK:
            raise WrongPassphrase

    def open(self, encrypted: str) -> str:
        version, _, rest = encrypted.partition(":")
        nonce, _, ciphertext = rest.partition(":")
        if version != "v1":
            raise WrongPassphrase
        try:
            return self._cipher.decrypt(_decoded(nonce), _decoded(ciphertext), None).decode()
        except (InvalidTag, ValueError) as error:
            raise WrongPassphrase from error


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise WrongPassphrase from error
