"""Which resource options a change changes, by Pulumi's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from regionctl.engine import ChangeKind, PropertyChange
from regionctl.model.path import Each, Part, parse
from regionctl.render import Options, Value

# Aliases are shown as the move that they make; provider and providers as what is replaced by another one.
_NAMES = {
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "delete_before_replace": "deleteBeforeReplace",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "replace_with": "replaceWith",
    "additional_secret_outputs": "additionalSecretOutputs",
    "import_id": "import",
    "custom_timeouts": "customTimeouts",
    "deleted_with": "deletedWith",
    "provider": "provider",
    "version": "version",
    "plugin_download_url": "pluginDownloadURL",
}


def option_changes(old: Options, new: Options, urns: Mapping[str, str]) -> Iterator[PropertyChange]:
    """What differs, in the order of the names. `urns`: the URN in the head of a resource of the base."""
    if old == new:
        return
    before, after = _shown(old, urns), _shown(new, {})
    for name in sorted(before.keys() | after.keys()):
        was, becomes = before.get(name), after.get(name)
        if was == becomes:
            continue
        kind = ChangeKind.ADD if was is None else ChangeKind.DELETE if becomes is None else ChangeKind.UPDATE
        yield PropertyChange(path=name, kind=kind, old=was, new=becomes)


def _shown(options: Options, urns: Mapping[str, str]) -> dict[str, Any]:
    """The options that say something. `protect: false` says what saying nothing says; `deleteBeforeReplace: false`
    overrules the provider."""
    values = {name: _value(getattr(options, field), urns) for field, name in _NAMES.items()}
    return {name: value for name, value in values.items() if _says(name, value)}


def _says(name: str, value: Any) -> bool:
    return name == "deleteBeforeReplace" if value is False else value not in (None, [], {})


def _value(value: Any, urns: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return urns.get(value, value)
    if isinstance(value, tuple):
        return [urns.get(item, item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return {name: item for name, item in asdict(value).items() if item is not None}


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
