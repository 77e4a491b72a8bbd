"""Names that a region keeps: those that its spec says, and computed ones for the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from regionctl.providers.catalogue import read
from regions.kept_names import NamesSpec
from regions.load import load_fleet
from regions.names import RegionNames, region_names

REGIONS = Path(__file__).parents[2] / "regions"


def names(kept: NamesSpec) -> RegionNames:
    fleet = load_fleet(REGIONS, "prod")
    return region_names(fleet.spec, fleet.regions["us-east"].model_copy(update={"names": kept}))


@pytest.mark.parametrize("entry", sorted(NamesSpec.model_fields))
def test_each_entry_takes_the_place_of_the_name_it_is_called_like(entry: str) -> None:
    by_key = isinstance(getattr(NamesSpec(), entry), dict) or hasattr(getattr(NamesSpec(), entry), "keys")
    spec = NamesSpec.model_validate({entry: {"api": "kept-name"} if by_key else "kept-name"})
    found = getattr(names(spec), entry)
    assert (found("api") if by_key else found) == "kept-name"
    if by_key:
        assert found("sync") == getattr(names(NamesSpec()), entry)("sync")


def test_what_hangs_on_a_kept_name_follows_it() -> None:
    kept = names(NamesSpec(project="acme-production"))
    assert kept.bucket("uploads") == "acme-production-uploads"


def test_the_catalogue_names_entries_that_there_are() -> None:
    """components/catalogue.toml says which type's names each entry keeps."""
    kept = {entry.kept_as for entry in read(REGIONS.parent / "components" / "catalogue.toml").values()} - {""}
    assert kept
    assert kept <= set(NamesSpec.model_fields)
