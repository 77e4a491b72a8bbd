"""A saved plan on disk: private, written whole or not at all."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from regionctl.review.savedplan.errors import TamperedPlan
from regionctl.system.files import write_whole
from regionctl.system.reading import NotOfTheShape, checked, loaded

from .document import VERSION, SavedPlan
from .errors import DamagedPlan, NotSaved, OtherVersion

_SHAPE = TypeAdapter(SavedPlan)


def check_writable(path: Path) -> None:
    """Raises NotSaved where no file can be written there; better before the work than after it."""
    if path.is_dir():
        raise NotSaved("a folder, not a file", where=str(path), hint="name a file in it")
    if not os.access(path.parent, os.W_OK):
        raise NotSaved("its folder is not there, or cannot be written to", where=str(path), hint="name another file")


def write(path: Path, plan: SavedPlan) -> None:
    """Takes the place of what was there."""
    check_writable(path)
    write_whole(path, json.dumps(plan.model_dump(mode="json"), indent=1, sort_keys=True) + "\n")


def read(path: Path) -> SavedPlan:
    """The plan, its form checked; `verify` says whether it is genuine. Raises DamagedPlan, OtherVersion."""
    try:
        document = loaded(path.read_bytes())
        if not isinstance(document, dict) or document.get("kind") != "saved-plan":
            raise NotOfTheShape("it says nothing of a saved plan")
        if document.get("version") != VERSION:
            raise OtherVersion(str(path), document.get("version"), VERSION)
        return checked(_SHAPE, document)
    except FileNotFoundError as error:
        raise DamagedPlan(str(path), "there is no such file") from error
    except OSError as error:
        raise DamagedPlan(str(path), (error.strerror or "it cannot be read").lower()) from error
    except NotOfTheShape as error:
        raise DamagedPlan(str(path), error.why) from None


KEY_BYTES = 32


def fingerprint_key(key: bytes) -> bytes:
    """The key of the fingerprints of secrets."""
    return hmac.digest(key, b"regionctl saved plan: fingerprints", "sha256")


def sealed(plan: SavedPlan, key: bytes) -> SavedPlan:
    """The plan with its message authentication code."""
    return plan.model_copy(update={"mac": _mac(plan, key)})


def verify(plan: SavedPlan, key: bytes, path: str) -> None:
    """Raises TamperedPlan where the plan is not the one that was sealed with this key."""
    if not hmac.compare_digest(plan.mac.encode(), _mac(plan, key).encode()):
        raise TamperedPlan(path)


def _mac(plan: SavedPlan, key: bytes) -> str:
    content = json.dumps(plan.model_dump(mode="json", exclude={"mac"}), sort_keys=True)
    return hmac.digest(hmac.digest(key, b"regionctl saved plan: content", "sha256"), content.encode(), "sha256").hex()


def digests(files: Mapping[str, Path]) -> Mapping[str, str]:
    """SHA-256 in hexadecimal by the name that people know a file by."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}


def moved_files(planned: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """What happened to files since, in words."""
    lines = []
    for name in sorted({*planned, *found}):
        if name not in found:
            lines.append(f"{name} is gone since the plan")
        elif name not in planned:
            lines.append(f"{name} is new since the plan")
        elif planned[name] != found[name]:
            lines.append(f"{name} changed since the plan")
    return lines
