"""Folding: what several stacks do alike is one change, with the stacks that it is made in.

What is a stack's own in its values (its name, project, ranges) is a token; a placeholder stands for it when stacks are
compared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from regionctl.model.differences import changes
from regionctl.model.events import ChangeKind, Op, PropertyChange, Step
from regionctl.model.path import parse
from regionctl.model.plan import Plan
from regionctl.model.values import get


@dataclass(frozen=True)
class Placeholder:
    """Stands for one token of a stack: `<project>`."""

    name: str

    def __str__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True)
class Template:
    """A text with placeholders for a stack's tokens. As text it reads `<location>-docker.pkg.dev/<project>`.

    It is no string, so that it never equals a text in which somebody wrote `<project>`.
    """

    parts: tuple[str | Placeholder, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


class _Plain(NamedTuple):
    """A number, a boolean or null, told from another type's that Python takes for equal."""

    type: type
    value: Hashable


class Tokens:
    """The tokens of one stack: each text that is its own, and the name of what it is.

    A token counts at the borders of words only (letters and digits make a word), and of two that begin at the same
    place the longer one. Two tokens have one name only where some stack has one text for both: its region is called
    like its location, say.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        assert all(names), "an empty token"
        self._placeholders = {token: Placeholder(name) for token, name in names.items()}
        self._known: dict[str, str | Template] = {}  # texts come again and again: keys, names, types
        longest_first = sorted(names, key=len, reverse=True)
        self._pattern = re.compile(
            rf"(?<![A-Za-z0-9])({'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])" if names else r"(?!)()"
        )

    def normalise(self, value: Any) -> Any:
        """JSON data with a Template for each text that has a token in it. A Template stays what it is."""
        match value:
            case str():
                return self._known.get(value) or self._known.setdefault(value, self._template(value))
            case dict():
                return {self.normalise(key): self.normalise(item) for key, item in value.items()}
            case list() | tuple():
                return [self.normalise(item) for item in value]
            case _:
                return value

    def _template(self, text: str) -> str | Template:
        pieces = self._pattern.split(text)  # texts, with the tokens between them
        if len(pieces) == 1:
            return text
        parts = (self._placeholders[piece] if at % 2 else piece for at, piece in enumerate(pieces))
        return Template(tuple(part for part in parts if part != ""))


def readable(value: Any) -> Any:
    """A normalised value as plain data: templates as their text."""
    match value:
        case Template():
            return str(value)
        case dict():
            return {readable(key): readable(item) for key, item in value.items()}
        case list():
            return [readable(item) for item in value]
        case _:
            return value


def identity(value: Any) -> Hashable:
    """Equal for two normalised values exactly where they are the same: `True` is not `1`."""
    match value:
        case str() | Template():
            return value
        case dict():
            return frozenset((identity(key), identity(item)) for key, item in value.items())
        case list() | tuple():
            return tuple(map(identity, value))
        case _:
            return _Plain(type(value), value)


AllTokens = Mapping[str, Mapping[str, str]]  # by stack: each text that is its own, and the name of what it is
Steps = tuple[Step, ...]

_TOLD_BY_INPUTS = frozenset({Op.CREATE, Op.IMPORT})  # the diff of every other step says all that it does


@dataclass(frozen=True, kw_only=True)
class FoldedChange:
    """What happens to one resource, alike in every one of its stacks.

    `steps` are one, or the three of a replacement, as people read them: with several stacks `<project>` stands in place
    of each one's own. `by_stack` has them in full.
    """

    steps: Steps
    by_stack: Mapping[str, Steps]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The changes that are made in exactly these stacks."""

    stacks: tuple[str, ...]
    changes: tuple[FoldedChange, ...]

    @property
    def steps(self) -> Steps:
        return tuple(step for change in self.changes for step in change.steps)


def fold(plans: Sequence[Plan], tokens: AllTokens) -> tuple[Group, ...]:
    """The changes of the plans in groups, those of most stacks first. A stack without tokens stands by itself.

    Two changes are one where their URNs, operations and diffs (of a create: the inputs) differ in nothing but tokens.
    Where several regions make a resource, but not alike, the diffs of these creates say in which inputs they differ.
    """
    known = {stack: Tokens(own) for stack, own in tokens.items() if own}
    alike: dict[Hashable, dict[str, Steps]] = defaultdict(dict)
    for plan in plans:
        own = known.get(plan.stack)
        for steps in by_resource(plan.changes):
            key = tuple(_key(step, own) for step in steps) if own else (plan.stack, steps[0].urn)
            alike[key][plan.stack] = steps
    changes = [FoldedChange(steps=_shown(one, known), by_stack=one) for one in alike.values()]
    return tuple(_groups(_told_apart(changes, known)))


