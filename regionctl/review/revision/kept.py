"""`ignoreChanges`: what a program asks to leave as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regionctl.model.path import split
from regionctl.render import Value

_ANY = "*"


def with_ignored(old: Mapping[str, Value], new: Mapping[str, Value], ignored: Sequence[str]) -> Mapping[str, Value]:
    """The new inputs, with the old values at the ignored paths. `*` stands for every key or index."""
    for path in ignored:
        kept = _kept(old, new, split(path))
        assert isinstance(kept, Mapping), "an object stays one"
        new = kept
    return new


def covers(path: str, changed: str) -> bool:
    """Whether a change lies at or below a path, in which `*` stands for every key or index."""
    parts, found = split(path), split(changed)
    return len(parts) <= len(found) and all(part in (_ANY, own) for part, own in zip(parts, found, strict=False))


def _kept(old: Value, new: Value, parts: Sequence[str | int]) -> Value:
    if not parts:
        return old
    part, below = parts[0], parts[1:]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted({*old, *new}) if part == _ANY else [str(part)]
        merged = dict(new)
        for key in keys:
            if key in old and (key in new or not below):
                merged[key] = _kept(old[key], new.get(key), below)
            elif not below:
                merged.pop(key, None)
        return merged
    if isinstance(old, list) and isinstance(new, list):
        wanted = range(len(new)) if part == _ANY else [part]
        return [
            _kept(old[index], item, below) if index in wanted and index < len(old) else item
            for index, item in enumerate(new)
        ]
    return new
