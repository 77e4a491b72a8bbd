"""Worker scripts: their modules, and what they are bound to.

An upload is a PUT: a script that is there is overwritten, whoever made it. Bindings:
https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/#bindings
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.cloudflare import api
from regionctl.sandbox.cloudflare.api import PREFIX, named, now, refusal
from regionctl.sandbox.cloudflare.certificates import MTLS_CERTIFICATE
from regionctl.sandbox.cloudflare.kv import NAMESPACE
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, Words, constant

# The property that says what a binding of a type is bound to. Other types are taken as they are.
NEEDED: Final = {
    "json": "json",
    "kv_namespace": "namespaceId",
    "mtls_certificate": "certificateId",
    "plain_text": "text",
    "secret_text": "text",
    "service": "service",
}


def check_bindings(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """Refuses what the API would refuse at the upload, before anything is applied."""
    seen: set[str] = set()
    for i, binding in enumerate(_bindings(inputs)):
        if not isinstance(binding, dict):
            continue
        yield from _check_binding(binding, f"bindings[{i}]")
        name = binding.get("name")
        if isinstance(name, str) and name in seen:
            yield CheckFailure(f"bindings[{i}].name", f'another binding has the name "{name}" already')
        seen.add(str(name))


def require_bound(call: Call, script: str) -> None:
    """Refuses a binding to what does not exist in the account. `script` is the type of a Worker."""
    for binding in _bindings(call.inputs):
        match binding.get("type"):
            case "kv_namespace":
                id_ = binding["namespaceId"]
                named(call, NAMESPACE, id_, refusal(10041, f"KV namespace '{id_}' not found."))
            case "mtls_certificate":
                id_ = binding["certificateId"]
                named(call, MTLS_CERTIFICATE, id_, refusal(400, f"mTLS certificate '{id_}' not found."))
            case "service" if binding["service"] != call.inputs["scriptName"]:
                _require_service(call, binding, script)


def _require_service(call: Call, binding: Mapping[str, Value], script: str) -> None:
    missing = f"Could not resolve service binding '{binding['name']}'. Target script '{binding['service']}' not found."
    row = named(call, script, binding["service"], refusal(10144, missing))
    if not row.inputs.get("force"):
        call.uses.add(row.key)


def _check_binding(binding: Mapping[str, Value], path: str) -> Iterable[CheckFailure]:
    kind = binding.get("type")
    needed = NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is not None and binding.get(needed) is None:
        yield CheckFailure(f"{path}.{needed}", f'missing required property: a binding of type "{kind}" needs it')
    if isinstance(binding.get("json"), str) and not _is_json(binding["json"]):
        yield CheckFailure(f"{path}.json", "expected JSON")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _bindings(inputs: Mapping[str, Value]) -> list[Value]:
    found = inputs.get("bindings")
    return found if isinstance(found, list) else []


JAVASCRIPT_MODULE: Final = "application/javascript+module"
MODULE_TYPES: Final = frozenset({JAVASCRIPT_MODULE, "text/javascript+module"})
_SERVICE_WORKER: Final = "worker.js"

# A static import or re-export of a file: `import { a } from "./a.js"`, at the start of a line.
_IMPORT: Final = re.compile(r"""^(?:import|export)\b[^;'"]*?["'](\.[^"'\n]+)["']""", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Module:
    """A file of an upload."""

    content: bytes
    content_type: str = JAVASCRIPT_MODULE


def modules_of(inputs: Mapping[str, Value]) -> dict[str, Module]:
    """The modules by name, the main one first. Raises CloudError where a file is not what it says."""
    main = str(inputs.get("mainModule") or inputs.get("bodyPart") or _SERVICE_WORKER)
    kind = inputs.get("contentType") or (JAVASCRIPT_MODULE if inputs.get("mainModule") else "application/javascript")
    found = {main: Module(content=_text(inputs), content_type=kind)}
    for name, file in (inputs.get("files") or {}).items():
        found[name] = Module(content=_file(name, file), content_type=file.get("contentType") or JAVASCRIPT_MODULE)
    return found


def require_imports(call: Call) -> None:
    """Refuses a module that imports a file which was not uploaded: the upload fails in Cloudflare's runtime."""
    modules = modules_of(call.inputs)
    for name, module in modules.items():
        if module.content_type in MODULE_TYPES:
            for imported in _IMPORT.findall(module.content.decode(errors="replace")):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(name), imported))
                if path not in modules:
                    raise refusal(10021, f'Uncaught Error: No such module "{path}".\n  imported from "{name}"\n')


def _text(inputs: Mapping[str, Value]) -> bytes:
    if inputs.get("content") is not None:
        return str(inputs["content"]).encode()
    return _read(inputs["contentFile"]) if inputs.get("contentFile") else b""


def _file(name: str, file: Mapping[str, Value]) -> bytes:
    if file.get("contentFile"):
        return _read(file["contentFile"])
    try:
        return base64.b64decode(file.get("contentBase64") or "", validate=True)
    except binascii.Error as err:
        raise refusal(400, f"the content of '{name}' is not in base64") from err


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as err:
        raise refusal(400, f"failed to read file {path}: {err.strerror}") from err


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
            "scriptName": api.SCRIPT_NAME,
            "compatibilityDate": api.DATE,
            "bindings[].namespaceId": api.HEX_ID,
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
