"""`Check`: which inputs a provider refuses, and what it fills in.

Order and result are those of Pulumi's Terraform bridge v3 (`pkg/tfbridge/schema.go`, `applyDefaults`): defaults are
filled in where nothing is given, an object's `__defaults` lists which ones, and an update keeps the old default of a
generated name.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from regionctl.sandbox.errors import CheckFailure
from regionctl.sandbox.rules import Facts, Group
from regionctl.sandbox.schema import Kind, Property, Shape, TypeSchema
from regionctl.sandbox.wire import UNKNOWN, Bag, Path, Value, fact_path, is_asset, show_path, value_at

DEFAULTS: Final = "__defaults"
SUFFIX_LENGTH: Final = 7  # hex digits of a generated name


class Format(Protocol):
    """A rule for a string, with what it should look like."""

    @property
    def text(self) -> str: ...

    def matches(self, value: str) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class AutoName:
    """The property that gets a generated name where none is given."""

    property: str = "name"
    max_length: int = 255  # tfbridge.SetAutonaming(255, "-") of pulumi-gcp


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a generated name is made from."""

    urn_name: str
    seed: bytes
    proposed: str | None = None  # by the engine's autonaming configuration
    disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckRules:
    schema: TypeSchema
    facts: Facts
    formats: Mapping[str, Format] = field(default_factory=dict)
    auto_name: AutoName | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    inputs: Bag
    failures: tuple[CheckFailure, ...]


def check(rules: CheckRules, news: Bag, olds: Bag, naming: Naming) -> Checked:
    """Every mistake of the inputs at once, and the inputs with their defaults."""
    failures = list(_Checker(rules, news).failures())
    values = _with_defaults(rules, news.values)
    auto = rules.auto_name
    if auto is not None and values.get(auto.property) is None:
        _fill_name(auto, values, olds.values, naming, failures)
    return Checked(inputs=Bag(values, news.secrets), failures=tuple(failures))


def check_value(rules: CheckRules, path: Path, value: Value) -> list[CheckFailure]:
    """What is wrong with one value of a resource that exists, whatever stands around it.

    Nothing is where the SDK knows no such place.
    """
    prop = _property_at(rules.schema, path)
    if prop is None:
        return []
    if value is None:
        return [CheckFailure(show_path(path), "missing required property")] if prop.required else []
    return list(_Checker(rules, Bag({})).value(value, prop.shape, path))


def _property_at(schema: TypeSchema, path: Path) -> Property | None:
    prop = {**schema.inputs, **schema.outputs}.get(str(path[0]))
    for key in path[1:]:
        if prop is None:
            return None
        shape = prop.shape
        if shape.element is not None:
            prop = Property(name=str(key), shape=shape.element, required=False)
        else:
            prop = schema.fields(shape).get(str(key))
    return prop


def generated_name(auto: AutoName, naming: Naming) -> str:
    """`<name>-<7 hex>`, the same for the same seed."""
    digest = hashlib.sha256(naming.seed + naming.urn_name.encode()).hexdigest()[:SUFFIX_LENGTH]
    return f"{naming.urn_name[: auto.max_length - SUFFIX_LENGTH - 1]}-{digest}"


def _fill_name(
    auto: AutoName,
    values: dict[str, Value],
    olds: Mapping[str, Value],
    naming: Naming,
    failures: list[CheckFailure],
) -> None:
    name = auto.property
    if naming.disabled:
        failures.append(CheckFailure(name, "missing required property: automatic naming is disabled"))
        return
    kept = olds.get(name) if name in (olds.get(DEFAULTS) or ()) else None
    values[name] = kept or naming.proposed or generated_name(auto, naming)
    values[DEFAULTS] = sorted({*values.get(DEFAULTS, ()), name})


