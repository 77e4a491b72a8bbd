"""pydantic's validation errors in the words of people who edit the YAML.

A value is never repeated but where a validator of ours does so: a secret may have been pasted where it does not belong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from regionctl.model.hints import did_you_mean
from regions.source import KeyPath, dotted


@dataclass(frozen=True)
class SpecProblem:
    """What is wrong at a path of a spec. `on_key`: with the key, not its value. `missing`: nothing is at `path`."""

    path: KeyPath
    what: str
    hint: str | None = None
    on_key: bool = False
    missing: bool = False

    def within(self, section: str) -> SpecProblem:
        """The same problem, seen from the document that the spec is a section of."""
        return replace(self, path=(section, *self.path), what=f"{section}.{self.what}")


def problems_of(error: ValidationError, model: type[BaseModel], hidden: Iterable[str] = ()) -> list[SpecProblem]:
    """Every problem of a validation of `model`. `hidden` are keys that no file may set, so that none is suggested."""
    return [_problem(details, model, set(hidden)) for details in error.errors(include_url=False)]


_MOVED = {
    "placement": "time zones and countries belong to a locality: move them to `localities` in fleet.yaml, and name the"
    " locality here",
    "edge.default_region": "write `default_locality`, with a key of `localities`",
}


def unknown_key(path: KeyPath, known: Iterable[str]) -> SpecProblem:
    """A key that the models do not have, with the closest that they have, or where it stands now."""
    names = sorted(known)
    near = did_you_mean(str(path[-1]), names, f"the keys here are {', '.join(names)}", most=1)
    hint = _MOVED.get(dotted(path), near)
    return SpecProblem(path, f"{dotted(path)}: unknown key", hint, on_key=True)


def known_keys(model: type[BaseModel], path: KeyPath = ()) -> list[str]:
    """The keys that a spec may have at a path; none inside of free maps."""
    at = _model_at(model, path)
    return list(at.model_fields) if at else []


def _problem(details: ErrorDetails, model: type[BaseModel], hidden: set[str]) -> SpecProblem:
    on_key = details["loc"][-1:] == ("[key]",)
    path = details["loc"][:-1] if on_key else details["loc"]
    if details["type"] == "extra_forbidden":
        return unknown_key(path, set(known_keys(model, path[:-1])) - hidden)
    if details["type"] == "missing":
        return SpecProblem(path, f"{dotted(path)}: missing", "write it", missing=True)
    what, hint = _words(details)
    return SpecProblem(path, f"{dotted(path)}: {what}", hint, on_key=on_key)


_WANTED = {
    "int_type": "a whole number is wanted",
    "string_type": "text is wanted",
    "bool_type": "true or false is wanted",
    "tuple_type": "a list such as [50, 100] is wanted",
    "greater_than_equal": "at least {ge} is wanted",
    "less_than_equal": "at most {le} is wanted",
    "too_long": "at most {max_length} are allowed",
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type"), "keys with values are wanted"
    ),
}


def _words(details: ErrorDetails) -> tuple[str, str | None]:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if value is None and kind != "value_error":  # a validator of ours knows better what is missing
        return "nothing stands after the colon", "write a value or remove the key"
    if kind == "enum":
        return _one_of(re.findall(r"'([^']*)'", context["expected"]), value)
    if kind == "value_error":
        return str(context["error"]), None
    if kind in _WANTED:
        return _WANTED[kind].format_map(context), _type_hint(kind, value)
    return details["msg"], None


def _one_of(known: list[str], value: object) -> tuple[str, str | None]:
    hint = did_you_mean(value, known, most=1) if isinstance(value, str) else ""
    return f"one of {', '.join(known)} is wanted", hint or None


def _type_hint(kind: str, value: object) -> str | None:
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return "put the value in quotes"
    if kind == "int_type" and isinstance(value, str) and value.isdecimal():
        return "remove the quotes"
    return None


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    at: Any = model
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            info = at.model_fields.get(str(part))
            at = info.annotation if info else None
        elif _is_map(at):
            at = get_args(at)[1]
        at = _without_none(at)
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _is_map(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _without_none(annotation: Any) -> Any:
    kinds = [arg for arg in get_args(annotation) if arg is not type(None)]
    return kinds[0] if type(None) in get_args(annotation) and len(kinds) == 1 else annotation
