"""Sets, shows and restores the secrets in a stack's config: generated ones are made once, a human sets the others."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from regionctl.engine.state.failures import call
from regionctl.engine.state.passphrase import NotOpened, WrongPassphrase
from regionctl.engine.state.records import state
from regionctl.engine.state.session import Session
from regionctl.engine.state.stackconfig import StackConfig, missing
from regionctl.model.errors import EngineError
from regionctl.model.hints import did_you_mean
from regionctl.model.program import SecretFormat, SecretKind, SecretSlot, StackProgram, Target
from regionctl.system.files import write_whole

from . import certificates
from .certificates import client_certificates

MOST_BYTES = 65_536  # of a version: https://cloud.google.com/secret-manager/quotas


class MissingSecrets(EngineError):
    """Secrets that a human must set. `keys` names them."""

    def __init__(self, program: StackProgram, keys: tuple[str, ...]) -> None:
        self.keys = keys
        names = ", ".join(keys)
        super().__init__(
            f"{program.name}: secrets that must be provided are not set: {names}",
            hint=f"run: {program.command('secrets', 'set')} {keys[0]}",
        )


class LostSecrets(EngineError):
    """The stack was applied with secrets that its config does not have any more. `keys` names them. None was made."""

    def __init__(self, program: StackProgram, config: Path, keys: tuple[str, ...]) -> None:
        self.stack = program.name
        self.config = config
        self.keys = keys
        super().__init__(
            f"{program.name} was applied with secrets that its config has lost: {', '.join(keys)}; new values would"
            " lock out whatever uses the old ones",
            where=str(config),
            hint=f"bring the file back, or take them over from the last apply: {program.command('secrets', 'restore')};"
            f" to make new ones: {program.command('up')} --replace-lost-secrets",
        )


class UnknownSecret(EngineError):
    """The program declares no secret of this name. `known` are those it declares."""

    def __init__(self, program: StackProgram, key: str) -> None:
        self.key = key
        self.known = tuple(sorted(program.secrets))
        hint = did_you_mean(key, self.known, f"it declares: {', '.join(self.known) or 'none'}")
        super().__init__(f"{program.name} declares no secret {key!r}", hint=hint)


def ensure(session: Session, *, replace_lost: bool = False) -> tuple[str, ...]:
    """Makes the stack, its plain config and its secrets, where they are not there yet.

    Returns the keys of provided secrets that got a made-up value (in a sandbox). Raises MissingSecrets, BadSecretValue,
    LostSecrets unless those are to be replaced.
    """
    with session.writing_config():
        is_new = session.ensure_stack()
        return _ensure_secrets(session, may_be_lost=not is_new and not replace_lost)


def _ensure_secrets(session: Session, *, may_be_lost: bool) -> tuple[str, ...]:
    """Gives each secret that has none a value, and returns the keys of provided ones that got a made-up value.

    That is done for a sandbox only: a cloud fleet's raise MissingSecrets. A sandbox fleet has one client certificate
    and one authority of it, for all of its stacks. Raises BadSecretValue where half of a pair was set by somebody, and
    LostSecrets where the stack was applied with values that its config does not have any more, and they `may_be_lost`.
    """
    program = session.program
    keys = missing(program, session.workspace)
    provided = tuple(k for k in keys if program.secrets[k].kind is SecretKind.PROVIDED)
    if provided and program.target is Target.CLOUD:
        raise MissingSecrets(program, provided)
    if keys and may_be_lost and (lost := [key for key in keys if key in _last_applied(session)]):
        raise LostSecrets(program, session.workspace.config_file(program.name), tuple(lost))
    made = {key: _made(session, program.secrets[key]) for key in keys}
    _check_pairs(session, made)
    set_secrets(session, made)
    return provided


def _last_applied(session: Session) -> frozenset[str]:
    """The keys of the secrets that the stack was last applied with; none where nothing is left of that."""
    program = session.program
    if not state(session).resources:
        return frozenset()
    with _last_config(session) as config:
        prefix = f"{program.project}:"
        return frozenset(key.removeprefix(prefix) for key in config.secret_keys() if key.startswith(prefix))


@contextlib.contextmanager
def _last_config(session: Session) -> Iterator[StackConfig]:
    """The config that the stack was last applied with, which the backend keeps; an empty one where it keeps none."""
    with session.config_copy() as copy:
        copy.write_text("")
        try:
            call(session, "config", "refresh", "--force", "--config-file", str(copy))
        except EngineError:  # never applied: `no previous deployment`
            copy.write_text("")
        yield StackConfig(copy)


def restore(session: Session) -> tuple[str, ...]:
    """Takes secrets that the stack's config has lost over from its last apply, and returns their keys.

    Raises OtherKey where what is in the config was encrypted anew since.
    """
    file = session.workspace.config_file(session.program.name)
    with session.writing_config(), _last_config(session) as last:
        return StackConfig(file).take_over(last, session.program.project)


def _made(session: Session, slot: SecretSlot) -> str:
    if slot.format is SecretFormat.TEXT:
        return secrets.token_urlsafe(slot.bytes)
    return client_certificates(session.workspace, session.program.fleet).of(slot.format)


def set_secrets(session: Session, values: Mapping[str, str]) -> None:
    """Encrypts values into the stack's config, with the day beside each: all of them, or none. Its lock must be held.

    Where only the CLI can encrypt, a value goes through standard input, never through arguments.
    Raises WrongPassphrase, EngineError, NotWritten.
    """
    program, today = session.program, datetime.now(UTC).date()
    if not values:
        return
    if cipher := session.cipher_to_set():
        config = StackConfig(session.workspace.config_file(program.name))
        sealed = {key: cipher.seal(value) for key, value in values.items()}
        config.write_encrypted(program.project, sealed, today)
        return
    with session.config_copy() as copy:
        for key, value in values.items():
            name = f"{program.project}:{key}"
            # The CLI takes one line end off what it reads (RemoveTrailingNewline in sdk/go/common/util/cmdutil).
            where = ("--config-file", str(copy))
            call(session, "config", "set", "--secret", name, *where, text=f"{value}\n", makes=True)
        StackConfig(copy).write_set_on(program.project, values, today)
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
        session.ensure_stack()
        _check_pairs(session, values)
        set_secrets(session, values)
    return tuple(values)


def _by_key(program: StackProgram, key: str, value: str) -> dict[str, str]:
    slot = program.secrets[key]
    both = certificates.parted(value) if slot.partner else None
    if not slot.partner or not both:
        return {key: value}
    certificate, private_key = both
    if slot.format is SecretFormat.CERTIFICATE:
        return {key: certificate, slot.partner: private_key}
    return {slot.partner: certificate, key: private_key}


def _check_format(program: StackProgram, key: str, value: str) -> None:
    if (size := len(value.encode())) > MOST_BYTES:
        hint = "give a shorter one; what is large belongs into a bucket"
        raise certificates.BadSecretValue(
            program.name, key, f"it has {size:,} bytes, and {MOST_BYTES:,} is the most", hint=hint
        )
    try:
        certificates.check(value, program.secrets[key].format)
    except certificates.NotInFormat as error:
        hint = "give the PEM file on standard input"
        raise certificates.BadSecretValue(program.name, key, f"it is {error}", hint=hint) from None


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
            raise certificates.BadSecretValue(program.name, key, f"it does not match {other}", hint=hint)


def _match(certificate: str, private_key: str) -> bool:
    """What is set already may be no PEM at all; then nothing matches it."""
    try:
        return certificates.match(certificate, private_key)
    except certificates.NotInFormat:
        return False


def show(session: Session, key: str) -> str:
    """A secret's value. Raises UnknownSecret, WrongPassphrase, EngineError."""
    if key not in session.program.secrets:
        raise UnknownSecret(session.program, key)
    name = f"{session.program.project}:{key}"
    sealed = StackConfig(session.workspace.config_file(session.program.name)).encrypted.get(name)
    if sealed and (cipher := session.cipher):
        try:
            return cipher.open(sealed)
        except NotOpened:
            raise WrongPassphrase(session.program.name, str(session.workspace.passphrase_file)) from None
    shown: str = json.loads(call(session, "config", "get", "--json", name))["value"]
    return shown
