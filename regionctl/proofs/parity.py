"""Parity: the stacks of a group declare the same, but for what is each one's own.

Two questions, so that a finding stands at its cause:

- What does a stack's spec set otherwise than the others'? Each such setting that changes what is declared needs an
  exception. The finding is at the line of the spec.
- Without those settings, do all declare the same? If not, the program treats one of them otherwise. The finding is at
  the line of the program, and nothing excuses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from regionctl.model.path import Path, show
from regionctl.model.urn import name_of
from regionctl.model.values import SECRET_MASK, leaves
from regionctl.render import Declaration, Options, Resource, Secret
from regionctl.review.folding.fold import Tokens, identity, readable

from .findings import Check, Evidence, Finding, Peer, Setting

NAME = "parity"
OUTPUTS = "outputs"
_ABSENT = "absent"
_MOST_SHOWN = 80  # characters of a value in a message

_Key = tuple[str, str]  # a URN, or OUTPUTS, and the path of a property; "" is the resource itself


def check(evidence: Evidence) -> Iterator[Finding]:
    """Findings at each setting that needs an exception, then those about programs, group by group."""
    for group in evidence.peers:
        for peer in group:
            yield from (
                _settings(peer, evidence) if peer.excusable else (_different(peer, one, ()) for one in peer.settings)
            )
        yield from _programs(group)


CHECK = Check(name=NAME, claim="every region declares what the others declare", run=check)


def _settings(peer: Peer, evidence: Evidence) -> Iterator[Finding]:
    """Nothing where a stack's settings change nothing."""
    if not peer.settings:
        return
    effects = _effects(evidence.renders[peer.stack], peer.without_overrides)
    for setting in peer.settings if effects else ():
        yield _different(peer, setting, _of(setting, peer, effects))


@dataclass(frozen=True, kw_only=True)
class _Effect:
    """What a property is with a stack's settings and would be without them."""

    urn: str
    path: str
    own: str


def _effects(declared: Declaration, without_overrides: Declaration) -> list[_Effect]:
    with_settings, without = _properties(declared), _properties(without_overrides)
    return [
        _Effect(urn=urn, path=path, own=str(with_settings.get((urn, path), _ABSENT)))
        for urn, path in dict.fromkeys((*with_settings, *without))
        if identity(with_settings.get((urn, path))) != identity(without.get((urn, path)))
    ]


def _of(setting: Setting, peer: Peer, effects: Sequence[_Effect]) -> Sequence[_Effect]:
    """The effects that a setting can have had: all of them where there is no other, else those that show its value."""
    if len(peer.settings) == 1:
        return effects
    return [effect for effect in effects if setting.own.lower() in effect.own.lower()]


