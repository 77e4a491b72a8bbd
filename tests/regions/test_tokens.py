"""What is a region's own: enough that its sisters declare the same but for it, and no two things by one name."""

from __future__ import annotations

from regionctl.render import render
from regionctl.render.plain import plain
from regionctl.review.folding import Tokens
from regionctl.review.folding.fold import identity
from regions.tokens import fleet_tokens
from stacks.programs import programs
from tests.stacks.fleets import PROD


def test_only_regions_have_tokens() -> None:
    assert set(fleet_tokens(PROD)) == {f"prod.{name}" for name in PROD.regions}


def test_the_regions_of_a_fleet_declare_the_same_but_for_their_tokens() -> None:
    tokens = fleet_tokens(PROD)
    declared = {}
    for stack in ("prod.eu-west", "prod.ap-south"):
        own = Tokens(tokens[stack])
        declaration = render(programs(PROD)[stack])
        declared[stack] = {
            own.normalise(resource.urn): identity(own.normalise(plain(resource.inputs)))
            for resource in declaration.resources.values()
        }
    assert declared["prod.eu-west"] == declared["prod.ap-south"]
