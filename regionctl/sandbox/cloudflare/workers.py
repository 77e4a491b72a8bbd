"""Worker scripts. An upload is a PUT: a script that is there is overwritten, whoever made it."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from regionctl.sandbox.cloudflare import formats
from regionctl.sandbox.cloudflare.bindings import check_bindings, require_bound
from regionctl.sandbox.cloudflare.ids import PREFIX, now
from regionctl.sandbox.cloudflare.modules import MODULE_TYPES, modules_of, require_imports
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, Words, constant

SCRIPT: Final = f"{PREFIX}workersScript:WorkersScript"
SUBDOMAIN: Final = f"{PREFIX}workersScriptSubdomain:WorkersScriptSubdomain"
CRON: Final = f"{PREFIX}workersCronTrigger:WorkersCronTrigger"

# https://developers.cloudflare.com/workers/runtime-apis/handlers/
_HANDLERS: Final = ("alarm", "email", "fetch", "queue", "scheduled", "tail", "trace")


def _require_bound(call: Call) -> None:
    require_bound(call, SCRIPT)


def _keep(call: Call) -> None:
    call.tx.keep(call.key, call.inputs)


def _etag(call: Call) -> str:
    digest = hashlib.sha256()
    for name, module in sorted(modules_of(call.inputs).items()):
        digest.update(f"{name}\0{len(module.content)}\0".encode() + module.content)
    return digest.hexdigest()


def _handlers(call: Call) -> list[str]:
    """The handlers that the main module's default export names, as far as its text tells."""
    text = str(call.inputs.get("content") or "").partition("export default")[2]
    return [name for name in _HANDLERS if re.search(rf"\b{name}\b", text)]


EMULATIONS: Final = (
    Emulation(
        token=SCRIPT,
        id="{scriptName}",
        path="{project}/{scriptName}",
        shared=True,
        formats={
            "scriptName": formats.SCRIPT_NAME,
            "compatibilityDate": formats.DATE,
            "bindings[].namespaceId": formats.HEX_ID,
        },
        checks=(check_bindings,),
        on_create=(_require_bound, require_imports),
        on_update=(_require_bound, require_imports),
        after_write=(_keep,),
        words=Words(
            # `force` of the API's delete: "even when other Workers still reference it"
            in_use="Worker '{id}' is referenced by the service binding of Worker '{target:last}'",
            in_use_reason="400",
        ),
        outputs={
            "createdOn": now,
            "modifiedOn": now,
            "etag": _etag,
            "handlers": _handlers,
            "hasModules": lambda call: (
                bool(call.inputs.get("mainModule")) or call.inputs.get("contentType") in MODULE_TYPES
            ),
            "hasAssets": lambda call: bool(call.inputs.get("assets")),
            "lastDeployedFrom": constant("api"),
            "startupTimeMs": constant(1),
            "placementMode": lambda call: (call.inputs.get("placement") or {}).get("mode", ""),
        },
        mutable=frozenset({"modifiedOn", "etag", "handlers", "hasModules", "hasAssets", "placementMode"}),
    ),
    Emulation(
        token=SUBDOMAIN,
        id="{accountId}",  # `ComputeID` of pulumi-cloudflare, for a type without an id in Terraform
        path="{project}/{scriptName}",
        shared=True,
        references=(Reference(path="scriptName", to=(SCRIPT,), on_delete=OnDelete.CASCADE),),
        outputs={"previewsEnabled": lambda call: call.inputs["enabled"]},
    ),
    Emulation(
        token=CRON,
        id="{scriptName}",
        path="{project}/{scriptName}",
        shared=True,
        references=(Reference(path="scriptName", to=(SCRIPT,), on_delete=OnDelete.CASCADE),),
    ),
)
