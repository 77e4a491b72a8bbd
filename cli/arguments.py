"""Arguments and options that several commands take, worded once, and what a shell completes of them.

Names are completed from those of files: no YAML is read and no Pulumi package loaded, so that Tab answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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


Stack = Annotated[
    str,
    typer.Argument(
        metavar="STACK", help="A region, auth, edge, or a full name (prod.eu-west).", autocompletion=complete_stack
    ),
]
Stacks = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STACK...",
        help="Regions, auth, edge, or full names (prod.eu-west).",
        show_default=False,
        autocompletion=complete_stack,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every stack of the fleet, but `ci`.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Read what exists into the state first.")]
TargetUrns = Annotated[
    list[str] | None, typer.Option("--target", metavar="URN", help="Only this resource; may be given again.")
]
Parallel = Annotated[
    int | None, typer.Option("--parallel", metavar="N", min=1, help="Resource operations at once, per stack.")
]
LockTimeout = Annotated[
    float, typer.Option("--lock-timeout", metavar="SECONDS", min=0, help="Wait so long for a stack that is locked.")
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Again each time a file of code, specs or settings is saved, until a ^C.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
PolicyPacks = Annotated[
    list[str] | None,
    typer.Option("--policy-pack", metavar="DIR", help="A Pulumi policy pack that must be satisfied; again for more."),
]
ReplaceLostSecrets = Annotated[
    bool,
    typer.Option(
        "--replace-lost-secrets",
        help="Make secrets anew that the state knows and the stack's config has lost; the old values are gone then.",
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="NAME", help="This protected resource may be replaced or deleted; again for more."),
]
Resume = Annotated[bool, typer.Option("--resume", help="The stacks that earlier runs left undone.")]
SkipProbe = Annotated[
    str | None,
    typer.Option(
        "--skip-probe", metavar="REASON", help="Do not ask a region's origin; the reason is repeated in the output."
    ),
]