class _Checker:
    def __init__(self, rules: CheckRules, bag: Bag) -> None:
        self._rules = rules
        self._facts = rules.facts
        self._bag = bag

    def failures(self) -> Iterator[CheckFailure]:
        yield from self._object(self._bag.values, self._rules.schema.inputs, ())
        yield from self._groups()

    def _object(self, values: Mapping[str, Value], props: Mapping[str, Property], path: Path) -> Iterator[CheckFailure]:
        for name, value in values.items():
            if name.startswith("__"):
                continue
            prop = props.get(name)
            if prop is None:
                yield CheckFailure(show_path((*path, name)), _unknown_property(name, props, self._rules.schema, path))
            elif value is not None:
                yield from self.value(value, prop.shape, (*path, name))
        for name, prop in props.items():
            if prop.required and values.get(name) is None:
                yield CheckFailure(show_path((*path, name)), "missing required property")

    def value(self, value: Value, shape: Shape, path: Path) -> Iterator[CheckFailure]:
        if value is UNKNOWN:
            return
        if not _fits(value, shape.kind):
            yield CheckFailure(show_path(path), f"expected {_article(shape)}, got {self._shown(value, path)}")
            return
        if shape.kind is Kind.OBJECT:
            fields = self._rules.schema.fields(shape)
            if fields or shape.class_name:
                yield from self._object(value, fields, path)
        elif shape.kind is Kind.LIST:
            yield from self._list(value, shape, path)
        elif shape.kind is Kind.MAP:
            for key, item in value.items():
                if shape.element is not None and item is not None:
                    yield from self.value(item, shape.element, (*path, key))
        else:
            yield from self._scalar(value, path)

    def _list(self, values: list[Value], shape: Shape, path: Path) -> Iterator[CheckFailure]:
        fact = fact_path(path)
        least, most = self._facts.min.get(fact, 0), self._facts.max.get(fact)
        if len(values) < least:
            yield CheckFailure(show_path(path), f"expected at least {least} items, got {len(values)}")
        if most is not None and len(values) > most:
            yield CheckFailure(show_path(path), f"expected at most {most} items, got {len(values)}")
        for i, item in enumerate(values):
            if shape.element is not None and item is not None:
                yield from self.value(item, shape.element, (*path, i))

    def _scalar(self, value: Value, path: Path) -> Iterator[CheckFailure]:
        fact = fact_path(path)
        allowed = self._facts.enum.get(fact)
        if allowed is not None and value not in allowed and value != "":
            choices = ", ".join(f'"{choice}"' for choice in allowed)
            nearest = "" if self._bag.hides(path) else _did_you_mean(str(value), allowed)
            yield CheckFailure(show_path(path), f"expected one of {choices}, got {self._shown(value, path)}{nearest}")
        expected = self._rules.formats.get(fact)
        if expected is not None and isinstance(value, str) and not expected.matches(value):
            yield CheckFailure(show_path(path), f"expected {expected.text}, got {self._shown(value, path)}")

    def _groups(self) -> Iterator[CheckFailure]:
        values = self._bag.values
        for _, group in _instances(values, self._facts.conflicts):
            given = [path for path in group if _present(values, path)]
            if len(given) > 1:
                yield CheckFailure(show_path(given[0]), f"conflicts with {_listed(given[1:])}: give only one of them")
        for scope, group in _instances(values, self._facts.exactly_one):
            given = [path for path in group if _present(values, path)]
            if len(given) != 1 and value_at(values, scope) is not None:
                yield CheckFailure(
                    show_path((given or group)[0]),
                    f"exactly one of {_listed(group)} is required, got {_listed(given) if given else 'none'}",
                )
        for scope, group in _instances(values, self._facts.at_least_one):
            if value_at(values, scope) is not None and not any(_present(values, path) for path in group):
                yield CheckFailure(show_path(group[0]), f"at least one of {_listed(group)} is required")
        for needer, needed in self._facts.requires.items():
            for _, group in _instances(values, [(needer, *needed)]):
                missing = [path for path in group[1:] if not _present(values, path)]
                if _present(values, group[0]) and missing:
                    yield CheckFailure(show_path(group[0]), f"requires {_listed(missing)} too")

    def _shown(self, value: Value, path: Path) -> str:
        if self._bag.hides(path):
            return "[secret]"
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, dict):
            return "an asset" if is_asset(value) else "an object"
        if isinstance(value, list):
            return "a list"
        return str(value).lower() if isinstance(value, bool) else str(value)


