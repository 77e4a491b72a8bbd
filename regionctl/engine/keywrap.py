"""A key under the protection of a stack's secrets provider: a passphrase, or a cloud's KMS.

Pulumi's CLI encrypts it as it encrypts a secret of the stack's config, into a copy of that file which is thrown away.
"""

from __future__ import annotations

from pathlib import Path

from pulumi.automation import CommandError
from ruamel.yaml import YAML

from regionctl.errors import EngineError

from .session import Session


class CannotUnwrap(EngineError):
    """The stack's secrets provider does not open a key: it is another one than the key was wrapped with."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        super().__init__(
            f"its key does not open with the passphrase, or the KMS key, that {stack} has here",
            hint="use it with the secrets provider that it was made with, or make a new one",
        )


def wrap(session: Session, key: bytes) -> str:
    """The key, encrypted. Makes the stack where it is not there yet."""
    session.ensure_stack(secrets=False)
    with session.config_copy() as file:
        _call(session, file, "set", "--secret", _name(session), text=key.hex())
        wrapped: str = YAML(typ="safe").load(file)["config"][_name(session)]["secure"]
    return wrapped


def unwrap(session: Session, wrapped: str) -> bytes:
    """The key again. Raises CannotUnwrap."""
    with session.config_copy() as file:
        yaml = YAML()
        document = yaml.load(file) or {}
        document.setdefault("config", {})[_name(session)] = {"secure": wrapped}
        yaml.dump(document, file)
        try:
            return bytes.fromhex(_call(session, file, "get", _name(session)))
        except (CommandError, ValueError):
            raise CannotUnwrap(session.program.name) from None


def _name(session: Session) -> str:
    return f"{session.program.project}:plan-key"


def _call(session: Session, file: Path, *args: str, text: str | None = None) -> str:
    stack = ("--stack", session.program.name, "--config-file", str(file))
    return session.call("config", *args, *stack, text=text).strip()
