"""What is kept about one stack, and first aid for it: its outputs, its state, its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from fleet.context import FleetContext
from regionctl.engine.secrets.slots import UnknownSecret
from regionctl.engine.state.checkpoint import Checkpoint, StateResource
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command, did_you_mean
from regionctl.model.program import SecretSlot, StackProgram


class UnknownOutput(RegionctlError):
    """The stack exports nothing of this name."""

    def __init__(self, stack: str, name: str, known: Iterable[str]) -> None:
        self.stack = stack
        self.name = name
        self.known = tuple(sorted(known))
        there_are = f"it has {', '.join(self.known)}" if self.known else "it has none until it is applied"
        super().__init__(f"{stack} has no output {name!r}", hint=did_you_mean(name, self.known, there_are))


class NotInState(RegionctlError):
    """The state holds no such resource."""

    def __init__(self, stack: str, name: str, known: Iterable[str]) -> None:
        self.stack = stack
        self.name = name
        hint = did_you_mean(name, known, f"{command('state', 'list', stack)} lists what it holds")
        super().__init__(f"the state of {stack} holds no resource {name!r}", hint=hint)


class UnreadableFile(RegionctlError):
    """A file that was named on the command line cannot be read."""

    def __init__(self, path: Path, error: OSError | UnicodeDecodeError) -> None:
        self.path = path
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        super().__init__(f"cannot be read: {reason}", where=str(path))


class NoSecretValue(RegionctlError):
    """Nothing, or nothing usable, was given as a secret's value."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no value was set: {why}")


def output_of(stack: str, outputs: Mapping[str, Any], name: str) -> Any:
    """Raises UnknownOutput."""
    if name not in outputs:
        raise UnknownOutput(stack, name, outputs)
    return outputs[name]


def in_state(stack: str, checkpoint: Checkpoint, name: str) -> Sequence[StateResource]:
    """The resources with this URN, name or id. Raises NotInState."""
    found = [one for one in checkpoint.resources if name in {one.urn, one.name, one.id}]
    if not found:
        raise NotInState(stack, name, [one.name for one in checkpoint.resources])
    return found


def exported(file: Path) -> str:
    """An exported state, as a file has it. Raises UnreadableFile."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(file, error) from error


def locked_by(context: FleetContext, program: StackProgram) -> str | None:
    """Who holds the stack, and what freeing it may do, as a question; None where nobody does."""
    held = context.records.locks(program)
    if not held and context.records.workspace.names_locks:
        return None
    holders = " and ".join(str(lock) for lock in held) or "whoever holds it"
    alive = any(not lock.stale for lock in held)
    warning = "That run may still be changing things; let it end if you can. " if alive else ""
    return f"{program.name} is locked by {holders}. {warning}Free it?"


def slot_of(program: StackProgram, name: str) -> SecretSlot:
    """Raises UnknownSecret before anybody types a value."""
    if name not in program.secrets:
        raise UnknownSecret(program, name)
    return program.secrets[name]


def made_up(slot: SecretSlot) -> str:
    """A new random value of a secret that is generated."""
    return token_urlsafe(slot.bytes)


def typed_value(content: bytes) -> str:
    """A secret's value as standard input had it: one line end after it is not part of it, every other blank is.

    Raises NoSecretValue.
    """
    try:
        value = content.decode("utf-8")
    except UnicodeDecodeError:
        raise NoSecretValue("it is no UTF-8 text") from None
    value = value.removesuffix("\r\n") if value.endswith("\r\n") else value.removesuffix("\n")
    if not value:
        raise NoSecretValue("standard input was empty")
    return value


def set_secret(context: FleetContext, program: StackProgram, name: str, value: str) -> str:
    """Stores it; what was set, and how it takes effect."""
    keys = context.records.set_secret(program, name, value)
    effect = context.command("up", program.short)
    return f"{' and '.join(keys)} of {program.name} {'is' if len(keys) == 1 else 'are'} set; to take effect: {effect}"
