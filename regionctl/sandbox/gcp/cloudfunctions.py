"""Cloud Functions of the first generation."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Call, Emulation, constant
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

FUNCTION: Final = "gcp:cloudfunctions/function:Function"


def _url(call: Call) -> str:
    # https://cloud.google.com/functions/docs/calling/http
    return call.fill("https://{region}-{project}.cloudfunctions.net/{name}") if call.inputs.get("triggerHttp") else ""


EMULATIONS: Final = (
    Emulation(
        token=FUNCTION,
        id="projects/{project}/locations/{region}/functions/{name}",
        title="CloudFunction",
        words=ONE_PLATFORM,
        outputs={
            "httpsTriggerUrl": _url,
            "httpsTriggerSecurityLevel": lambda call: "SECURE_OPTIONAL" if call.inputs.get("triggerHttp") else "",
            "serviceAccountEmail": "{project}@appspot.gserviceaccount.com",
            "dockerRegistry": constant("ARTIFACT_REGISTRY"),
            "status": constant("ACTIVE"),
            "versionId": constant("1"),
        },
    ),
)
