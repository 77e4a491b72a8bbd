"""Arguments and options that several commands take, worded once."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.complete import complete_stack

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
