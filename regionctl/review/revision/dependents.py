"""What has to go before a resource that is deleted first."""

from __future__ import annotations

from collections.abc import Mapping, Set

from regionctl.model.values import UNKNOWN
from regionctl.render import Declaration, Resource
from regionctl.sandbox.declared import Declared, difference

from .symbols import Meaning


def forced_replacements(root: Resource, base: Declaration, done: Set[str]) -> Mapping[str, tuple[str, ...]]:
    """The resources of the base that are replaced because `root` is deleted before it is made again, each with the
    properties that say so: those that depend on what goes would replace it if they were unknown.

    `done`: the URNs that the engine is through with. As `calculateDependentReplacements` in
    pkg/resource/deploy/step_generator.go of pulumi v3.259.0, which looks at dependencies and not at values.
    """
    replaced = {root.urn}
    found: dict[str, tuple[str, ...]] = {}
    for resource in base.resources.values():  # what another depends on comes before it
        if resource.urn not in done and resource.custom and resource.read_id is None:
            keys = _forcing(resource, replaced)
            if keys:
                found[resource.urn] = keys
                replaced.add(resource.urn)
    return found


def _forcing(resource: Resource, replaced: Set[str]) -> tuple[str, ...]:
    if resource.options.provider in replaced:
        return ("provider",)
    dependencies = resource.property_dependencies
    affected = [key for key in resource.inputs if not replaced.isdisjoint(dependencies.get(key, ()))]
    if not affected:
        return ()
    before = Meaning({}).inputs(resource.inputs, {})
    after = {**before, **dict.fromkeys(affected, UNKNOWN)}
    return difference(resource.type, Declared(resource.name, before), Declared(resource.name, after)).replaces