def _fits(value: Value, kind: Kind) -> bool:
    match kind:
        case Kind.STRING:
            return isinstance(value, str)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.LIST:
            return isinstance(value, list)
        case Kind.OBJECT | Kind.MAP:
            return isinstance(value, dict)
        case Kind.ASSET:
            return is_asset(value)
        case Kind.ANY:
            return True


def _article(shape: Shape) -> str:
    text = str(shape)
    return f"an {text}" if text[0] in "aio" else f"a {text}"


def _unknown_property(name: str, props: Mapping[str, Property], schema: TypeSchema, path: Path) -> str:
    if not path and name in schema.outputs:
        return "the cloud sets this property: it cannot be given"
    return "unknown property" + _did_you_mean(name, props)


def _did_you_mean(given: str, known: Iterable[str]) -> str:
    closest = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{closest[0]}"?' if closest else ""


# Groups name absolute paths; one that lies in a list holds for each element of it.


def _instances(values: Mapping[str, Value], groups: Iterable[Group]) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """Each group for each list element it applies to, with the object that must exist for it to apply."""
    for group in groups:
        split = [_split(path) for path in group]
        scope = _common([path[:-1] for path in split])
        for real in _expand(values, scope):
            yield real, tuple(real + path[len(scope) :] for path in split)


def _split(path: str) -> Path:
    keys: list[str | int] = []
    for part in path.split("."):
        keys.append(part.removesuffix("[]"))
        if part.endswith("[]"):
            keys.append(-1)  # stands for every element
    return tuple(keys)


def _common(paths: list[Path]) -> Path:
    shared: list[str | int] = []
    for keys in zip(*paths, strict=False):
        if len(set(keys)) > 1:
            break
        shared.append(keys[0])
    return tuple(shared)


def _expand(value: Value, scope: Path, done: Path = ()) -> Iterator[Path]:
    if not scope:
        yield done
    elif scope[0] == -1:
        for i, item in enumerate(value if isinstance(value, list) else ()):
            yield from _expand(item, scope[1:], (*done, i))
    else:
        inner = value.get(scope[0]) if isinstance(value, dict) else None
        yield from _expand(inner, scope[1:], (*done, scope[0]))


def _present(values: Mapping[str, Value], path: Path) -> bool:
    value = value_at(values, path)
    return value is not None and value != []


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(f'"{show_path(path)}"' for path in paths)


# defaults


def _with_defaults(rules: CheckRules, values: Mapping[str, Value]) -> dict[str, Value]:
    absent = _excluded(rules.facts, values)
    return _object_defaults(rules, values, rules.schema.inputs, (), absent)


def _excluded(facts: Facts, values: Mapping[str, Value]) -> frozenset[Path]:
    """Where no default goes: something that excludes it is given."""
    return frozenset(
        path
        for _, group in _instances(values, (*facts.conflicts, *facts.exactly_one))
        for path in group
        if any(other != path and _present(values, other) for other in group)
    )


def _object_defaults(
    rules: CheckRules, values: Mapping[str, Value], props: Mapping[str, Property], path: Path, excluded: frozenset[Path]
) -> dict[str, Value]:
    filled: dict[str, Value] = {}
    for name, value in values.items():
        if name != DEFAULTS and value is not None:
            prop = props.get(name)
            filled[name] = _value_defaults(rules, value, prop.shape, (*path, name), excluded) if prop else value
    added = []
    for name in props:
        default = rules.facts.default.get(fact_path((*path, name)))
        if default is not None and name not in filled and (*path, name) not in excluded:
            filled[name] = default
            added.append(name)
    filled[DEFAULTS] = sorted(added)
    return filled


def _value_defaults(rules: CheckRules, value: Value, shape: Shape, path: Path, excluded: frozenset[Path]) -> Value:
    if shape.kind is Kind.OBJECT and isinstance(value, dict):
        return _object_defaults(rules, value, rules.schema.fields(shape), path, excluded)
    if shape.kind is Kind.LIST and shape.element is not None and isinstance(value, list):
        return [_value_defaults(rules, item, shape.element, (*path, i), excluded) for i, item in enumerate(value)]
    return value
