"""Reads what a cloud gave another stack, which only that stack's outputs tell. Only the edge asks."""

from __future__ import annotations

from typing import Any, TypeVar

import pulumi
from pulumi import Output, StackReference

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import stack_command

T = TypeVar("T")


class OutputMissing(RegionctlError):
    """A stack was applied, but does not say what it should: by an older release of this repository, or only in part."""

    def __init__(self, stack: str, name: str) -> None:
        self.stack, self.name = stack, name
        super().__init__(
            f"{stack} has no output {name!r}: it was never applied to its end",
            hint=f"run: {stack_command(stack, 'up')}",
        )


class Applied:
    """The outputs of a stack of this project, by its full name."""

    def __init__(self, stack: str) -> None:
        self._stack = stack
        # In full, as every backend takes it; a file backend has one organisation, called `organization`.
        # https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
        full = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
        self._reference = StackReference(stack, stack_name=full)

    def output(self, name: str) -> Output[Any]:
        """An output as it was last applied, secret where it is one there.

        In a preview one that is not there yet is unknown: the stack may be made in the same run, before this one. An
        update raises OutputMissing.
        """
        value = self._reference.get_output(name)
        return value.apply(lambda found: self._present(name, found))

    def _present(self, name: str, found: Any) -> Any:
        if found is None and pulumi.runtime.is_dry_run():
            return _unknown()
        if found is None:
            raise OutputMissing(self._stack, name)
        return found


def _unknown() -> Output[Any]:
    return Output(_settled(set()), _settled(None), _settled(False))


async def _settled(value: T) -> T:
    return value
