"""What every component shares: the options of its children, and outputs that imply readiness."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

import pulumi
from pulumi import CustomTimeouts, Input, Output, Resource, ResourceOptions

T = TypeVar("T")

Labels = Mapping[str, Input[str]]


def child(
    parent: Resource,
    *,
    after: Sequence[Resource] = (),
    protect: bool = False,
    ignore: Sequence[str] = (),
    secret_outputs: Sequence[str] = (),
    timeout_s: int | None = None,
) -> ResourceOptions:
    """The options of a component's child.

    `after`: what must exist first though no input says so. `ignore`: input paths that the cloud changes by itself.
    `secret_outputs`: outputs that are secret though no input is. `timeout_s`: how long the provider waits for it to be
    made or changed, where that may be longer than the provider's own limit. A component's own options reach its
    children through `parent` (Pulumi inherits provider and protection) and are never merged here.
    """
    return ResourceOptions(
        parent=parent,
        depends_on=list(after) or None,
        protect=protect or None,  # None inherits the parent's protection, False would lift it
        ignore_changes=list(ignore) or None,
        additional_secret_outputs=list(secret_outputs) or None,
        custom_timeouts=CustomTimeouts(create=f"{timeout_s}s", update=f"{timeout_s}s") if timeout_s else None,
    )


def ready(output: Output[T], *others: Resource) -> Output[T]:
    """`output` as it is, but whoever uses it also waits for `others`, and is deleted before them.

    Unlike `Output.all(...).apply(...)` it stays known while one of `others` is replaced, so that a new grant on a key
    does not make every disk under that key look as if it were to be replaced.
    """

    async def resources() -> set[Resource]:
        return {*(await output.resources()), *others}

    async def value() -> T:
        return cast(T, await output.future(with_unknowns=True))  # None only where T has it

    return pulumi.Output(
        _Later(resources),
        _Later(value),
        _Later(output.is_known),
        _Later(output.is_secret),
    )


class _Later(Generic[T]):
    """Awaits what `start` gives once it is awaited itself, so that a program that fails leaves no coroutine behind."""

    def __init__(self, start: Callable[[], Awaitable[T]]) -> None:
        self._start = start

    def __await__(self) -> Generator[Any, Any, T]:
        return self._start().__await__()
