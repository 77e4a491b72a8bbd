"""A resource that several regions make, but not alike: what tells its variants apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regionctl.model.differences import changes
from regionctl.model.events import ChangeKind, PropertyChange
from regionctl.model.values import get


def differing_paths(variants: Sequence[Mapping[str, Any]]) -> list[str]:
    """The paths of the inputs at which not all variants have the same."""
    first, *others = variants
    return list(dict.fromkeys(change.path for other in others for change in changes(first, other)))


def values_at(inputs: Mapping[str, Any], paths: Sequence[str]) -> Iterator[PropertyChange]:
    """What the inputs have at these paths, as properties that are added."""
    for path in paths:
        value = get(inputs, path)
        if value is not None:
            yield PropertyChange(path=path, kind=ChangeKind.ADD, new=value)
