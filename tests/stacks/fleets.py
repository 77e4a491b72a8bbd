"""The shipped prod fleet, to change in a test."""

from __future__ import annotations

from typing import Any

from regions.load import load_fleet
from regions.spec import FleetSpec, Lifecycle, RegionSpec
from stacks.programs import REGIONS_DIR

PROD = load_fleet(REGIONS_DIR, "prod")


def fleet(**changes: Any) -> FleetSpec:
    return PROD.spec.model_copy(update=changes)


def regions(**lifecycles: Lifecycle) -> list[RegionSpec]:
    """Its regions; `eu_west=Lifecycle.CLOSED` changes one."""
    return [
        region.model_copy(update={"lifecycle": lifecycles.get(name.replace("-", "_"), region.lifecycle)})
        for name, region in PROD.regions.items()
    ]
