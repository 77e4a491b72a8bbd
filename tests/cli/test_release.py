"""Digests change in the files that say them, and people are told whom that reaches."""

from __future__ import annotations

import pytest

from regions.load import load_fleet
from tests.cli.holding import Holding, fleet, resource

__all__ = ["fleet"]

NEW = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


def images(fleet: Holding, region: str, name: str = "prod") -> dict[str, str]:
    return dict(load_fleet(fleet.file(""), name).regions[region].release)


def digest_in(fleet: Holding, file: str, workload: str) -> str:
    line = next(
        line for line in fleet.file(file).read_text().splitlines() if line.startswith(f"    {workload}: sha256:")
    )
    return line.split()[1]


def test_without_a_region_every_region_gets_it_by_the_defaults(fleet: Holding) -> None:
    before = fleet.files()
    old = digest_in(fleet, "prod/fleet.yaml", "api")
    said = fleet.run("release", "set", f"api={NEW}")
    assert said.code == 0, said.err
    assert said.out == f"regions/prod/fleet.yaml: api: {old[7:15]} -> abababab\n"
    assert "  regionctl up eu-west us-east\n" in said.err
    name = str(fleet.file("prod/fleet.yaml"))
    assert fleet.files() == {**before, name: before[name].replace(old.encode(), NEW.encode())}
    assert {images(fleet, region)["api"] for region in ("us-east", "eu-west", "ap-south")} == {NEW}


def test_a_region_gets_its_own(fleet: Holding) -> None:
    before = images(fleet, "eu-west")
    said = fleet.run("release", "set", f"api={NEW}", f"sync={OTHER}", "prod.us-east")
    assert said.code == 0, said.err
    assert "regionctl up us-east\n" in said.err
    assert images(fleet, "eu-west") == before
    assert images(fleet, "us-east") == {**before, "api": NEW, "sync": OTHER}


def test_the_auth_service_gets_its_own(fleet: Holding) -> None:
    before = images(fleet, "eu-west")
    said = fleet.run("release", "set", f"auth={NEW}", f"migrate={OTHER}", "auth")
    assert said.code == 0, said.err
    assert [line.partition(": ")[2].split(":")[0] for line in said.out.splitlines()] == ["auth.auth", "auth.migrate"]
    assert "regionctl up auth\n" in said.err
    assert load_fleet(fleet.file(""), "prod").spec.auth.release == {"auth": NEW, "migrate": OTHER}
    assert images(fleet, "eu-west") == before


def test_a_planned_region_is_named_once_it_was_applied(fleet: Holding) -> None:
    fleet.hold("prod.ap-south", [resource("gcp:compute/network:Network", "network")])
    assert "regionctl up ap-south eu-west us-east" in fleet.run("release", "set", f"api={NEW}").err


def test_regions_with_images_of_their_own_are_named(fleet: Holding) -> None:
    fleet.run("release", "set", f"api={OTHER}", "us-east")
    said = fleet.run("release", "set", f"api={NEW}")
    assert "prod.us-east has an image of its own for api" in said.err
    assert "  regionctl up eu-west\n" in said.err
    assert images(fleet, "us-east")["api"] == OTHER


