"""A program that reads a stack which is not there: which one, and the command that makes it."""

from __future__ import annotations

import pulumi
import pytest

from regionctl.engine import Plan
from regionctl.engine.state.failures import RunFailed
from tests.engine.conftest import Toy, program

pytestmark = pytest.mark.engine


def reads_another() -> None:
    pulumi.StackReference("two", stack_name="organization/toys/test.two")


@pytest.mark.parametrize("kind", ["plan", "apply"])
def test_a_stack_that_is_read_and_was_never_made_is_named_with_the_command_that_makes_it(toy: Toy, kind: str) -> None:
    result = getattr(toy.engine, kind)([program(reads_another)])["test.one"]
    assert isinstance(result, Plan)
    assert isinstance(result.error, RunFailed)
    assert result.error.what.startswith("test.one: two: ")
    assert 'unknown stack "organization/toys/test.two"' in result.error.what
    assert result.error.hint == "bring it up first: regionctl --fleet test up two"
    assert result.error.failed == ("urn:pulumi:test.one::toys::pulumi:pulumi:StackReference::two",)
