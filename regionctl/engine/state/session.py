"""Pulumi's CLI bound to one stack: its environment, its config and locks, and how the stack is made."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pulumi.automation import CommandError, StackAlreadyExistsError

from regionctl.engine.cli.command import NO_STACK, Command
from regionctl.engine.cli.locate import PulumiCli
from regionctl.engine.state.passphrase import Cipher, NotOpened, WrongPassphrase
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.engine.workspace import LEAVES_BUCKET, PASSPHRASE
from regionctl.model.errors import StackLocked
from regionctl.model.program import StackProgram

from .backend import Backend
from .filelock import Busy
from .locks import StackLocks

T = TypeVar("T")

_CONFIG_TIMEOUT_S = 120.0  # a change takes seconds
_POLL_S = 0.05


class Session:
    """One stack's CLI: its environment, its commands. `providers` are attached; None takes the real ones.

    One that only `looks` writes nothing into a bucket.
    """

    def __init__(
        self,
        program: StackProgram,
        backend: Backend,
        cli: PulumiCli,
        providers: str | None,
        *,
        looks: bool = False,
    ) -> None:
        workspace = backend.workspace
        workspace.prepare(program)
        self.program = program
        self.backend = backend
        self.workspace = workspace
        self._looks = looks and backend.looks_apart
        self._cipher: Cipher | None = None
        self.locks = StackLocks(workspace, program)
        self.command = Command(cli)
        self._cli = cli
        self.command.locks = self.locks
        self.environment: Mapping[str, str] = dict(workspace.environment(program))
        if providers:
            self.environment = {**self.environment, "PULUMI_DEBUG_PROVIDERS": providers}
        if self._looks:
            self.environment = {**self.environment, **LEAVES_BUCKET}

    def call(self, *args: str, text: str | None = None) -> str:
        """One command of the CLI; its standard output. Raises CommandError."""
        return self.command.run_with_input(list(args), str(self.workspace.project_dir), self.environment, text).stdout

    def beside(self) -> Session:
        """Another one on the same stack, for what is asked while this one's command runs. It attaches no provider."""
        return Session(self.program, self.backend, self._cli, None)

    def make(self) -> bool:
        """Makes the stack. False where it is there already."""
        with self.writing_config():
            return self._make()

    def ensure_stack(self) -> bool:
        """Makes the stack and its plain config, where they are not there yet. True where the stack was not."""
        with self.writing_config():
            config = StackConfig(self.workspace.config_file(self.program.name))
            config.update(self.program.config)
            may_be_new = not self._looks and self.backend.may_be_new(self.program, is_encrypted=config.is_encrypted)
            return may_be_new and self._make()

    def on_stack(self, run: Callable[[], T]) -> T:
        """Runs commands on the stack, again where there is none yet: then it is made. Raises CommandError."""
        try:
            return run()
        except CommandError as failure:
            if self._looks or not self.backend.makes_late or NO_STACK not in str(failure):
                raise
            self._make()
            return run()

    @property
    def cipher(self) -> Cipher | None:
        """What encrypts the stack's secrets; None where only Pulumi's CLI can, by a KMS key, and where nothing was ever
        encrypted. Raises WrongPassphrase.
        """
        config, passphrase = self._config, self.workspace.passphrase()
        if config.salt is None or passphrase is None or not self._by_passphrase(config):
            return None
        if self._cipher is None or self._cipher.salt != config.salt:
            try:
                self._cipher = Cipher(passphrase, config.salt)
            except NotOpened:
                raise WrongPassphrase(self.program.name, str(self.workspace.passphrase_file)) from None
        return self._cipher

    def cipher_to_set(self) -> Cipher | None:
        """The same, made where nothing was ever encrypted. The config's lock must be held. Raises WrongPassphrase."""
        config = self._config
        if config.salt is None and self._by_passphrase(config) and (passphrase := self.workspace.passphrase()):
            self._cipher = Cipher.new(passphrase)
            config.write_salt(self._cipher.salt)
        return self.cipher

    @contextlib.contextmanager
    def writing_config(self) -> Iterator[None]:
        """Keeps others from the stack's config between a look at it and the change that follows. Raises StackLocked."""
        deadline = time.monotonic() + _CONFIG_TIMEOUT_S

        def again() -> bool:
            time.sleep(_POLL_S)
            return not self.command.interrupted and time.monotonic() < deadline

        try:
            with self.locks.writing_config(again):
                yield
        except Busy as error:
            holder = str(error.note or "another process")
            raise StackLocked(f"the config of {self.program.name}", holder, hint="wait until it has ended") from None

    @contextlib.contextmanager
    def config_copy(self) -> Iterator[Path]:
        """A copy of the stack's config in a folder of its own (0700), for the CLI to work on."""
        with tempfile.TemporaryDirectory(prefix="regionctl-") as folder:
            file = Path(folder) / "config.yaml"
            config = self.workspace.config_file(self.program.name)
            file.write_bytes(config.read_bytes() if config.is_file() else b"")
            yield file

    @property
    def _config(self) -> StackConfig:
        return StackConfig(self.workspace.config_file(self.program.name))

    def _by_passphrase(self, config: StackConfig) -> bool:
        return self.workspace.secrets_provider == PASSPHRASE and config.encrypted_key is None

    def _make(self) -> bool:
        """Makes the stack. False where it is there already."""
        self.locks.clear_stale()  # of a run that was killed while it made the stack
        return self.backend.make(self.program, may_write=self._may_write, init=self._init)

    def _may_write(self) -> bool:
        """Whether an empty state can be written in place of the CLI, which makes a key where there is none yet."""
        has_key = self.cipher_to_set() is not None or self._config.is_encrypted
        return has_key and not self.locks.pulumi()  # else the CLI is refused, and says by whom

    def _init(self) -> bool:
        provider = f"--secrets-provider={self.workspace.secrets_provider}"
        try:
            self.call("stack", "init", self.program.name, "--no-select", provider)
        except StackAlreadyExistsError:
            return False
        return True
