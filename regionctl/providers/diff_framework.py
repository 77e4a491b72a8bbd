"""What changes for a resource of a provider that is written with Terraform's Plugin Framework: Cloudflare's.

Three steps, of `pkg/pf/tfbridge/provider_diff.go` of Pulumi's bridge and `fwserver/server_planresourcechange.go` of the
framework. The new state is proposed (`objchange.ProposedNew` of OpenTofu): what is not given and the cloud may choose
stays, unless its block holds something that only a program gives. Then defaults. If that differs from the state, what
is not given and computed is unknown until the update is done, unless it keeps its value (`UseStateForUnknown`). Here ""
and [] are values like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regionctl.model.path import Each, Path, join
from regionctl.model.values import UNKNOWN, value_at
from regionctl.model.wire import Value
from regionctl.providers.changes import Change, ChangeKind, DiffRules, equal, only_a_program_gives, unmatched
from regionctl.providers.schema import Kind, Property, Shape


def framework_changes(rules: DiffRules, prior: Mapping[str, Value], news: Mapping[str, Value]) -> list[Change]:
    """The changes from what the state has to the new inputs."""
    known = rules.schema.inputs if rules.schema is not None else None
    ignored = frozenset(path for decide in rules.ignored for path in decide(prior, news))
    found = list(_Plan(rules, ignored).objects(prior, news, known, (), ""))
    return found + _unknown_replaces(rules, prior, news) if found else []


def _unknown_replaces(rules: DiffRules, prior: Mapping[str, Value], news: Mapping[str, Value]) -> list[Change]:
    """What an update leaves to the cloud, and replaces when it changes: nobody knows that it does not."""
    facts = rules.facts
    unknown = (name for name in facts.replace & facts.computed - facts.keeps if "." not in name)
    return [
        Change(path=(name,), kind=ChangeKind.UPDATE, replaces=True)
        for name in unknown
        if value_at(news, (name,)) is None and name not in facts.default and prior
    ]


class _Plan:
    def __init__(self, rules: DiffRules, ignored: frozenset[str]) -> None:
        self._rules = rules
        self._facts = rules.facts
        self._same = rules.comparisons
        self._left_out = rules.facts.output | rules.facts.write_only | ignored

    def objects(
        self,
        old: Mapping[str, Value],
        new: Mapping[str, Value],
        props: Mapping[str, Property] | None,
        path: Path,
        fact: str,
    ) -> Iterator[Change]:
        defaults = self._facts.defaults_in.get(fact, {})
        for name in sorted(old.keys() | new.keys() | defaults.keys()):
            here = join(fact, name)
            if name.startswith("__") or here in self._left_out:
                continue
            prop = props.get(name) if props else None
            if props and prop is None:
                continue  # an output, or nothing that the provider knows
            given = new.get(name)
            wanted = defaults.get(name) if given is None else given
            for change in self._values(old.get(name), wanted, prop.shape if prop else None, (*path, name), here):
                yield change if given is not None else self._not_given(change, here)

    def _values(self, old: Value, new: Value, shape: Shape | None, path: Path, fact: str) -> Iterator[Change]:
        same = self._same.get(fact)
        if equal(old, new) or (same is not None and fact not in self._facts.replace and same(old, new)):
            return
        if new is None:
            if fact not in self._facts.computed or only_a_program_gives(self._facts, old, shape, fact):
                yield self._change(path, ChangeKind.DELETE, fact)
        elif old is None:
            yield self._change(path, ChangeKind.ADD, fact)
        elif new is UNKNOWN:
            yield self._change(path, ChangeKind.UPDATE, fact)
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from self._dicts(old, new, shape, path, fact)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._lists(old, new, shape, path, fact)
        else:
            alike = same is not None and same(old, new)
            yield Change(path=path, kind=ChangeKind.UPDATE, replaces=self._replaces(fact) and not alike)

    def _dicts(
        self, old: Mapping[str, Value], new: Mapping[str, Value], shape: Shape | None, path: Path, fact: str
    ) -> Iterator[Change]:
        if shape is not None and shape.kind is Kind.MAP:
            inner = join(fact, Each.KEY)
            keys = (key for key in sorted(old.keys() | new.keys()) if key != "__defaults")
            changes: Iterator[Change] = (
                change
                for key in keys
                for change in self._values(old.get(key), new.get(key), shape.element, (*path, key), inner)
            )
        else:
            changes = self.objects(old, new, self._rules.fields(shape), path, fact)
        yield from self._within(changes, fact)

    def _lists(
        self, old: list[Value], new: list[Value], shape: Shape | None, path: Path, fact: str
    ) -> Iterator[Change]:
        element = shape.element if shape is not None else None
        inner = join(fact, Each.ITEM)
        places = list(range(max(len(old), len(new))))
        if fact in self._facts.sets:
            old, new, places = unmatched(old, new, lambda one, other: self._alike(one, other, element, inner))
        changes = (
            change
            for i, place in enumerate(places)
            for change in self._values(
                old[i] if i < len(old) else None,
                new[i] if i < len(new) else None,
                element,
                (*path, place),
                inner,
            )
        )
        yield from self._within(changes, fact)

    def _within(self, changes: Iterator[Change], fact: str) -> Iterator[Change]:
        """Whatever changes in a block changes the block."""
        force = self._replaces(fact)
        for change in changes:
            yield Change(path=change.path, kind=change.kind, replaces=change.replaces or force)

    def _alike(self, old: Value, new: Value, shape: Shape | None, fact: str) -> bool:
        return not any(self._values(old, new, shape, (), fact))

    def _change(self, path: Path, kind: ChangeKind, fact: str) -> Change:
        return Change(path=path, kind=kind, replaces=self._replaces(fact))

    def _replaces(self, fact: str) -> bool:
        return fact in self._facts.replace or fact in self._facts.replace_if_given

    def _not_given(self, change: Change, fact: str) -> Change:
        """`RequiresReplaceIfConfigured` replaces for what a program gives alone."""
        replaces = change.replaces and (fact in self._facts.replace or fact not in self._facts.replace_if_given)
        return Change(path=change.path, kind=change.kind, replaces=replaces)
