"""Checks that a secret is the certificate or key that its slot asks for. No message repeats the value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from regionctl.model.errors import EngineError
from regionctl.model.program import SecretFormat

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate

_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----.+?-----END (?P=label)-----", re.DOTALL)
_CERTIFICATE = "CERTIFICATE"


class BadSecretValue(EngineError):
    """A value is not what the secret `key` must be. The value is not part of the error."""

    def __init__(self, stack: str, key: str, why: str, *, hint: str) -> None:
        self.stack, self.key = stack, key
        super().__init__(f"{stack}: {key} was not set: {why}", hint=hint)


class NotInFormat(ValueError):
    """Why a text is not in a format, in words that fit `it is ...`."""


def check(text: str, format_: SecretFormat) -> None:
    """Raises NotInFormat."""
    match format_:
        case SecretFormat.TEXT:
            pass
        case SecretFormat.AUTHORITY:
            if any(not _is_authority(one) for one in _certificates(text)):
                raise NotInFormat("a certificate, but not one of an authority (basicConstraints CA:TRUE)")
        case SecretFormat.CERTIFICATE:
            _certificates(text)
        case SecretFormat.PRIVATE_KEY:
            _public_of_key(text)


def match(certificate: str, private_key: str) -> bool:
    """Whether a key is that of the first certificate. Raises NotInFormat."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    def raw(key: PublicKeyTypes) -> bytes:
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    return raw(_certificates(certificate)[0].public_key()) == raw(_public_of_key(private_key))


def parted(text: str) -> tuple[str, str] | None:
    """The certificates and the private key of a text that holds both, in any order; None for another one."""
    keys = [block for label, block in _blocks(text) if label.endswith("PRIVATE KEY")]
    certificates = [block for label, block in _blocks(text) if label == _CERTIFICATE]
    if not certificates or len(keys) != 1:
        return None
    return "\n".join((*certificates, "")), f"{keys[0]}\n"


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    for found in _BLOCK.finditer(text):
        yield found["label"], found[0]


def _certificates(text: str) -> list[Certificate]:
    from cryptography import x509

    if any(label != _CERTIFICATE for label, _ in _blocks(text)):
        raise NotInFormat("PEM with something else than certificates in it")
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise NotInFormat("no X.509 certificate in PEM (-----BEGIN CERTIFICATE-----)") from None


def _is_authority(certificate: Certificate) -> bool:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _public_of_key(text: str) -> PublicKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(text.encode(), password=None).public_key()
    except TypeError:
        raise NotInFormat("a private key that is encrypted with a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise NotInFormat("no private key in PEM (its first line says BEGIN PRIVATE KEY)") from None
