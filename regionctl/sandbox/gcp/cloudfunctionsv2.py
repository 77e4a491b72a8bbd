"""Cloud Functions of the second generation, which are services of Cloud Run."""

from __future__ import annotations

from typing import Any, Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, constant, timestamp
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

FUNCTION: Final = "gcp:cloudfunctionsv2/function:Function"


def _serve(call: Call, outputs: dict[str, Value]) -> None:
    """What the service behind a function has: https://cloud.google.com/functions/docs/reference/rest/v2"""
    given: dict[str, Any] = outputs.get("serviceConfig") or {}
    outputs["serviceConfig"] = {
        "availableMemory": "256M",
        "ingressSettings": "ALLOW_ALL",
        "maxInstanceCount": 100,
        "timeoutSeconds": 60,
        "serviceAccountEmail": call.fill("{number}-compute@developer.gserviceaccount.com"),
        **given,
        "uri": call.fill("https://{name}-{number}.{location}.run.app"),
        "gcfUri": "",
        "service": call.fill("projects/{project}/locations/{location}/services/{name}"),
    }


EMULATIONS: Final = (
    Emulation(
        token=FUNCTION,
        id="projects/{project}/locations/{location}/functions/{name}",
        title="function",
        words=ONE_PLATFORM,
        refine=_serve,
        fills=frozenset({"serviceConfig.uri", "serviceConfig.service", "serviceConfig.serviceAccountEmail"}),
        outputs={
            "url": "https://{location}-{project}.cloudfunctions.net/{name}",
            "environment": constant("GEN_2"),
            "state": constant("ACTIVE"),
            "updateTime": lambda call: timestamp(call.now_s),
        },
        mutable=frozenset({"updateTime"}),
    ),
)
