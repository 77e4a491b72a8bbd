"""Refuses a plan that would replace or delete a protected resource, unless that is asked for by name.

A destroy that is asked for all of them takes the protection off first: Pulumi's own (`protect`), and the provider's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from regionctl.engine.state.checkpoint import Checkpoint, StateResource
from regionctl.model.errors import EngineError
from regionctl.model.events import Op, Step
from regionctl.model.program import StackProgram
from regionctl.model.values import get
from regionctl.providers.catalogue import entry

from .request import RunOptions

_ENDS = {Op.REPLACE: "replace", Op.DELETE: "delete"}
# What the gcp provider (10.2.0) mostly calls it, at the top or in `settings`: each refuses a delete while it is set.
# What a type has instead is `unprotect` of its catalogue entry.
_FLAGS = ("deletion_protection", "deletion_protection_enabled")
_POLICY, _PREVENT, _DELETE = "deletion_policy", "PREVENT", "DELETE"
_IN_STATE = ("deletionProtection", "deletionProtectionEnabled", "settings.deletionProtectionEnabled")


class ProtectedResources(EngineError):
    """The plan would end protected resources. `steps` are theirs."""

    def __init__(self, stack: str, steps: tuple[Step, ...]) -> None:
        self.stack = stack
        self.steps = steps
        lines = "".join(f"\n  {_ENDS[s.op]} {s.type} {s.name!r}{_because(s)}" for s in steps)
        super().__init__(
            f"{stack}: this would end protected resources, and what they hold:{lines}",
            hint=_safe_way(steps),
        )


def refused(steps: Iterable[Step], options: RunOptions) -> tuple[Step, ...]:
    """The steps that replace or delete a protected resource that the options do not allow, one a resource."""
    if options.unprotect:
        return ()
    ending = {s.urn: s for s in steps if s.op in _ENDS and s.protect}
    return tuple(s for s in ending.values() if not {s.urn, s.name} & options.allow)


def gate(stack: str, steps: Iterable[Step], options: RunOptions) -> None:
    """Raises ProtectedResources where a step is refused."""
    if found := refused(steps, options):
        raise ProtectedResources(stack, found)


def _because(step: Step) -> str:
    return f", because {', '.join(step.replace_keys)} changes" if step.replace_keys else ""


def _safe_way(steps: tuple[Step, ...]) -> str:
    names = " ".join(f"--allow {s.name}" for s in steps)
    if any(s.op is Op.REPLACE for s in steps):
        return (
            "make a new one beside it (a new key in the spec, or the next `generation`), move the data, then remove the"
            f" old one; or, to lose what they hold, say so by name: {names}"
        )
    return f"take a backup first; then, to lose what they hold, say so by name ({names}), or `down --unprotect`"


def protected(state: Checkpoint) -> tuple[str, ...]:
    """The URNs of what a destroy would be refused for."""
    return tuple(resource.urn for resource in state.resources if _is_protected(resource))


def unprotected(program: StackProgram) -> StackProgram:
    """The same program, declaring every resource without protection."""
    return replace(program, run=partial(_run, program))


def _is_protected(resource: StateResource) -> bool:
    flagged = any(get(resource.outputs, path) is True for path in _IN_STATE)
    own = ((get(resource.outputs, path), lifted) for path, lifted in entry(resource.type).unprotect.items())
    held = any(value is not None and value != lifted for value, lifted in own)
    return resource.protect or flagged or held or resource.outputs.get("deletionPolicy") == _PREVENT


def _run(program: StackProgram) -> None:
    from pulumi.runtime import register_stack_transformation

    register_stack_transformation(_lift)
    program.run()


def _lift(args: Any) -> Any:
    """A stack transformation: runs on each resource before it is registered."""
    from pulumi import ResourceTransformationResult

    args.opts.protect = False
    _lift_flags(args.props)
    settings = args.props.get("settings")
    if isinstance(settings, MutableMapping):
        _lift_flags(settings)
    elif settings is not None and getattr(settings, _FLAGS[1], None):
        setattr(settings, _FLAGS[1], False)
    for path, value in entry(args.type_).unprotect.items():
        _set(args.props, path.split("."), value)
    return ResourceTransformationResult(args.props, args.opts)


def _set(inputs: Any, path: Sequence[str], value: Any) -> None:
    """Sets an input; one in a block only where the block is given."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path[0]).lower()  # as the SDK's classes call it
    is_mapping = isinstance(inputs, MutableMapping)
    if len(path) > 1:
        block = inputs.get(name) if is_mapping else getattr(inputs, name, None)
        if block is not None:
            _set(block, path[1:], value)
    elif is_mapping:
        inputs[name] = value
    else:
        setattr(inputs, name, value)


def _lift_flags(props: MutableMapping[str, Any]) -> None:
    for flag in _FLAGS:
        if flag in props:
            props[flag] = False
    if props.get(_POLICY) == _PREVENT:
        props[_POLICY] = _DELETE
