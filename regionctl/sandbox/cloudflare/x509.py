"""The few facts of a certificate that the API reads out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s.+?-----END CERTIFICATE-----", re.DOTALL)

# RFC 8017, 5758 and 8410, spelled as Go's crypto/x509 does.
_SIGNATURES: Final = {
    "1.2.840.113549.1.1.11": "SHA256WithRSA",
    "1.2.840.113549.1.1.12": "SHA384WithRSA",
    "1.2.840.113549.1.1.13": "SHA512WithRSA",
    "1.2.840.10045.4.3.2": "ECDSAWithSHA256",
    "1.2.840.10045.4.3.3": "ECDSAWithSHA384",
    "1.3.101.112": "Ed25519",
}


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate as the API shows it: the serial number in decimal, the issuer as RFC 4514 writes names."""

    serial_number: str
    issuer: str
    signature: str
    expires_on: str


class NotACertificate(ValueError):
    """The text holds no certificate in PEM."""


def first_certificate(text: str) -> Certificate:
    """The first certificate of a PEM bundle: the leaf. Raises NotACertificate."""
    from cryptography.x509 import load_pem_x509_certificate

    found = _PEM.search(text)
    if found is None:
        raise NotACertificate("no certificate in PEM")
    try:
        read = load_pem_x509_certificate(found[0].encode())
        return Certificate(
            serial_number=str(read.serial_number),
            issuer=read.issuer.rfc4514_string(),
            signature=_SIGNATURES.get(read.signature_algorithm_oid.dotted_string, "unknown"),
            expires_on=read.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    except ValueError as err:
        raise NotACertificate("not a certificate of X.509") from err
