"""What the process of a revision answers (`exporter.py`, `encode.py`), line by line, as typed values.

It runs the code of a revision, which may be anybody's: nothing is executed here, and data that is not of the format is
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from regionctl.model.errors import Position, Problem, RegionctlError, SpecError
from regionctl.model.urn import Urn
from regionctl.render import (
    UNKNOWN,
    Asset,
    Declaration,
    Options,
    Reference,
    Resource,
    Secret,
    Symbol,
    Symbolic,
    Value,
)
from regionctl.system.reading import first_problem

from .compare import StackFacts


class UnreadableAnswer(RegionctlError):
    """The process of a revision (`where`) answered with something that is no declaration. `reason` says why not."""

    def __init__(self, reason: str, *, where: str | None = None) -> None:
        self.reason = reason
        super().__init__(f"its process answered with something that is no declaration: {reason}", where=where)


class RevisionFailed(RegionctlError):
    """The code of a revision failed. `where` names the revision as git does: `main:components/database.py:12`."""

    def __init__(self, revision: str | None, what: str, *, where: str | None, hint: str | None) -> None:
        self.revision = revision
        super().__init__(what, where=_at(revision, where), hint=hint)


class OtherLayout(RegionctlError):
    """The revision is laid out in another way than this release of regionctl can render."""

    def __init__(self, revision: str | None, reason: str) -> None:
        self.revision = revision
        super().__init__(
            f"{revision or 'the checkout'} has another layout, which cannot be rendered ({reason})",
            hint="compare with a later revision" if revision else "run it in the root of the checkout",
        )


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One revision: every stack that it has, and what those declare that were asked for, or why that is not known."""

    stacks: tuple[str, ...] = ()
    declared: Mapping[str, Declaration | RegionctlError] = field(default_factory=dict)
    facts: Mapping[str, StackFacts] = field(default_factory=dict)


def value(data: Any) -> Value:
    """One value of a declaration. Raises UnreadableAnswer."""
    match data:
        case [*items]:
            return [value(item) for item in items]
        case None | bool() | int() | float() | str():
            return data
        case {"$map": dict(items)}:
            return {key: value(item) for key, item in items.items()}
        case {"$symbolic": str(written), "symbols": [*symbols]}:
            return Symbolic(written, tuple(map(_symbol, symbols)))
        case {"$unknown": True}:
            return UNKNOWN
        case {"$secret": held}:
            return Secret(value(held))
        case {"$reference": str(urn)}:
            return Reference(urn)
        case {"$asset": str(content), "kind": str(kind), "archive": bool(archive)}:
            return Asset(kind, content, archive)
        case {"$asset": content, "kind": str(kind), "archive": bool(archive)}:
            return Asset(kind, _values(content), archive)
        case dict() if not any(key.startswith("$") for key in data):
            return {key: value(item) for key, item in data.items()}
        case _:
            raise UnreadableAnswer("a value is of no known kind")


def _symbol(data: Any) -> Symbol:
    match data:
        case [str(source), str(property_)]:
            return Symbol(source, property_)
        case _:
            raise UnreadableAnswer("a symbol is none")


def _values(data: Any) -> Mapping[str, Value]:
    found = value(data)
    if not isinstance(found, dict):
        raise UnreadableAnswer("properties are no object")
    return found


def _read_id(data: Any) -> str | None:
    read = value(data)
    if not isinstance(read, str | None):
        raise UnreadableAnswer("the id of a resource that is read is no text")
    return read


