"""Network Security: who may open a TLS connection to a load balancer."""

from __future__ import annotations

import operator
from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, timestamp
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.certificatemanager import TRUST_CONFIG
from regionctl.sandbox.gcp.naming import project_number

SERVER_TLS_POLICY: Final = "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy"
_TRUST: Final = "mtlsPolicy.clientValidationTrustConfig"


def _by_number(call: Call, outputs: dict[str, Value]) -> None:
    """The API answers with the project's number, whatever it was given; all examples of
    google_network_security_server_tls_policy write the number."""
    mtls, trust = outputs.get("mtlsPolicy"), call.target(_TRUST)
    if isinstance(mtls, dict) and trust is not None:
        place = trust.path.partition("/")[2].partition("/")[2]
        mtls["clientValidationTrustConfig"] = f"projects/{project_number(trust.project)}/{place}"


def _labels_stay(call: Call) -> None:
    """https://github.com/GoogleCloudPlatform/magic-modules/pull/11183"""
    before = call.old.inputs.get("labels") if call.old else None
    if (call.inputs.get("labels") or {}) != (before or {}) and call.tx.users(call.key):
        raise CloudError(
            400, "badRequest", "labels of a ServerTlsPolicy that a target HTTPS proxy uses cannot be updated"
        )


EMULATIONS: Final = (
    Emulation(
        token=SERVER_TLS_POLICY,
        title="ServerTlsPolicy",
        words=ONE_PLATFORM,
        formats={"name": formats.NAME},
        references=(Reference(path=_TRUST, to=(TRUST_CONFIG,), on_delete=OnDelete.BLOCKED),),
        same={_TRUST: operator.eq},  # no DiffSuppressFunc: the id is another value than the number
        refine=_by_number,
        on_update=(_labels_stay,),
        outputs={
            "createTime": lambda call: timestamp(call.now_s),
            "updateTime": lambda call: timestamp(call.now_s),
        },
        mutable=frozenset({"updateTime"}),
    ),
)
