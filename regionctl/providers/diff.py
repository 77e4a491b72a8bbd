"""`Diff`: what an update would change, and whether it replaces the resource.

What the state has is compared with what the new inputs lead to, in one of two ways: Terraform's SDK (`diff_sdk`) and
its plugin framework (`diff_framework`) do not agree on what "not given" means. Where there is no state, the old inputs
stand for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from regionctl.model.path import show as show_path
from regionctl.model.wire import Value
from regionctl.providers.changes import Change, DiffRules
from regionctl.providers.coercion import Plugin
from regionctl.providers.defaults import DEFAULTS
from regionctl.providers.diff_framework import framework_changes
from regionctl.providers.diff_sdk import sdk_changes


@dataclass(frozen=True, kw_only=True)
class Difference:
    changes: tuple[Change, ...]
    delete_before_replace: bool

    @property
    def replaces(self) -> tuple[str, ...]:
        """The properties of the resource that replace it, without what lies in them: as the bridge answers."""
        return tuple(dict.fromkeys(str(change.path[0]) for change in self.changes if change.replaces))


def diff(
    rules: DiffRules, *, old_inputs: Mapping[str, Value], state: Mapping[str, Value], news: Mapping[str, Value]
) -> Difference:
    """The changes to the new inputs, in the order of their paths."""
    compare = sdk_changes if rules.plugin is Plugin.SDK else framework_changes
    found = compare(rules, _prior(rules, old_inputs, state), news)
    changes = tuple(sorted(found, key=lambda change: show_path(change.path)))
    replaces = any(change.replaces for change in changes)
    return Difference(changes=changes, delete_before_replace=replaces and _deletes_first(rules, news))


def _prior(rules: DiffRules, old_inputs: Mapping[str, Value], state: Mapping[str, Value]) -> Mapping[str, Value]:
    """What the new inputs are compared with. Without a table nobody knows what a cloud fills into a block."""
    return {**state, **old_inputs} if rules.facts.schema_only else state or old_inputs


def _deletes_first(rules: DiffRules, news: Mapping[str, Value]) -> bool:
    """Where a name that Pulumi would generate was given: `nameRequiresDeleteBeforeReplace` in `pkg/tfbridge/schema.go`.

    Inputs without a list of defaults count as generated.
    """
    given = (name for name in rules.auto_names if news.get(name) is not None)
    return rules.facts.delete_first or any(name not in news.get(DEFAULTS, rules.auto_names) for name in given)