def _urn(text: str) -> str:
    """`urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return str(Urn.parse(text))


def _with_urns(options: Options) -> Options:
    for urn in (urn for alias in options.aliases for urn in (alias.urn, alias.parent_urn) if urn is not None):
        _urn(urn)
    return options


_Values = Annotated[Any, AfterValidator(_values)]


class _Shape(BaseModel):
    """As JSON has it: what is told besides is passed over, and nothing is turned into something else."""

    model_config = ConfigDict(strict=True)


class _Resource(_Shape):
    urn: Annotated[str, AfterValidator(_urn)]
    type: str
    name: str
    custom: bool
    inputs: _Values
    parent: str | None = None
    dependencies: tuple[str, ...]
    property_dependencies: dict[str, tuple[str, ...]]
    options: Annotated[Options, AfterValidator(_with_urns)]
    outputs: _Values
    read_id: Annotated[Any, AfterValidator(_read_id)] = None
    created_at: tuple[str, int, int] | None = None

    def resource(self) -> Resource:
        place = Position(*self.created_at) if self.created_at else None
        return Resource(**{**dict(self), "created_at": place})


class _Declaration(_Shape):
    project: str
    stack: str
    resources: tuple[_Resource, ...]
    outputs: _Values
    warnings: tuple[str, ...]

    def declaration(self) -> Declaration:
        resources = {one.urn: one.resource() for one in self.resources}
        return Declaration(**{**dict(self), "resources": resources})


class _Problem(_Shape):
    file: str
    line: int
    column: int
    what: str
    hint: str | None


class _Problems(_Shape):
    """A SpecError of the revision."""

    problems: tuple[_Problem, ...] = Field(min_length=1)

    def error(self, revision: str | None) -> RegionctlError:
        places = [Position(_at(revision, one.file) or one.file, one.line, one.column) for one in self.problems]
        said = zip(places, self.problems, strict=True)
        return SpecError([Problem(where, one.what, one.hint) for where, one in said])


class _Layout(_Shape):
    """The revision has not what we ask it for."""

    layout: str

    def error(self, revision: str | None) -> RegionctlError:
        return OtherLayout(revision, self.layout)


class _Failure(_Shape):
    """Any other error of the revision."""

    what: str
    where: str | None
    hint: str | None

    def error(self, revision: str | None) -> RegionctlError:
        return RevisionFailed(revision, self.what, where=self.where, hint=self.hint)


_Error = _Problems | _Layout | _Failure


class _First(_Shape):
    """The first line."""

    format: Literal[1]
    stacks: tuple[str, ...] = ()
    error: _Error | None = None


class _Stack(_Shape):
    """A stack: what it declares, or why that is not known. Or `end`, the last line."""

    end: bool = False
    stack: str = ""
    fleet: str = ""
    region: str | None = None
    target: str = ""
    declaration: _Declaration | None = None
    error: _Error | None = None


_S = TypeVar("_S", bound=_Shape)


def _parsed(shape: type[_S], line: str) -> _S:
    try:
        return shape.model_validate_json(line)
    except ValidationError as error:
        raise UnreadableAnswer(first_problem(error)) from None


def declaration(line: str) -> Declaration:
    """A declaration from its JSON. Raises UnreadableAnswer."""
    return _parsed(_Declaration, line).declaration()


def read(lines: Iterable[str], revision: str | None) -> Rendered:
    """The whole answer. `revision` is None for the checkout.

    Raises SpecError, RevisionFailed (also where it is not all of one), OtherLayout, and UnreadableAnswer.
    """
    try:
        return _read(iter(lines), revision)
    except UnreadableAnswer as error:
        raise UnreadableAnswer(error.reason, where=revision or "the checkout") from error


def _read(lines: Iterator[str], revision: str | None) -> Rendered:
    line = next(lines, None)
    if line is None:
        raise _ended(revision)
    first = _parsed(_First, line)
    if first.error:
        raise first.error.error(revision)
    declared: dict[str, Declaration | RegionctlError] = {}
    facts: dict[str, StackFacts] = {}
    for line in lines:
        stack = _parsed(_Stack, line)
        if stack.end:
            return Rendered(stacks=first.stacks, declared=declared, facts=facts)
        facts[stack.stack] = StackFacts(stack=stack.stack, fleet=stack.fleet, region=stack.region, target=stack.target)
        declared[stack.stack] = _declared(stack, revision)
    raise _ended(revision)


def _declared(stack: _Stack, revision: str | None) -> Declaration | RegionctlError:
    if stack.error:
        return stack.error.error(revision)
    if stack.declaration is None:
        raise UnreadableAnswer(f"{stack.stack} has no declaration")
    return stack.declaration.declaration()


def _at(revision: str | None, where: str | None) -> str | None:
    """A place in a file of a revision, as git writes it: `main:regions/prod/fleet.yaml`."""
    return f"{revision}:{where}" if revision and where else where or revision


def _ended(revision: str | None) -> RegionctlError:
    return RevisionFailed(
        revision,
        "its process ended before it had rendered every stack",
        where=None,
        hint="memory may be short: name fewer stacks",
    )
