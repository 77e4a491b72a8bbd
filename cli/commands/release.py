"""`regionctl release`: which images regions run, by digest. Only files change; `up` rolls the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.complete import complete_fleet
from cli.context import Context
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command

if TYPE_CHECKING:
    from regions.release import ImageChange
    from regions.spec import RegionSpec

group = typer.Typer(no_args_is_help=True, help="The images that regions run: set or copy them.")


class NoImages(RegionctlError):
    """No image was given."""

    def __init__(self) -> None:
        super().__init__(
            "no image is named", hint=f"name one or more, as in: {command('release', 'set', 'api=sha256:...')}"
        )


class GivenTwice(RegionctlError):
    """A workload was given two images."""

    def __init__(self, workload: str) -> None:
        self.workload = workload
        super().__init__(f"{workload} is given twice", hint="give each workload one image")


class SameFleet(RegionctlError):
    """Images would be copied from a fleet to itself."""

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        super().__init__(
            f"{fleet} has its own images already",
            hint=f"name two fleets: {command('release', 'copy', 'staging', 'prod')}",
        )


class NothingInCommon(RegionctlError):
    """The fleets run no workload in common."""

    def __init__(self, source: str, target: str) -> None:
        self.source, self.target = source, target
        super().__init__(
            f"{source} says no image of a workload that {target} runs",
            hint=f"see `release` in the fleet.yaml of {source}",
        )


@group.command("set")
def set_(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORKLOAD=DIGEST... [REGION|auth...]",
            help="Images, and the regions that get them as their own; without any, all do, by the fleet's defaults.",
            show_default=False,
        ),
    ],
) -> None:
    """Set image digests, of every region or of some."""
    context: Context = ctx.obj
    context.announce()
    from cli.views.release import print_overrides
    from regions.release import overrides, setting

    images = images_of([word for word in words if "=" in word])
    homes = [word.removeprefix(f"{context.fleet_name}.") for word in words if "=" not in word]
    changes = setting(context.fleet, images, list(dict.fromkeys(homes)))
    own = {} if homes else overrides(context.fleet, images)
    print_overrides(context.fleet_name, own, quiet=context.json)
    _change(context, changes, own)


@group.command()
def copy(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="The fleet that runs them.", autocompletion=complete_fleet)
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="The fleet that gets them.", autocompletion=complete_fleet)
    ],
) -> None:
    """Copy a fleet's image digests to another.

    Those of its defaults and of its auth service.
    """
    given: Context = ctx.obj
    if source == target:
        raise SameFleet(source)
    origin, context = given.again(fleet=source), given.again(fleet=target)
    context.announce()
    from cli.views.release import print_left_out, print_other_registry, print_overrides
    from regions.release import default_images, images_at, overrides, setting
    from regions.spec import AUTH

    theirs = default_images(origin.fleet)
    ours = images_at(context.fleet, None).keys()
    images = {key: digest for key, digest in theirs.items() if key in ours}
    if not images:
        raise NothingInCommon(source, target)
    changes = setting(context.fleet, images) + setting(context.fleet, origin.fleet.spec.auth.release, [AUTH])
    own = overrides(context.fleet, images)
    print_left_out(source, target, sorted(theirs.keys() - ours), sorted(ours - theirs.keys()), quiet=context.json)
    if origin.fleet.spec.release_registry != context.fleet.spec.release_registry:
        print_other_registry(source, target, quiet=context.json)
    print_overrides(source, overrides(origin.fleet, images), quiet=context.json)
    print_overrides(target, own, quiet=context.json)
    _change(context, changes, own)


def images_of(assignments: Sequence[str]) -> dict[str, str]:
    """Digests by workload, from `api=sha256:...`. Raises NoImages, GivenTwice."""
    images: dict[str, str] = {}
    for assignment in assignments:
        workload, _, digest = assignment.partition("=")
        if images.setdefault(workload, digest) != digest:
            raise GivenTwice(workload)
    if not images:
        raise NoImages
    return images


def _change(context: Context, changes: Sequence[ImageChange], own: dict[str, list[str]]) -> None:
    """Writes the files and says what changed, who keeps images of their own, and what must be applied."""
    from cli.views.release import print_release
    from regions.edit import edit_fleet
    from regions.release import auth_rolled, rolled
    from regions.spec import AUTH

    stacks: list[str] = []
    if changes:
        after = edit_fleet(context.regions_dir, context.fleet_name, [change.edit for change in changes])
        stacks = [AUTH] if auth_rolled(context.fleet, after) else []
        stacks += [spec.name for spec in rolled(context.fleet, after) if _runs(context, spec)]
    print_release(
        [(context.fleet.file(change.region), change) for change in changes],
        fleet=context.fleet_name,
        own=own,
        following=(context.command("up", *stacks),) if stacks else (),
        as_json=context.json,
    )


def _runs(context: Context, spec: RegionSpec) -> bool:
    """Nobody is told to apply a planned region for its images alone: it may never have been applied."""
    from fleet.deployed import checkpoint
    from regions.spec import Lifecycle

    return spec.lifecycle is not Lifecycle.PLANNED or bool(checkpoint(context, context.one(spec.name)).resources)
