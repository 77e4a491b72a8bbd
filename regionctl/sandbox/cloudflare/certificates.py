"""Certificates that the edge shows to origins: to a Worker's binding, a zone, a host name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.cloudflare import api
from regionctl.sandbox.cloudflare.api import PREFIX, named, now, refusal, uuid_id
from regionctl.sandbox.emulation import Call, Emulation, Hook, Output, constant

MTLS_CERTIFICATE: Final = f"{PREFIX}mtlsCertificate:MtlsCertificate"
ZONE_CERTIFICATE: Final = f"{PREFIX}authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate"
HOST_CERTIFICATE: Final = (
    f"{PREFIX}authenticatedOriginPullsHostnameCertificate:AuthenticatedOriginPullsHostnameCertificate"
)
ORIGIN_PULLS: Final = f"{PREFIX}authenticatedOriginPulls:AuthenticatedOriginPulls"
SETTINGS: Final = f"{PREFIX}authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings"


def _outputs(read: Callable[[Call], Certificate], uploaded: str = "uploadedOn") -> dict[str, Output]:
    return {
        "expiresOn": lambda call: read(call).expires_on,
        "issuer": lambda call: read(call).issuer,
        "serialNumber": lambda call: read(call).serial_number,
        "signature": lambda call: read(call).signature,
        uploaded: now,
    }


def _read(name: str) -> Callable[[Call], Certificate]:
    def read(call: Call) -> Certificate:
        try:
            return first_certificate(call.inputs[name])
        except NotACertificate as err:
            # The value stays out of the message: a program may hold it to be secret.
            raise refusal(400, f"'{name}' is not a certificate in PEM") from err

    return read


def _require(name: str) -> Hook:
    read = _read(name)

    def hook(call: Call) -> None:
        read(call)

    return hook


def _keep(call: Call) -> None:
    call.tx.keep(call.key, call.inputs)


def _of_a_zone(token: str) -> Emulation:
    """A certificate for authenticated origin pulls. It is active at once: the deployment to the edge takes no time."""
    return Emulation(
        token=token,
        id=uuid_id,
        path="{project}/{id}",
        on_create=(_require("certificate"),),
        on_update=(_require("certificate"),),
        outputs={
            **_outputs(_read("certificate")),
            "certificateId": "{id}",
            "enabled": constant(False),
            "status": constant("active"),
        },
    )


def _config(call: Call) -> Mapping[str, Value]:
    """The one that the outputs tell of."""
    return next(iter(call.inputs["configs"]), {})


def _require_certificates(call: Call) -> None:
    for config in call.inputs["configs"]:
        id_ = config.get("certId")
        if id_ is not None:
            named(call, HOST_CERTIFICATE, id_, refusal(404, f"Certificate '{id_}' not found.", 404))


EMULATIONS: Final = (
    Emulation(
        token=MTLS_CERTIFICATE,
        id=uuid_id,
        path="{project}/{id}",
        on_create=(_require("certificates"),),
        after_write=(_keep,),
        outputs={**_outputs(_read("certificates")), "updatedAt": now},
    ),
    _of_a_zone(ZONE_CERTIFICATE),
    _of_a_zone(HOST_CERTIFICATE),
    Emulation(
        token=ORIGIN_PULLS,
        id=lambda call: _config(call).get("hostname", ""),
        path="{project}/{id}",
        shared=True,
        formats={"configs[].hostname": api.HOSTNAME},
        on_create=(_require_certificates,),
        on_update=(_require_certificates,),
        outputs={
            "certId": lambda call: _config(call).get("certId", ""),
            "certStatus": constant("active"),
            "status": constant("active"),
            "enabled": lambda call: bool(_config(call).get("enabled")),
            "hostname": "{id}",
            "createdAt": now,
            "updatedAt": now,
        },
        mutable=frozenset({"certId", "enabled", "hostname", "updatedAt"}),
    ),
    Emulation(token=SETTINGS, id="{zoneId}", path="{project}", shared=True),
)


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
