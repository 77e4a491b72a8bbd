"""`ignoreChanges`: what a program asks to leave as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regionctl.model.path import Each, Part, parse
from regionctl.render import Value

_ANY = frozenset({Each.KEY, Each.ITEM, "*"})


def with_ignored(old: Mapping[str, Value], new: Mapping[str, Value], ignored: Sequence[str]) -> Mapping[str, Value]:
    """The new inputs, with the old values at the ignored paths. `*` stands for every key or index."""
    for path in ignored:
        kept = _kept(old, new, parse(path))
        assert isinstance(kept, Mapping), "an object stays one"
        new = kept
    return new


def covers(path: str, changed: str) -> bool:
    """Whether a change lies at or below a path, in which `*` stands for every key or index."""
    parts, found = parse(path), parse(changed)
    return len(parts) <= len(found) and all(
        part == own or part in _ANY for part, own in zip(parts, found, strict=False)
    )


def _kept(old: Value, new: Value, parts: Sequence[Part]) -> Value:
    if not parts:
        return old
    part, below = parts[0], parts[1:]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted({*old, *new}) if part in _ANY else [str(part)]
        merged = dict(new)
        for key in keys:
            if key in old and (key in new or not below):
                merged[key] = _kept(old[key], new.get(key), below)
            elif not below:
                merged.pop(key, None)
        return merged
    if isinstance(old, list) and isinstance(new, list):
        wanted = range(len(new)) if part in _ANY else [part]
        return [
            _kept(old[index], item, below) if index in wanted and index < len(old) else item
            for index, item in enumerate(new)
        ]
    return new
