"""Emulated clouds in the shape of an export, as the real cloud's tools would write it.

    write(resources, folder, Format.TERRAFORM)  -> the files that were written

Secrets are left out, as they are in an export of the real cloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from regionctl.model.errors import RegionctlError
from regionctl.sandbox.clouds import CloudResource
from regionctl.system.files import write_whole

from . import asset_inventory, terraform


class Format(StrEnum):
    """`terraform`: HCL, a file a resource. `cai`: Cloud Asset Inventory's JSON lines."""

    TERRAFORM = "terraform"
    CAI = "cai"


class FolderInUse(RegionctlError):
    """An export goes into a folder of its own: what lies there already would be read with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__("the folder is not empty", where=str(folder), hint="name a new one, or empty it first")


def write(resources: Sequence[CloudResource], folder: Path, form: Format) -> list[Path]:
    """Writes the export and returns its files. Raises FolderInUse."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(folder)
    texts = _texts(resources, form)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text, private=False)
    return [folder / name for name in texts]


def _texts(resources: Sequence[CloudResource], form: Format) -> Mapping[str, str]:
    match form:
        case Format.TERRAFORM:
            return terraform.files(resources)
        case Format.CAI:
            return asset_inventory.files(resources)