@pytest.mark.parametrize("regions", [[], ["eu-west"]])
def test_what_is_so_already_is_no_error(fleet: Holding, regions: list[str]) -> None:
    old = digest_in(fleet, "prod/fleet.yaml", "api")
    before = fleet.files()
    said = fleet.run("release", "set", f"api={old}", *regions)
    assert (said.code, said.out) == (0, "")
    assert "nothing was changed" in said.err
    assert fleet.files() == before


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([f"apj={NEW}"], "prod has no workload 'apj'; did you mean api?"),
        ([f"apj={NEW}", "us-east"], "us-east has no workload 'apj'; did you mean api?"),
        ([f"auth={NEW}"], "name auth after the images, as a region would be"),
        ([f"api={NEW}", "auth"], "auth has no workload 'api'; there are auth, migrate"),
        ([f"api={NEW}", "us-eats"], "did you mean us-east"),
        (["api=latest"], "api: an image digest (sha256: and 64 hexadecimal digits) is wanted"),
        ([f"api={NEW.upper()}"], "is wanted"),
        ([f"api={NEW}0"], "is wanted"),
        (["api="], "is wanted"),
        ([f"={NEW}"], "has no workload ''"),
        ([f"api={NEW}", f"api={OTHER}"], "api is given twice"),
        ([f"api={NEW}", "sync=latest"], "sync: an image digest"),
        (["us-east"], "no image is named"),
    ],
)
def test_what_makes_no_sense_changes_nothing(fleet: Holding, words: list[str], error: str) -> None:
    before = fleet.files()
    said = fleet.run("release", "set", *words)
    assert said.code == 1
    assert error in said.err
    assert "Traceback" not in said.err
    assert fleet.files() == before


def test_a_copy_takes_every_image_of_the_defaults(fleet: Holding) -> None:
    said = fleet.run("release", "copy", "staging", "prod")
    assert said.code == 0, said.err
    assert said.err.startswith("prod, sandbox")
    assert images(fleet, "eu-west") == images(fleet, "eu-west", "staging")
    loaded = {name: load_fleet(fleet.file(""), name).spec.auth.release for name in ("prod", "staging")}
    assert loaded["prod"] == loaded["staging"]
    assert len(said.out.splitlines()) == 6
    assert "  regionctl up auth eu-west us-east\n" in said.err
    assert fleet.run("release", "copy", "staging", "prod").out == ""


def test_a_copy_names_regions_that_it_does_not_reach_or_speak_for(fleet: Holding) -> None:
    fleet.run("release", "set", f"api={OTHER}", "us-east")
    fleet.run("--fleet", "staging", "release", "set", f"sync={OTHER}", "eu-west")
    said = fleet.run("release", "copy", "staging", "prod", "--json")
    assert said.code == 0, said.err
    assert said.json["overrides"] == {"us-east": ["api"]}
    assert {(change["home"], change["workload"]) for change in said.json["changes"]} == {
        *((None, key) for key in ("api", "sync", "background", "migrate")),
        *(("auth", key) for key in ("auth", "migrate")),
    }
    assert said.json["next"] == ["regionctl up auth eu-west us-east"]
    said = fleet.run("release", "copy", "staging", "prod")
    assert "staging.eu-west has an image of its own for sync" in said.err
    assert "prod.us-east has an image of its own for api" in said.err


def test_a_copy_leaves_out_what_only_one_fleet_runs(fleet: Holding) -> None:
    file = fleet.file("staging/fleet.yaml")
    text = file.read_text()
    file.write_text(
        text.replace("    api: sha256:", f"    mailer: {OTHER}\n    api: sha256:", 1).replace(
            "  workers:\n",
            "  workers:\n    mailer: {cpu: 1, memory_mib: 1024, instances: 1}\n",
            1,
        )
    )
    said = fleet.run("release", "copy", "staging", "prod")
    assert said.code == 0, said.err
    assert "not copied, since prod does not run it: mailer" in said.err
    said = fleet.run("release", "copy", "prod", "staging")
    assert "left as it is, since prod does not run it: mailer" in said.err


def test_another_registry_is_named(fleet: Holding) -> None:
    file = fleet.file("staging/fleet.yaml")
    file.write_text(file.read_text().replace("project: acme-releases", "project: acme-tryouts"))
    assert "prod pulls from another registry than staging" in fleet.run("release", "copy", "staging", "prod").err


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("prod", "prod", "prod has its own images already"),
        ("stagin", "prod", "did you mean staging?"),
        ("staging", "prd", "did you mean prod?"),
    ],
)
def test_a_copy_needs_two_fleets(fleet: Holding, source: str, target: str, error: str) -> None:
    before = fleet.files()
    said = fleet.run("release", "copy", source, target)
    assert said.code == 1
    assert error in said.err
    assert fleet.files() == before
