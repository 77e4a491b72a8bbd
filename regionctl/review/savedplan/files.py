"""Digests of the files that a plan is made from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


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
