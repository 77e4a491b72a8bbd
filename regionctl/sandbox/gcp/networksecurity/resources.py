"""Network Security: who may open a TLS connection to a load balancer."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Emulation, OnDelete, Reference
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.certificatemanager.resources import TRUST_CONFIG
from regionctl.sandbox.gcp.words import ONE_PLATFORM
from regionctl.sandbox.times import timestamp

SERVER_TLS_POLICY: Final = "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy"

EMULATIONS: Final = (
    Emulation(
        token=SERVER_TLS_POLICY,
        id="projects/{project}/locations/{location}/serverTlsPolicies/{name}",
        title="ServerTlsPolicy",
        words=ONE_PLATFORM,
        formats={"name": formats.NAME},
        references=(
            Reference(path="mtlsPolicy.clientValidationTrustConfig", to=(TRUST_CONFIG,), on_delete=OnDelete.BLOCKED),
        ),
        outputs={
            "createTime": lambda call: timestamp(call.now_s),
            "updateTime": lambda call: timestamp(call.now_s),
        },
        mutable=frozenset({"updateTime"}),
    ),
)
