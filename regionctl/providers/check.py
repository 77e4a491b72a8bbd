"""`Check`: which inputs a provider refuses, and what it makes of the others.

The order is that of Pulumi's Terraform bridge v3: values are coerced, the provider's validators see what the program
gave (`ValidateResource` in `pkg/tfbridge/provider.go`), then defaults are filled in. What the bridge does without a
word is a warning here. What only an API would refuse, after the plan, is refused at once and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from regionctl.model.path import Each, Path, join
from regionctl.model.path import show as show_path
from regionctl.model.values import SECRET_MASK, UNKNOWN, is_asset
from regionctl.model.wire import Bag, Value
from regionctl.providers.coercion import NotCoercible, Plugin, coerced, fits
from regionctl.providers.constraints import CheckFailure, broken, broken_keys, guess, nearest
from regionctl.providers.defaults import DEFAULTS, Naming, fill_name, with_defaults
from regionctl.providers.facts import AutoName, Facts
from regionctl.providers.groups import broken_groups
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema

BY_THE_API = "the API would refuse it"


class Format(Protocol):
    """A rule for a string, with what it should look like."""

    @property
    def text(self) -> str: ...

    def matches(self, value: str) -> bool: ...


# What an API refuses about a whole resource.
ApiCheck = Callable[[Mapping[str, Value]], Iterable[CheckFailure]]


@dataclass(frozen=True, kw_only=True)
class CheckRules:
    schema: TypeSchema
    facts: Facts
    plugin: Plugin = Plugin.SDK
    formats: Mapping[str, Format] = field(default_factory=dict)  # what the API wants: no validator of the provider
    checks: tuple[ApiCheck, ...] = ()
    auto_names: Mapping[str, AutoName] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Checked:
    inputs: Bag
    failures: tuple[CheckFailure, ...]
    warnings: tuple[CheckFailure, ...] = ()  # accepted, and not what the program seems to mean


def check(rules: CheckRules, news: Bag, olds: Bag, naming: Naming) -> Checked:
    """Every mistake of the inputs at once in the order of the paths, and the inputs with their defaults."""
    walk = _Walk(rules, news)
    given = walk.objects(news.values, rules.schema.inputs, (), "")
    failures = [*walk.failures, *broken_groups(rules.facts, given)]
    values = with_defaults(rules.schema, rules.facts, given)
    for name, auto in rules.auto_names.items():
        if values.get(name) is None:
            failure = fill_name(name, auto, values, olds.values, naming)
            failures += [failure] if failure else []
    failures += _refused_by_api(rules, values, {failure.path for failure in failures})
    return Checked(
        inputs=Bag(values, news.secrets),
        failures=tuple(sorted(failures, key=lambda failure: failure.path)),
        warnings=tuple(walk.warnings),
    )


def check_value(rules: CheckRules, path: Path, value: Value) -> list[CheckFailure]:
    """What is wrong with one value of a resource that exists, whatever stands around it.

    Nothing is where the SDK knows no such place.
    """
    found = _property_at(rules.schema, path)
    if found is None:
        return []
    prop, fact = found
    if value is None:
        return [CheckFailure(show_path(path), "missing required property")] if prop.required else []
    walk = _Walk(rules, Bag({}))
    walk.value(value, prop.shape, path, fact)
    return walk.failures + [CheckFailure(warning.path, warning.reason) for warning in walk.warnings]


def _refused_by_api(rules: CheckRules, values: Mapping[str, Value], told: set[str]) -> Iterator[CheckFailure]:
    for rule in rules.checks:
        for failure in rule(values):
            if failure.path not in told:
                yield CheckFailure(failure.path, f"{failure.reason} ({BY_THE_API})")


def _property_at(schema: TypeSchema, path: Path) -> tuple[Property, str] | None:
    prop, fact = {**schema.inputs, **schema.outputs}.get(str(path[0])), str(path[0])
    for key in path[1:]:
        if prop is None:
            return None
        shape = prop.shape
        if shape.element is not None:
            prop = Property(name=str(key), shape=shape.element, required=False)
            fact = join(fact, Each.ITEM if shape.kind is Kind.LIST else Each.KEY)
        else:
            prop = schema.fields(shape).get(str(key))
            fact = join(fact, str(key))
    return (prop, fact) if prop is not None else None


class _Walk:
    """Goes through the inputs once: coerces, and collects what is wrong."""

    def __init__(self, rules: CheckRules, bag: Bag) -> None:
        self._rules = rules
        self._facts = rules.facts
        self._bag = bag
        self.failures: list[CheckFailure] = []
        self.warnings: list[CheckFailure] = []

    def objects(
        self, values: Mapping[str, Value], props: Mapping[str, Property], path: Path, fact: str
    ) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for name, value in values.items():
            prop = props.get(name)
            here = join(fact, name)
            if name.startswith("__"):
                result[name] = value
            elif prop is None or here in self._facts.output:  # the SDK's classes of blocks have outputs too
                self._unknown(name, props, path, here)
            elif value is not None:
                if instead := self._facts.deprecated.get(here):
                    self._warn((*path, name), f"deprecated: {instead}")
                result[name] = self.value(value, prop.shape, (*path, name), here)
        for name, prop in props.items():
            required = prop.required or join(fact, name) in self._facts.required
            if required and result.get(name) is None and not self._told((*path, name)):
                self._fail((*path, name), "missing required property")
        return result

    def value(self, value: Value, shape: Shape, path: Path, fact: str) -> Value:
        if value is UNKNOWN:
            return value
        if not fits(value, shape.kind):
            try:
                new = coerced(value, shape, self._rules.plugin)
            except NotCoercible:
                self._fail(path, f"expected {_article(shape)}, got {self._shown(value, path)}")
                return value
            self._warn(path, f"expected {_article(shape)}, got {self._shown(value, path)}: the provider converts it")
            if new is None:
                return None
            value = new
        if shape.kind is Kind.ANY and not any(
            fits(value, Kind(kind)) for kind in self._facts.kinds.get(fact, (shape.kind,))
        ):
            kinds = " or ".join(self._facts.kinds[fact])
            self._fail(path, f"expected a {kinds}, got {self._shown(value, path)}")
        if shape.kind is Kind.OBJECT:
            fields = self._rules.schema.fields(shape)
            return self.objects(value, fields, path, fact) if fields or shape.class_name else value
        if shape.kind is Kind.LIST:
            return self._list(value, shape, path, fact)
        if shape.kind is Kind.MAP:
            return self._map(value, shape, path, fact)
        self._scalar(value, path, fact)
        return value

    def _list(self, values: list[Value], shape: Shape, path: Path, fact: str) -> list[Value]:
        self._count(len(values), path, fact)
        element = shape.element
        if element is not None:
            values = [
                self._element(item, element, (*path, i), join(fact, Each.ITEM)) if item is not None else None
                for i, item in enumerate(values)
            ]
        if fact in self._facts.sets and self._rules.plugin is Plugin.FRAMEWORK:
            # `Duplicate Set Element` of the framework; the SDK keeps one of them without a word.
            for i, item in enumerate(values):
                if item is not UNKNOWN and item in values[:i]:
                    self._fail((*path, i), f"the set has {self._shown(item, (*path, i))} already")
        return values

    def _element(self, value: Value, shape: Shape, path: Path, fact: str) -> Value:
        """An object in a list is no list that Pulumi flattens, so a list of one object is not converted to it."""
        if shape.kind is Kind.OBJECT and isinstance(value, list):
            self._fail(path, f"expected {_article(shape)}, got {self._shown(value, path)}")
            return value
        return self.value(value, shape, path, fact)

    def _map(self, values: dict[str, Value], shape: Shape, path: Path, fact: str) -> dict[str, Value]:
        keys = [key for key in values if key != DEFAULTS]
        self._count(len(keys), path, fact)
        for reason in broken_keys(self._facts, fact, keys):
            self._fail(path, reason)
        element = shape.element
        if element is None:
            return values
        inner = join(fact, Each.KEY)
        return {
            key: self.value(item, element, (*path, key), inner) if item is not None and key in keys else item
            for key, item in values.items()
        }

    def _count(self, count: int, path: Path, fact: str) -> None:
        least, most = self._facts.min.get(fact, 0), self._facts.max.get(fact)
        if count < least:
            self._fail(path, f"expected at least {least} items, got {count}")
        if most is not None and count > most:
            self._fail(path, f"expected at most {most} items, got {count}")

    def _scalar(self, value: Value, path: Path, fact: str) -> None:
        wrong = list(broken(self._facts, fact, value))
        expected = self._rules.formats.get(fact)
        if expected is not None and isinstance(value, str) and not expected.matches(value):
            # In the words of the API where both refuse it: a validator's is often a regular expression.
            api = "" if wrong else f" ({BY_THE_API})"
            self._fail(path, f"expected {expected.text}, got {self._shown(value, path)}{api}")
            return
        for reason in wrong:
            meant = "" if self._bag.hides(path) else nearest(self._facts, fact, value)
            self._fail(path, f"{reason}, got {self._shown(value, path)}{meant}")

    def _unknown(self, name: str, props: Mapping[str, Property], path: Path, here: str) -> None:
        """What the SDK's providers refuse, and those of the framework drop without a word."""
        if here in self._facts.output or (not path and name in {*self._rules.schema.outputs, "id"}):
            self._fail((*path, name), "the cloud sets this property: it cannot be given")
        elif self._rules.plugin is Plugin.FRAMEWORK:
            self._warn((*path, name), f"unknown property: the provider ignores it{guess(name, props)}")
        else:
            self._fail((*path, name), f"unknown property{guess(name, props)}")

    def _fail(self, path: Path, reason: str) -> None:
        self.failures.append(CheckFailure(show_path(path), reason))

    def _warn(self, path: Path, reason: str) -> None:
        self.warnings.append(CheckFailure(show_path(path), reason))

    def _told(self, path: Path) -> bool:
        return any(failure.path == show_path(path) for failure in self.failures)

    def _shown(self, value: Value, path: Path) -> str:
        if self._bag.hides(path):
            return SECRET_MASK
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, dict):
            return "an asset" if is_asset(value) else "an object"
        if isinstance(value, list):
            return "a list"
        return str(value).lower() if isinstance(value, bool) else str(value)


