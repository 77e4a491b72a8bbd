"""The few facts of a certificate that the API reads out of it (RFC 5280, 4.1), without a library for it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

_UTC_TIME: Final = 0x17
_VERSION: Final = 0xA0

# RFC 4514 for the attributes of names, RFC 8017, 5758 and 8410 for signatures, spelled as Go's crypto/x509 does.
_ATTRIBUTES: Final = {"550403": "CN", "550406": "C", "550407": "L", "550408": "ST", "55040a": "O", "55040b": "OU"}
_SIGNATURES: Final = {
    "2a864886f70d01010b": "SHA256WithRSA",
    "2a864886f70d01010c": "SHA384WithRSA",
    "2a864886f70d01010d": "SHA512WithRSA",
    "2a8648ce3d040302": "ECDSAWithSHA256",
    "2a8648ce3d040303": "ECDSAWithSHA384",
    "2b6570": "Ed25519",
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
    found = _PEM.search(text)
    if found is None:
        raise NotACertificate("no certificate in PEM")
    try:
        return _parse(base64.b64decode("".join(found.group(1).split()), validate=True))
    except (binascii.Error, ValueError, IndexError, StopIteration) as err:
        raise NotACertificate("not a certificate of X.509") from err


def _parse(der: bytes) -> Certificate:
    body, algorithm = list(_items(_only(der)))[:2]
    fields = [item for item in _items(body[1]) if item[0] != _VERSION]
    serial, _, issuer, validity = fields[:4]
    oid = next(_items(algorithm[1]))[1].hex()
    return Certificate(
        serial_number=str(int.from_bytes(serial[1], signed=True)),
        issuer=_name(issuer[1]),
        signature=_SIGNATURES.get(oid, oid),
        expires_on=_time(*list(_items(validity[1]))[1]),
    )


def _only(der: bytes) -> bytes:
    return next(_items(der))[1]


def _items(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element of a constructed value (X.690, 8.1)."""
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(der[at : at + count]), at + count
        if at + size > len(der):
            raise ValueError("an element ends after what holds it")
        yield tag, der[at : at + size]
        at += size


def _name(der: bytes) -> str:
    parts = []
    for _, relative in _items(der):
        (_, oid), (_, value) = list(_items(_only(relative)))[:2]
        parts.append(f"{_ATTRIBUTES.get(oid.hex(), oid.hex())}={value.decode()}")
    return ",".join(reversed(parts))


def _time(tag: int, content: bytes) -> str:
    form = "%y%m%d%H%M%SZ" if tag == _UTC_TIME else "%Y%m%d%H%M%SZ"
    return datetime.strptime(content.decode(), form).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
