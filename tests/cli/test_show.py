"""`show` of every stack, whole and resource by resource."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.views.console import print_json
from cli.views.declaration import print_resource, print_tree
from regionctl.render import Declaration, render_all
from regionctl.render.find import find
from regions.load import fleets, load_fleet
from stacks.programs import programs
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

REGIONS = Path(__file__).parents[2] / "regions"


@pytest.fixture(scope="module")
def declarations() -> list[Declaration]:
    every = [program for name in fleets(REGIONS) for program in programs(load_fleet(REGIONS, name)).values()]
    return list(render_all(every).values())


def test_every_resource_of_every_stack_is_shown_by_its_name(
    declarations: list[Declaration], capsys: pytest.CaptureFixture[str]
) -> None:
    for declaration in declarations:
        print_tree(declaration)
        for resource in declaration.resources.values():
            assert resource in find(declaration, resource.name)
            print_resource(resource)
    assert "aliases=[{" in capsys.readouterr().out


def test_an_option_that_is_no_plain_value_is_shown_by_what_it_says(fleet: Holding) -> None:
    said = fleet.run("show", "us-east", "identity-api")
    assert (said.code, said.err) == (0, "prod, sandbox: no cloud is touched\n")
    assert 'aliases=[{"type": "gcp:serviceAccount/account:Account"}]' in said.out


@pytest.mark.parametrize("stack", ["auth", "eu-west", "edge"])
def test_a_stack_is_one_document(fleet: Holding, stack: str) -> None:
    document = fleet.run("show", stack, "--json").json
    options = [resource["options"] for resource in document["resources"]]
    assert {"type": "gcp:serviceAccount/account:Account"} in [
        alias for one in options for alias in one.get("aliases", ())
    ] or stack == "edge"
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_resource_is_the_same_in_its_stacks_document_and_alone(fleet: Holding) -> None:
    document = fleet.run("show", "us-east", "--json").json
    named = [one for one in document["resources"] if one["name"] == "database-instance"]
    assert fleet.run("show", "us-east", "database-instance", "--json").json == named


def test_a_document_of_every_stack_is_written(
    declarations: list[Declaration], capsys: pytest.CaptureFixture[str]
) -> None:
    from cli.views.declaration import declaration_document

    for declaration in declarations:
        print_json(declaration_document(declaration))
        assert json.loads(capsys.readouterr().out)["stack"] == declaration.stack