def by_resource(steps: Iterable[Step]) -> Iterator[Steps]:
    """The steps of each resource: one, or the three of a replacement in their order."""
    of: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        of[step.urn].append(step)
    return map(tuple, of.values())


def _key(step: Step, own: Tokens) -> Hashable:
    what = (
        [step.urn, step.old_urn, *step.replace_keys],
        [(*_parts(change), element_name(change.path, step.inputs)) for change in step.diff],
        [_parts(change) for change in step.options],
        step.inputs if step.op in _TOLD_BY_INPUTS else None,
    )
    return (step.op, step.custom, step.protect, step.status, identity(own.normalise(what)))


def _parts(change: PropertyChange) -> tuple[Any, ...]:
    return change.path, change.kind, change.old, change.new, change.certain


def _shown(by_stack: Mapping[str, Steps], tokens: Mapping[str, Tokens]) -> Steps:
    stack, steps = next(iter(by_stack.items()))
    return steps if len(by_stack) == 1 else tuple(_readable(step, tokens[stack]) for step in steps)


def _readable(step: Step, own: Tokens) -> Step:
    def text(value: str) -> str:
        return str(own.normalise(value))

    return replace(
        step,
        urn=text(step.urn),
        name=text(step.name),
        parent=step.parent and text(step.parent),
        old_urn=step.old_urn and text(step.old_urn),
        diff=tuple(_readable_change(change, own) for change in step.diff),
        options=tuple(_readable_change(change, own) for change in step.options),
        replace_keys=tuple(map(text, step.replace_keys)),
        inputs=readable(own.normalise(step.inputs)),
        outputs=readable(own.normalise(step.outputs)),
    )


def _readable_change(change: PropertyChange, own: Tokens) -> PropertyChange:
    return replace(
        change,
        path=str(own.normalise(change.path)),
        old=readable(own.normalise(change.old)),
        new=readable(own.normalise(change.new)),
    )


def _told_apart(changes: Sequence[FoldedChange], tokens: Mapping[str, Tokens]) -> list[FoldedChange]:
    made: dict[Hashable, list[tuple[int, Any]]] = defaultdict(list)
    for at, change in enumerate(changes):
        stack, (step, *others) = next(iter(change.by_stack.items()))
        if step.op is Op.CREATE and not others and stack in tokens:
            made[tokens[stack].normalise(step.urn)].append((at, readable(tokens[stack].normalise(step.inputs))))
    told = list(changes)
    for variants in made.values():
        paths = differing_paths([inputs for _, inputs in variants])
        for at, _ in variants if paths else ():
            (step,) = changes[at].steps
            told[at] = replace(changes[at], steps=(replace(step, diff=tuple(values_at(step.inputs, paths))),))
    return told


def _groups(changes: Iterable[FoldedChange]) -> list[Group]:
    by_stacks: dict[tuple[str, ...], list[FoldedChange]] = defaultdict(list)
    for change in changes:
        by_stacks[tuple(change.by_stack)].append(change)
    groups = [Group(stacks=stacks, changes=tuple(of)) for stacks, of in by_stacks.items()]
    return sorted(groups, key=lambda group: -len(group.stacks))


_NAMES = ("name", "key", "id")


def element_name(path: str, inputs: Mapping[str, Any]) -> str | None:
    """The name that the innermost list element on the path has in the inputs; None where there is none, and where the
    path leads to the name itself.
    """
    name: str | None = None
    value: Any = inputs
    for part in parse(path):
        if isinstance(part, str) and isinstance(value, Mapping):
            name = None if part in _NAMES and name == value.get(part) else name
            value = value.get(part)
        elif isinstance(part, int) and _has(value, part):
            value = value[part]
            name = _name_of(value) or name
        else:
            return name
    return name


def _has(value: Any, index: int) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and index < len(value)


def _name_of(value: Any) -> str | None:
    names = (value.get(key) for key in _NAMES) if isinstance(value, Mapping) else ()
    return next((name for name in names if isinstance(name, str)), None)


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
