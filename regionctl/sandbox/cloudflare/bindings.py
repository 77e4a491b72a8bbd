"""What a Worker is bound to: https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/#bindings"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from regionctl.model.wire import Value
from regionctl.providers.errors import CheckFailure
from regionctl.sandbox.cloudflare.certificates import MTLS_CERTIFICATE
from regionctl.sandbox.cloudflare.ids import named
from regionctl.sandbox.cloudflare.kv import NAMESPACE
from regionctl.sandbox.cloudflare.refusals import refusal
from regionctl.sandbox.emulation import Call

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
