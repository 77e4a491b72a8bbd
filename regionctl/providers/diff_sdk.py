"""What changes for a resource of a provider that is written with Terraform's Plugin SDK v2: Google's.

`schemaMap.diff` and its neighbours in `helper/schema/schema.go` of the SDK: a value that means nothing ("", 0, false)
equals one that is not there; what is not given gets its default; what the cloud may choose stays; a set compares by its
elements, a block by its properties. A block that replaces does so when it comes or goes, its properties each by
themselves (`ForceNew`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regionctl.model.path import Each, Path, join
from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Value
from regionctl.providers.changes import Change, ChangeKind, DiffRules, below, equal, unmatched
from regionctl.providers.schema import Kind, Property, Shape

_NOTHING = (None, "", 0, False)
_KINDS = {
    (False, True): ChangeKind.ADD,
    (True, False): ChangeKind.DELETE,
    (True, True): ChangeKind.UPDATE,
}  # by whether something was there and is there


def sdk_changes(rules: DiffRules, prior: Mapping[str, Value], news: Mapping[str, Value]) -> Iterator[Change]:
    """The changes from what the state has to the new inputs."""
    replacing = frozenset(path for decide in rules.decisions for path in decide(prior, news))
    ignored = frozenset(path for decide in rules.ignored for path in decide(prior, news))
    known = rules.schema.inputs if rules.schema is not None else None
    return _Comparison(rules, replacing, ignored).objects(prior, news, known, (), "")


class _Comparison:
    def __init__(self, rules: DiffRules, replacing: frozenset[str], ignored: frozenset[str]) -> None:
        self._rules = rules
        self._facts = rules.facts
        self._same = rules.comparisons
        self._replacing = replacing
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
            prop = props.get(name) if props else None
            if name.startswith("__") or here in self._left_out:
                continue
            if props and prop is None and new.get(name) is None:
                continue  # an output
            before, given = old.get(name), new.get(name)
            if before is None and given is None:
                continue  # the state lacks a default: it was made beside something that excludes it
            wanted = defaults.get(name, self._facts.fallback.get(here)) if given is None else given
            yield from self._values(before, wanted, prop.shape if prop else None, (*path, name), here)

    def _values(self, old: Value, new: Value, shape: Shape | None, path: Path, fact: str) -> Iterator[Change]:
        if new is UNKNOWN:
            yield self._change(path, ChangeKind.ADD if old is None else ChangeKind.UPDATE, fact, old)
            return
        if self._means_the_same(old, new, shape, fact):
            return
        chosen = fact in self._facts.computed and fact not in self._facts.fallback  # by the cloud, which keeps it
        if new is None or (new in ("", []) and chosen):
            if not chosen and isinstance(old, dict) and shape is not None and shape.kind is Kind.MAP:
                yield from self._maps(old, {}, path, fact)
            elif not chosen:
                yield self._change(path, ChangeKind.DELETE, fact, old)
        elif new == []:
            yield self._change(path, ChangeKind.DELETE, fact, old)
        elif old is None or old == []:
            yield self._change(path, ChangeKind.ADD, fact, new)
        elif isinstance(old, dict) and isinstance(new, dict):
            if shape is not None and shape.kind is Kind.MAP:
                yield from self._maps(old, new, path, fact)
            else:
                yield from self.objects(old, new, self._rules.fields(shape), path, fact)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._lists(old, new, shape, path, fact)
        else:
            yield self._change(path, ChangeKind.UPDATE, fact, new)

    def _means_the_same(self, old: Value, new: Value, shape: Shape | None, fact: str) -> bool:
        if equal(old, new) or (_means_nothing(old, shape) and _means_nothing(new, shape)):
            return True
        # What suppresses a list's differences is asked for its elements too: `schemaMap.diff`.
        found = (self._same.get(place) for place in (fact, fact.removesuffix("[]")))
        return any(same(old, new) for same in found if same is not None)

    def _maps(self, old: Mapping[str, Value], new: Mapping[str, Value], path: Path, fact: str) -> Iterator[Change]:
        for key in sorted(old.keys() | new.keys()):
            if key.startswith("__") or equal(old.get(key), new.get(key)):
                continue
            if new.get(key) == "" and key in old and fact in self._facts.computed:
                continue
            kind = _KINDS[key in old, key in new]
            yield Change(path=(*path, key), kind=kind, replaces=self._replaces(fact))

    def _lists(
        self, old: list[Value], new: list[Value], shape: Shape | None, path: Path, fact: str
    ) -> Iterator[Change]:
        element = shape.element if shape is not None else None
        is_set, counted = fact in self._facts.sets, len(old) != len(new) and self._replaces(fact)
        inner = join(fact, Each.ITEM)
        places = list(range(max(len(old), len(new))))
        if is_set:
            old, new, places = unmatched(old, new, lambda one, other: self._alike(one, other, element, inner))
        for i, place in enumerate(places):
            before, after = old[i] if i < len(old) else None, new[i] if i < len(new) else None
            force = counted or (is_set and (self._forces(fact, before) or self._forces(fact, after)))
            force = force or (not isinstance(before or after, dict) and self._replaces(fact))
            for change in self._values(before, after, element, (*path, place), inner):
                yield Change(path=change.path, kind=change.kind, replaces=change.replaces or force)

    def _alike(self, old: Value, new: Value, shape: Shape | None, fact: str) -> bool:
        return not any(self._values(old, new, shape, (), fact))

    def _change(self, path: Path, kind: ChangeKind, fact: str, value: Value) -> Change:
        return Change(path=path, kind=kind, replaces=self._replaces(fact) or self._block_replaces(fact, value))

    def _forces(self, fact: str, item: Value) -> bool:
        return self._block_replaces(join(fact, Each.ITEM), item)

    def _block_replaces(self, fact: str, value: Value) -> bool:
        """Whether something in a block that comes or goes replaces."""
        return isinstance(value, dict | list) and any(
            self._replaces(inner) for inner, item in below(fact, value) if item not in _NOTHING and inner != fact
        )

    def _replaces(self, fact: str) -> bool:
        return fact in self._facts.replace or fact in self._replacing


def _means_nothing(value: Value, shape: Shape | None) -> bool:
    """As good as not given. An empty block is given, an empty list or map is not."""
    if isinstance(value, list):
        return not value
    if isinstance(value, dict):
        return shape is not None and shape.kind is Kind.MAP and not value.keys() - {"__defaults"}
    return value in _NOTHING