def _article(shape: Shape) -> str:
    text = str(shape)
    return f"an {text}" if text[0] in "aio" else f"a {text}"


# What Terraform's SDK refuses when it plans, although its validators took it: seen of the provider that was built.
#
# The bridge hands values to the plan as they are. There a number is no boolean (`recoverCtyValue` of the bridge's
# pkg/tfshim/sdk-v2), and a list has no element that is nothing (`validateConfigNulls` of
# helper/schema/grpc_provider.go).


def unplannable(schema: TypeSchema, inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """What no plan can be made of, in checked inputs of a type whose provider is written with the SDK."""
    return _objects(schema, inputs, schema.inputs, ())


def _objects(
    schema: TypeSchema, values: Mapping[str, Value], props: Mapping[str, Property], path: Path
) -> Iterator[CheckFailure]:
    for name, value in values.items():
        if name in props and value is not None:
            yield from _value(schema, value, props[name].shape, (*path, name))


def _value(schema: TypeSchema, value: Value, shape: Shape, path: Path) -> Iterator[CheckFailure]:
    if shape.kind is Kind.BOOLEAN and isinstance(value, int | float) and not isinstance(value, bool):
        yield CheckFailure(show_path(path), "a boolean is required, got a number")
    elif shape.kind is Kind.NUMBER and isinstance(value, bool):
        yield CheckFailure(show_path(path), "a number is required, got a boolean")
    elif shape.kind is Kind.OBJECT and isinstance(value, dict):
        yield from _objects(schema, value, schema.fields(shape), path)
    elif shape.kind is Kind.LIST and isinstance(value, list) and shape.element is not None:
        for i, item in enumerate(value):
            if item is None:
                yield CheckFailure(show_path((*path, i)), "null value found in list: it is not allowed there")
            else:
                yield from _value(schema, item, shape.element, (*path, i))
