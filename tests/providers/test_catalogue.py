"""Entries of the catalogues: true of the SDK, refused at their line where broken, and a company's own go first."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from regionctl.providers import include
from regionctl.providers.catalogue import BadCatalogue, Downtime, Entry, Kept, Update, entries, entry, read
from regionctl.providers.schema import type_schema
from stacks.programs import own_types
from tests.mutants import in_bytes

SQL = "gcp:sql/databaseInstance:DatabaseInstance"
OWN = """\
["own:thing/box:Box"]
keeps = [
  { name = "boxes", what = "boxes", where = "place" },
  { name = "lids", what = "lids", always = "global", unless = { open = true } },
]

[["own:thing/box:Box".updates]]
properties = ["size"]
downtime = "restart"
source = "https://example.com"

["own:thing/bag:Bag"]
keeps_nothing = "it is a bag"
rest."a.b" = "c"
"""


def test_every_entry_is_of_a_type_and_names_properties_that_it_has() -> None:
    own_types()
    for token, known in entries().items():
        if token.startswith("own:"):  # another test's
            continue
        schema = type_schema(token)
        named = [
            *known.unprotect,
            *known.forgets,
            *known.replaces,
            *(path for kept in known.keeps for path in _paths(kept)),
        ]
        named += [path for update in known.updates for path in update.properties if path != "*"]
        named += [known.latest, known.document, *known.keeps_nothing_if, *known.rest.values()]
        heads = {path.partition(".")[0].partition("[")[0] for path in named if path}
        assert heads <= {*schema.inputs, *schema.outputs}, token


def _paths(kept: Kept) -> list[str]:
    key = [] if kept.through else [kept.key]  # that of a resource of the other type
    return [kept.where, kept.through, *key, *kept.unless, *kept.only_with]


def test_what_rests_where_another_resource_says_is_traced_to_a_place() -> None:
    for known in entries().values():
        for kept in known.keeps:
            assert not kept.of or entry(kept.of).keeps, known.token


def test_of_a_type_without_an_entry_nothing_is_known() -> None:
    assert entry("gcp:bigquery/dataset:Dataset") == Entry(token="gcp:bigquery/dataset:Dataset")


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(OWN)
    box, bag = read(file).values()
    assert [kept.name for kept in box.keeps] == ["boxes", "lids"]
    assert box.updates == (Update(properties=("size",), downtime=Downtime.RESTART, source="https://example.com"),)
    assert (bag.keeps_nothing, bag.rest) == ("it is a bag", {"a.b": "c"})


def test_there_may_be_no_such_file(tmp_path: Path) -> None:
    assert read(tmp_path / "catalogue.toml") == {}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('place"', 'place", wher = "x"', "3:54: own:thing/box:Box: wher: unknown key"),
        (', what = "lids"', "", "4:3: own:thing/box:Box: keeps[1].what: field required"),
        ("open = true", "open = 1.5", "4:65: own:thing/box:Box: keeps[1].unless.open"),
        ('"restart"', '"never"', "9:1: own:thing/box:Box: updates[0].downtime: input should be 'none', 'restart'"),
        ('["size"]', '"size"', "8:1: own:thing/box:Box: updates[0].properties: "),
        ('always = "global", ', "", "4:3: own:thing/box:Box: say the place once"),
        ('"it is a bag"', "7", "13:1: own:thing/bag:Bag: keeps_nothing: input should be a valid string"),
        (
            '"it is a bag"',
            '"x"\nkeeps = [{ name = "x", what = "x", where = "x" }]',
            "12:1: own:thing/bag:Bag: it keeps",
        ),
        ('"it is a bag"', '"x"\nimport_id = "{a"', "12:1: own:thing/bag:Bag: import_id and asset_name have"),
        ("rest.", "rests.", "14:1: own:thing/bag:Bag: rests: unknown key"),
        ('["own:thing/bag:Bag"]', "x = 7", "12:1: own:thing/box:Box: x: unknown key"),
        ('"it is a bag"', '"it is', "13:23: this is not TOML"),
    ],
)
def test_a_mistake_is_refused_at_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(OWN.replace(old, new, 1))
    with pytest.raises(BadCatalogue) as refused:
        read(file)
    assert f"{file}:{says}" in str(refused.value)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_catalogue_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(30):
        file = tmp_path / f"{number}.toml"
        file.write_bytes(in_bytes(OWN, chance))
        with contextlib.suppress(BadCatalogue):
            read(file)


def test_a_companys_own_entry_goes_before_the_tools_and_adds_to_it(tmp_path: Path) -> None:
    api, file = "gcp:projects/service:Service", tmp_path / "catalogue.toml"
    file.write_text(
        f'["{SQL}"]\nkeeps_nothing = "an empty one"\n["{api}"]\nkeeps_nothing_if.service = ["own.googleapis.com"]\n'
    )
    said = read(file)
    both = entry(SQL).also_said(said[SQL])
    assert (both.keeps, both.keeps_nothing, both.updates) == ((), "an empty one", entry(SQL).updates)
    values = entry(api).also_said(said[api]).keeps_nothing_if["service"]
    assert {"own.googleapis.com", "run.googleapis.com"} <= set(values)


def test_what_a_company_describes_is_known_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text('["own:thing/bin:Bin"]\nwatches = true\n')
    assert not entry("own:thing/bin:Bin").watches
    include(file)
    assert entry("own:thing/bin:Bin").watches
    assert "own:thing/bin:Bin" in entries()
