"""What a shell completes: fleets, regions and stacks, from the names of files.

No YAML is read and no Pulumi package loaded, so that Tab answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from fleet.context import REGIONS, checkout
from regionctl.model.hints import DEFAULT_FLEET

FLEET_FILE = "fleet.yaml"
NO_REGION = (FLEET_FILE, "requests.yaml")
BESIDE_REGIONS = ("auth", "edge")
CI = "ci"  # a stack of the fleets whose file has this key


def complete_fleet(ctx: typer.Context, incomplete: str) -> list[str]:
    names = sorted(file.parent.name for file in _regions_dir(ctx).glob(f"*/{FLEET_FILE}"))
    return [name for name in names if name.startswith(incomplete)]


def complete_region(ctx: typer.Context, incomplete: str) -> list[str]:
    return [name for name in _regions(ctx, _fleet(ctx)) if name.startswith(incomplete)]


def complete_stack(ctx: typer.Context, incomplete: str) -> list[str]:
    """Stacks that are not named yet on the line; in full once a fleet and its dot are typed."""
    fleet, dot, rest = incomplete.rpartition(".")
    of = fleet or _fleet(ctx)
    names = [*_regions(ctx, of), *BESIDE_REGIONS, *([CI] if _has_ci(ctx, of) else [])]
    taken = ctx.params.get("stacks") or ()
    return [f"{fleet}{dot}{name}" for name in names if name.startswith(rest) and name not in taken]


def _regions(ctx: typer.Context, fleet: str) -> list[str]:
    return sorted(file.stem for file in (_regions_dir(ctx) / fleet).glob("*.yaml") if file.name not in NO_REGION)


def _has_ci(ctx: typer.Context, fleet: str) -> bool:
    try:
        lines = (_regions_dir(ctx) / fleet / FLEET_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith(f"{CI}:") for line in lines)


def _fleet(ctx: typer.Context) -> str:
    return str(_global(ctx).get("fleet") or DEFAULT_FLEET)


def _regions_dir(ctx: typer.Context) -> Path:
    return Path(_global(ctx).get("regions") or checkout(Path.cwd()) / REGIONS)


def _global(ctx: typer.Context) -> Mapping[str, Any]:
    return ctx.find_root().params
