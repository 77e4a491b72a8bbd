"""The modules of an uploaded Worker, and what they import."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.cloudflare.refusals import refusal
from regionctl.sandbox.emulation import Call

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
