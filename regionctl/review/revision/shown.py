"""A resource's inputs as people see them: symbols as they are written, secrets masked."""

from __future__ import annotations

from typing import Any

from regionctl.model.path import Path
from regionctl.model.values import SECRET_MASK
from regionctl.render import Resource
from regionctl.render.plain import plain
from regionctl.sandbox.declared import secrets


def shown_inputs(resource: Resource) -> dict[str, Any]:
    """What the program or the provider calls secret reads "[secret]", what is not even symbolic "[unknown]"."""
    values: dict[str, Any] = plain(resource.inputs)
    for path in secrets(resource.type, resource.inputs):
        values = _masked(values, path)
    return values


def _masked(value: Any, path: Path) -> Any:
    if not path:
        return value if value is None else SECRET_MASK
    key, below = path[0], path[1:]
    if isinstance(value, dict) and key in value:
        return {**value, key: _masked(value[key], below)}
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return [_masked(item, below) if index == key else item for index, item in enumerate(value)]
    return value
