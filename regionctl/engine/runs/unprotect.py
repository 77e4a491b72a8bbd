"""Taking protection off before a destroy: Pulumi's own (`protect`) and the provider's (deletion protection)."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from regionctl.engine.state.checkpoint import Checkpoint, StateResource
from regionctl.model.program import StackProgram
from regionctl.model.values import get
from regionctl.providers.catalogue import entry

# What the gcp provider (10.2.0) mostly calls it, at the top or in `settings`: each refuses a delete while it is set.
# What a type has instead is `unprotect` of its catalogue entry.
_FLAGS = ("deletion_protection", "deletion_protection_enabled")
_POLICY, _PREVENT, _DELETE = "deletion_policy", "PREVENT", "DELETE"
_IN_STATE = ("deletionProtection", "deletionProtectionEnabled", "settings.deletionProtectionEnabled")


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