def _different(peer: Peer, setting: Setting, effects: Sequence[_Effect]) -> Finding:
    other = f" ({setting.others_source})" if setting.others_source else ""
    declare = f"declare exceptions.parity.{setting.key} with its reason and last day"
    allow = declare if peer.excusable else "add the path to what fleets may differ in"
    one = effects[0] if len(effects) == 1 else None
    return Finding(
        check=NAME,
        rule="parity/undeclared-difference",
        stack=peer.stack,
        message=f"{setting.key} is {setting.own} here and {setting.others} in {setting.others_are}{other}",
        hint=f"make them the same, or {allow}",
        urn=one.urn if one else None,
        path=one.path if one else None,
        source=setting.source,
        key=setting.key if peer.excusable else None,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _View:
    """What a peer declares without its settings. The keys, and the values of `properties`, are normalised: they are to
    be the same in every peer."""

    stack: str
    raw: Mapping[_Key, Any]
    properties: Mapping[_Key, Any]
    resources: Mapping[str, Resource]  # by normalised URN


def _view(peer: Peer) -> _View:
    tokens = Tokens(peer.tokens)

    def text(value: str) -> str:
        return str(tokens.normalise(value))

    raw = {(text(urn), text(path)): value for (urn, path), value in _properties(peer.without_overrides).items()}
    return _View(
        stack=peer.stack,
        raw=raw,
        properties={key: _normalised(value, tokens) for key, value in raw.items()},
        resources={text(urn): resource for urn, resource in peer.without_overrides.resources.items()},
    )


def _normalised(leaf: Any, tokens: Tokens) -> Any:
    return Secret(tokens.normalise(leaf.value)) if isinstance(leaf, Secret) else tokens.normalise(leaf)


@dataclass(frozen=True, kw_only=True)
class _Odd:
    """A property that a view has otherwise than `usual`, which is one of those that most others are like."""

    path: str
    view: _View
    usual: _View


def _programs(group: Sequence[Peer]) -> Iterator[Finding]:
    """A finding for each resource, or the outputs, that a stack has otherwise than most others."""
    odd: dict[tuple[str, str], list[_Odd]] = defaultdict(list)
    views = [_view(peer) for peer in group]
    for key in dict.fromkeys(key for view in views for key in view.properties):
        for one in _unlike(key, views):
            odd[one.view.stack, key[0]].append(one)
    for (_, urn), differences in odd.items():
        yield _otherwise(urn, differences)


def _unlike(key: _Key, views: Sequence[_View]) -> Iterator[_Odd]:
    if len({identity(view.raw.get(key, _ABSENT)) for view in views}) == 1:
        return  # a text that is a token of one stack and a common word in all
    by_value: dict[Hashable, list[_View]] = defaultdict(list)
    for view in views:
        by_value[identity(view.properties.get(key, _ABSENT))].append(view)
    if len(by_value) > 1:
        usual = max(by_value.values(), key=len)
        yield from (_Odd(path=key[1], view=view, usual=usual[0]) for view in views if view not in usual)


def _otherwise(urn: str, differences: Sequence[_Odd]) -> Finding:
    first = differences[0]
    own, others = first.view.resources.get(urn), first.usual.resources.get(urn)
    resource = own or others
    return Finding(
        check=NAME,
        rule="parity/program",
        stack=first.view.stack,
        message=_what(urn, differences, own is None, others is None),
        hint="let the program treat all alike; what must differ belongs in the spec",
        urn=own.urn if own else None,
        path=first.path if urn == OUTPUTS or (own and others) else None,
        source=resource.created_at if resource else None,
    )


def _what(urn: str, differences: Sequence[_Odd], lacking: bool, extra: bool) -> str:
    first, stack = differences[0], differences[0].usual.stack
    if urn != OUTPUTS and lacking:
        return f"lacks {name_of(urn)}, which {stack} declares"
    if urn != OUTPUTS and extra:
        return f"is declared here and not in {stack}"
    own, others = (_short(view.properties.get((urn, first.path), _ABSENT)) for view in (first.view, first.usual))
    also = f", as {len(differences) - 1} more of it" if len(differences) > 1 else ""
    return f"is {own} here and {others} in {stack}{also}"


def _short(value: Any) -> str:
    if isinstance(value, Secret):
        return SECRET_MASK
    text = " ".join(str(readable(value)).split())
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _properties(declaration: Declaration) -> dict[_Key, Any]:
    """Every value that a stack declares: inputs, options and outputs, leaf by leaf."""
    found: dict[_Key, Any] = {}
    for urn, resource in declaration.resources.items():
        found[urn, ""] = resource.type
        found.update({(urn, path): leaf for path, leaf in _leaves(resource.inputs)})
        found.update({(urn, path): leaf for path, leaf in _leaves(_options(resource.options), ("options",))})
        found[urn, "dependencies"] = list(resource.dependencies)
    found.update({(OUTPUTS, path): leaf for path, leaf in _leaves(declaration.outputs)})
    return found


def _options(options: Options) -> dict[str, Any]:
    return {field.name: getattr(options, field.name) for field in fields(options) if field.name != "aliases"}


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[str, Any]]:
    """What a secret holds stays one."""
    for at, leaf in leaves(value, path, into=lambda item: not isinstance(item, Secret)):
        if isinstance(leaf, Secret):
            yield from ((show(below), Secret(held)) for below, held in leaves(leaf.value, at))
        else:
            yield show(at), leaf
