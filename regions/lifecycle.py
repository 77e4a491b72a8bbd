"""A region's life: planned -> active -> draining -> closed, and back from draining to active.

Nothing has left a draining region for good, so a drain that was a mistake, or that waits for a repair, is taken back.
A closed region's project and names are given up; a region that comes back is a new one.
"""

from __future__ import annotations

from types import MappingProxyType

from regionctl.model.errors import Position, RegionctlError
from regionctl.model.hints import command
from regions.load import Fleet
from regions.spec import Lifecycle

NEXT = MappingProxyType(
    {
        Lifecycle.PLANNED: (Lifecycle.ACTIVE,),
        Lifecycle.ACTIVE: (Lifecycle.DRAINING,),
        Lifecycle.DRAINING: (Lifecycle.ACTIVE, Lifecycle.CLOSED),
        Lifecycle.CLOSED: (),
    }
)

_WAY_ON = {
    (Lifecycle.PLANNED, Lifecycle.DRAINING): "nobody lives there yet; to give it up: {down}",
    (Lifecycle.PLANNED, Lifecycle.CLOSED): ("nobody lives there yet; to give it up: {down}, then delete its file"),
    (Lifecycle.ACTIVE, Lifecycle.CLOSED): "drain it first: {drain}",
}
_CLOSED_FOR_GOOD = "a closed region does not come back; make a new one: {new}"


class IllegalTransition(RegionctlError):
    """A region cannot go from one state to the other."""

    def __init__(self, region: str, now: Lifecycle, wanted: Lifecycle, where: Position) -> None:
        self.region, self.now, self.wanted = region, now, wanted
        hint = _WAY_ON.get((now, wanted), _CLOSED_FOR_GOOD).format(
            down=command("down", region),
            drain=command("drain", region),
            new=command("new", "NAME", "--like", region),
        )
        super().__init__(f"{region} is {now} and cannot become {wanted}", where=where, hint=hint)


class LastActiveRegion(RegionctlError):
    """Without this region nobody could sign up."""

    def __init__(self, region: str, where: Position) -> None:
        self.region = region
        super().__init__(
            f"{region} is the only active region: nobody could sign up any more",
            where=where,
            hint=f"activate another one first: {command('activate', 'REGION')}",
        )


def check_transition(fleet: Fleet, region: str, wanted: Lifecycle) -> None:
    """Raises UnknownRegion, IllegalTransition, LastActiveRegion. To stay as it is, is no transition: not for here."""
    now = fleet.region(region).lifecycle
    where = fleet.position(region, ("lifecycle",))
    if wanted not in NEXT[now]:
        raise IllegalTransition(region, now, wanted, where)
    active = [name for name, spec in fleet.regions.items() if spec.lifecycle is Lifecycle.ACTIVE]
    if wanted is Lifecycle.DRAINING and active == [region]:
        raise LastActiveRegion(region, where)
