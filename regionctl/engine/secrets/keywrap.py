"""Encrypts a key with a stack's secrets provider, a passphrase or a cloud's KMS, and opens it again.

It is encrypted as a secret of the stack's config is. With a KMS key Pulumi's CLI does it, in a copy of that file which
is thrown away.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pulumi.automation import CommandError
from ruamel.yaml import YAML

from regionctl.engine.state.failures import explain
from regionctl.engine.state.passphrase import NotOpened
from regionctl.engine.state.session import Session
from regionctl.model.errors import EngineError

# What Go's AES-GCM says (crypto/cipher), and what symmetricCrypter does (sdk/go/common/resource/config/crypt.go of
# pulumi v3.259.0) of a text that it cannot read.
_OTHER_KEY = ("message authentication failed", "bad value", "unknown value version")


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
    session.ensure_stack()
    if cipher := session.cipher:
        return cipher.seal(key.hex())
    with session.config_copy() as file:
        call = partial(_call, session, file, "set", "--secret", _name(session), text=key.hex())
        try:
            session.on_stack(call)
        except CommandError as failure:
            raise explain(session, failure) from None
        wrapped: str = YAML(typ="safe").load(file)["config"][_name(session)]["secure"]
    return wrapped


def unwrap(session: Session, wrapped: str) -> bytes:
    """The key again. Raises CannotUnwrap, WrongPassphrase; another EngineError where the provider cannot be asked."""
    try:
        if cipher := session.cipher:
            return bytes.fromhex(cipher.open(wrapped))
        return bytes.fromhex(_by_cli(session, wrapped))
    except (NotOpened, ValueError):
        raise CannotUnwrap(session.program.name) from None
    except CommandError as failure:
        if any(sign in str(failure) for sign in _OTHER_KEY):
            raise CannotUnwrap(session.program.name) from None
        raise explain(session, failure) from None


def _by_cli(session: Session, wrapped: str) -> str:
    with session.config_copy() as file:
        yaml = YAML()
        document = yaml.load(file) or {}
        document.setdefault("config", {})[_name(session)] = {"secure": wrapped}
        yaml.dump(document, file)
        return _call(session, file, "get", _name(session))


def _name(session: Session) -> str:
    return f"{session.program.project}:plan-key"


def _call(session: Session, file: Path, *args: str, text: str | None = None) -> str:
    stack = ("--stack", session.program.name, "--config-file", str(file))
    return session.call("config", *args, *stack, text=text).strip()
