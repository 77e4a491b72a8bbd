"""A saved plan on disk: private, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import TypeAdapter

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
