"""Certificates and keys among a stack's secrets: checks what is set, and makes those of a sandbox fleet.

No message repeats a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from regionctl.engine.workspace import Workspace
from regionctl.model.errors import EngineError
from regionctl.model.program import SecretFormat
from regionctl.system.files import write_once

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate, CertificateBuilder


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


# The authority of a sandbox fleet, and the one client certificate that it signs: made once and kept.
#
# A cloud fleet has an authority of its own elsewhere, and its certificates are provided.

# Nobody rotates them; a fleet whose `.regionctl` is removed gets others.
LIFETIME = timedelta(days=3650)
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class ClientCertificates:
    """PEM. `authority` signed `certificate`, whose private key is `private_key`."""

    authority: str
    certificate: str
    private_key: str = field(repr=False)

    def of(self, format_: SecretFormat) -> str:
        """The value of a secret of this format."""
        match format_:
            case SecretFormat.AUTHORITY:
                return self.authority
            case SecretFormat.CERTIFICATE:
                return self.certificate
            case SecretFormat.PRIVATE_KEY:
                return self.private_key
            case SecretFormat.TEXT:
                raise AssertionError("any text will do")


def client_certificates(workspace: Workspace, fleet: str) -> ClientCertificates:
    """Those of a sandbox fleet, made where there are none yet.

    One private file beside the fleet's passphrase holds them in this order; the authority's own key is kept nowhere,
    since it signs nothing else.
    """
    path = workspace.client_certificates(fleet)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, _made(fleet, datetime.now(UTC)))
    authority, certificate, private_key = _parts(path.read_text(encoding="utf-8"))
    return ClientCertificates(authority=authority, certificate=certificate, private_key=private_key)


def _parts(text: str) -> list[str]:
    return [f"{part.strip()}\n" for part in text.split("\n\n")]


def _made(fleet: str, now: datetime) -> str:
    """PEM texts with an empty line between them. P-256, which both clouds take."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root, client = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    names = (f"{fleet} client authority", f"{fleet} edge")
    authority = _authority(names[0], root, now).sign(root, hashes.SHA256())
    certificate = _client(names[1], client, authority, now).sign(root, hashes.SHA256())
    key = client.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pems = [_pem(authority), _pem(certificate), key.decode()]
    return "\n".join(pems)


def _pem(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _authority(name: str, key: EllipticCurvePrivateKey, now: datetime) -> CertificateBuilder:
    from cryptography import x509

    signs = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs, critical=True)
    )


def _client(name: str, key: EllipticCurvePrivateKey, authority: Certificate, now: datetime) -> CertificateBuilder:
    """For the authentication of clients and nothing else (https://cloud.google.com/load-balancing/docs/mtls)."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    (issuer,) = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (
        _builder(name, str(issuer.value), key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )


def _builder(name: str, issuer: str, key: EllipticCurvePrivateKey, now: datetime) -> CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    def common_name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(common_name(name))
        .issuer_name(common_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
    )
