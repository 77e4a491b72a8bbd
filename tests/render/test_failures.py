"""A mistake in a program is one clear error that names the component and the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pulumi
import pytest
from pulumi_gcp import compute, organizations

from regionctl.model.errors import RegionctlError
from regionctl.render import ProgramFailed, render, render_all
from tests.render.programs import Net, program


class Broken(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Broken", name)
        raise ValueError("no such tier")


def one_net() -> None:
    Net("a")


def in_a_component() -> None:
    Broken("db")


def in_an_apply() -> None:
    pulumi.export("port", compute.Network("a").self_link.apply(lambda link: dict[str, str]()[link]))


def twice() -> None:
    Net("a")
    Net("a")


def asks_the_cloud() -> None:
    organizations.get_project(project_id="acme")


def wants_config() -> None:
    pulumi.Config().require("colour")


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (in_a_component, "ValueError: no such tier"),
        (in_an_apply, "KeyError"),
        (twice, "two resources of type test:index:Net have the name 'a'"),
        (asks_the_cloud, "a render has no provider to ask"),
        (wants_config, "regionctl:colour"),
    ],
)
def test_an_error_says_what_and_where(run: Callable[[], None], words: str) -> None:
    with pytest.raises(ProgramFailed) as failed:
        render(program(run))
    assert words in failed.value.what
    assert failed.value.stack == "prod.eu-west"
    assert "Traceback" not in str(failed.value)


def test_a_component_that_fails_is_named_with_its_line() -> None:
    with pytest.raises(ProgramFailed) as failed:
        render(program(in_a_component))
    assert failed.value.component == "test:index:Broken 'db'"
    line = Broken.__init__.__code__.co_firstlineno + 2
    assert str(failed.value.where).endswith(f"tests/render/test_failures.py:{line}")


def test_the_next_render_is_untouched_by_one_that_failed() -> None:
    with pytest.raises(ProgramFailed):
        render(program(twice))
    assert len(render(program(one_net)).resources) == 3


def test_many_stacks_are_rendered_in_processes_of_their_own() -> None:
    stacks = [program(one_net, name=f"prod.r{index}") for index in range(5)]
    declared = render_all(stacks)
    assert list(declared) == [stack.name for stack in stacks]
    assert all(len(d.resources) == 3 and d.stack == name for name, d in declared.items())


def test_rendering_many_raises_the_error_of_one() -> None:
    good = program(one_net, name="prod.good")
    with pytest.raises(RegionctlError, match="no such tier"):
        render_all([good, replace(good, name="prod.bad", run=in_a_component)])


def test_nothing_to_render_is_nothing() -> None:
    assert render_all([]) == {}
