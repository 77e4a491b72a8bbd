"""Secrets in a stack's config: made once where they are generated, set by a human where they are provided."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from regionctl.errors import EngineError
from regionctl.files import write_whole
from regionctl.program import SecretFormat, SecretKind, SecretSlot, StackProgram, Target

from . import pem
from .authority import client_certificates
from .stackconfig import StackConfig
from .workspace import Workspace

if TYPE_CHECKING:
    from .session import Session


class MissingSecrets(EngineError):
    """Secrets that a human must set. `keys` names them."""

    def __init__(self, program: StackProgram, keys: tuple[str, ...]) -> None:
        self.keys = keys
        names = ", ".join(keys)
        super().__init__(
            f"{program.name}: secrets that must be provided are not set: {names}",
            hint=f"run: {program.command('secrets', 'set')} {keys[0]}",
        )


class UnknownSecret(EngineError):
    """The program declares no secret of this name. `known` are those it declares."""

    def __init__(self, program: StackProgram, key: str) -> None:
        self.key = key
        self.known = tuple(sorted(program.secrets))
        close = difflib.get_close_matches(key, self.known, n=1)
        known = ", ".join(self.known) or "none"
        hint = f"did you mean {close[0]!r}?" if close else f"it declares: {known}"
        super().__init__(f"{program.name} declares no secret {key!r}", hint=hint)


def missing(program: StackProgram, workspace: Workspace) -> tuple[str, ...]:
    """The keys of the secrets that have no value yet."""
    held = StackConfig(workspace.config_file(program.name)).secret_keys()
    return tuple(key for key in program.secrets if f"{program.project}:{key}" not in held)


def ensure_secrets(session: Session) -> tuple[str, ...]:
    """Gives each secret that has none a value, and returns the keys of provided ones that got a made-up value.

    That is done for a sandbox only: a cloud fleet's raise MissingSecrets. A sandbox fleet has one client certificate
    and one authority of it, for all of its stacks. Raises BadSecretValue where half of a pair was set by somebody.
    """
    program = session.program
    keys = missing(program, session.workspace)
    provided = tuple(k for k in keys if program.secrets[k].kind is SecretKind.PROVIDED)
    if provided and program.target is Target.CLOUD:
        raise MissingSecrets(program, provided)
    made = {key: _made(session, program.secrets[key]) for key in keys}
    _check_pairs(session, made)
    set_secrets(session, made)
    return provided


def _made(session: Session, slot: SecretSlot) -> str:
    if slot.format is SecretFormat.TEXT:
        return secrets.token_urlsafe(slot.bytes)
    return client_certificates(session.workspace, session.program.fleet).of(slot.format)


def set_secrets(session: Session, values: Mapping[str, str]) -> None:
    """Encrypts values into the stack's config, with the day beside each: all of them, or none. Its lock must be held.

    A value goes through standard input, never through arguments. Raises WrongPassphrase, EngineError, NotWritten.
    """
    from .records import call

    program = session.program
    if not values:
        return
    with session.config_copy() as copy:
        for key, value in values.items():
            name = f"{program.project}:{key}"
            call(session, "config", "set", "--secret", name, "--config-file", str(copy), text=value)
        StackConfig(copy).write_set_on(program.project, values, datetime.now(UTC).date())
        write_whole(session.workspace.config_file(program.name), copy.read_bytes())


def set_declared(session: Session, key: str, value: str) -> tuple[str, ...]:
    """Sets a secret that the program declares, and returns the keys that were set.

    One PEM text with a certificate and its private key sets both, whichever of the two is named.
    Raises UnknownSecret, BadSecretValue; then nothing was set.
    """
    if key not in session.program.secrets:
        raise UnknownSecret(session.program, key)
    values = _by_key(session.program, key, value)
    for one, text in values.items():
        _check_format(session.program, one, text)
    with session.writing_config():
        session.ensure_stack(secrets=False)
        _check_pairs(session, values)
        set_secrets(session, values)
    return tuple(values)


def _by_key(program: StackProgram, key: str, value: str) -> dict[str, str]:
    slot = program.secrets[key]
    both = pem.parted(value) if slot.partner else None
    if not slot.partner or not both:
        return {key: value}
    certificate, private_key = both
    if slot.format is SecretFormat.CERTIFICATE:
        return {key: certificate, slot.partner: private_key}
    return {slot.partner: certificate, key: private_key}


def _check_format(program: StackProgram, key: str, value: str) -> None:
    try:
        pem.check(value, program.secrets[key].format)
    except pem.NotInFormat as error:
        hint = "give the PEM file on standard input"
        raise pem.BadSecretValue(program.name, key, f"it is {error}", hint=hint) from None


def _check_pairs(session: Session, values: Mapping[str, str]) -> None:
    """Each half of a pair against its other one: of these values, else as it is set."""
    program = session.program
    unset = missing(program, session.workspace)
    for key in values:
        slot = program.secrets[key]
        other = slot.partner
        if other is None or (other in unset and other not in values):
            continue
        pair = {slot.format: values[key], program.secrets[other].format: values.get(other) or show(session, other)}
        if not _match(pair[SecretFormat.CERTIFICATE], pair[SecretFormat.PRIVATE_KEY]):
            hint = f"set both at once: cat CERTIFICATE KEY | {program.command('secrets', 'set')} {key}"
            raise pem.BadSecretValue(program.name, key, f"it does not match {other}", hint=hint)


def _match(certificate: str, private_key: str) -> bool:
    """What is set already may be no PEM at all; then nothing matches it."""
    try:
        return pem.match(certificate, private_key)
    except pem.NotInFormat:
        return False


def show(session: Session, key: str) -> str:
    """A secret's value. Raises UnknownSecret, WrongPassphrase, EngineError."""
    from .records import call

    if key not in session.program.secrets:
        raise UnknownSecret(session.program, key)
    return call(session, "config", "get", f"{session.program.project}:{key}").rstrip("\n")
