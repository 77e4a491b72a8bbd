"""Secrets in a stack's config: made once where they are generated, set by a human where they are provided."""

from __future__ import annotations

import difflib
import secrets
from typing import TYPE_CHECKING

from regionctl.errors import EngineError
from regionctl.program import SecretKind, StackProgram, Target

from .stackconfig import StackConfig
from .workspace import Workspace

if TYPE_CHECKING:
    from .session import Session


class MissingSecrets(EngineError):
    """Secrets that a human must set. `keys` names them."""

    def __init__(self, program: StackProgram, keys: tuple[str, ...]) -> None:
        self.keys = keys
        names = ", ".join(keys)
        stack = program.region or program.name
        super().__init__(
            f"{program.name}: secrets that must be provided are not set: {names}",
            hint=f"run: regionctl --fleet {program.fleet} secrets set {stack} {keys[0]}",
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

    That is done for a sandbox only: a cloud fleet's raise MissingSecrets.
    """
    program = session.program
    keys = missing(program, session.workspace)
    provided = tuple(k for k in keys if program.secrets[k].kind is SecretKind.PROVIDED)
    if provided and program.target is Target.CLOUD:
        raise MissingSecrets(program, provided)
    for key in keys:
        set_secret(session, key, secrets.token_urlsafe(program.secrets[key].bytes))
    return provided


def set_secret(session: Session, key: str, value: str) -> None:
    """Encrypts a value into the stack's config. The value goes through standard input, never through arguments."""
    program = session.program
    session.call("config", "set", "--secret", "--stack", program.name, f"{program.project}:{key}", text=value)


def set_declared(session: Session, key: str, value: str) -> None:
    """Sets a secret that the program declares. Raises UnknownSecret."""
    if key not in session.program.secrets:
        raise UnknownSecret(session.program, key)
    session.ensure_stack(secrets=False)
    set_secret(session, key, value)


def show(session: Session, key: str) -> str:
    """A secret's value. Raises UnknownSecret, EngineError."""
    if key not in session.program.secrets:
        raise UnknownSecret(session.program, key)
    program = session.program
    return session.call("config", "get", f"{program.project}:{key}", "--stack", program.name).rstrip("\n")
