"""The Worker as it lies in worker/: its modules, and what it says that it is to be bound to."""

from __future__ import annotations

import json
from pathlib import Path

from components.edge_worker import WorkerCode

WORKER_DIR = Path(__file__).resolve().parents[1] / "worker"


def worker_code() -> WorkerCode:
    """What is uploaded: every module that bindings.json names, by file name."""
    manifest = json.loads((WORKER_DIR / "bindings.json").read_text(encoding="utf-8"))
    files = sorted(WORKER_DIR.glob(manifest["modules"]))
    return WorkerCode(
        main=manifest["main_module"],
        modules={file.name: file.read_text(encoding="utf-8") for file in files},
        compatibility_date=manifest["compatibility_date"],
        compatibility_flags=manifest["compatibility_flags"],
    )
