"""The order in which a program's resources are registered: the same in every run of a program that is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from pulumi import Resource

from .lean import in_place_of

_NUMBER = (
    "_regionctl_number"  # the SDK leaves out names that begin so where it shows a resource (`massage` in stack.py)
)


@contextmanager
def in_order() -> Iterator[None]:
    """Within, a resource's hash is its number, instead of where it lies in memory.

    The SDK waits for the resources in a set of dependencies one after the other (`_OutputData.resources` in
    pulumi/output.py), and which one comes first decides which of two resources is registered first.
    """
    numbers = count()

    def number(resource: Resource) -> int:
        own = vars(resource)
        if _NUMBER not in own:
            own[_NUMBER] = next(numbers)
        return int(own[_NUMBER])

    with in_place_of(Resource, "__hash__", number):
        yield
