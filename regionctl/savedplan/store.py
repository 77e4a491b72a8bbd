"""A saved plan on disk: private, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from regionctl.files import write_whole

from .document import VERSION, SavedPlan
from .errors import DamagedPlan, NotSaved, OtherVersion


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
    document = _document(path)
    if not isinstance(document, dict) or document.get("kind") != "saved-plan":
        raise DamagedPlan(str(path), "it says nothing of a saved plan")
    if document.get("version") != VERSION:
        raise OtherVersion(str(path), document.get("version"), VERSION)
    try:
        return SavedPlan.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DamagedPlan(str(path), f"{place}: {first['msg'].lower()}") from None


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DamagedPlan(str(path), "there is no such file") from error
    except OSError as error:
        raise DamagedPlan(str(path), (error.strerror or "it cannot be read").lower()) from error
    except UnicodeDecodeError as error:
        raise DamagedPlan(str(path), "it is no text") from error
    except json.JSONDecodeError as error:
        raise DamagedPlan(str(path), f"line {error.lineno}, column {error.colno}: {error.msg.lower()}") from error
    except RecursionError as error:
        raise DamagedPlan(str(path), "it is nested too deep") from error
