"""`python -m tests.environment`: writes tests/environment.json again, what each program is told by its environment.

A test here holds it to the settings classes; tests/stacks/test_environment.py of the repository, which shares no
packages with the services, holds the stacks to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic_settings import BaseSettings

from auth.settings import AuthSettings
from kit.migrations.job import MigrateSettings
from product.settings import ApiSettings, BackgroundSettings, SyncSettings

FILE = Path(__file__).with_name("environment.json")
PROGRAMS: Mapping[str, type[BaseSettings]] = {
    "auth": AuthSettings,
    "auth.migrate": MigrateSettings,
    "product.api": ApiSettings,
    "product.sync": SyncSettings,
    "product.background": BackgroundSettings,
    "product.migrate": MigrateSettings,
}


def document() -> str:
    found = {
        program: {
            "required": sorted(name.upper() for name, field in settings.model_fields.items() if field.is_required()),
            "optional": sorted(
                name.upper() for name, field in settings.model_fields.items() if not field.is_required()
            ),
        }
        for program, settings in PROGRAMS.items()
    }
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
