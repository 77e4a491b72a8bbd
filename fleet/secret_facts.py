"""What stack configs hold of each secret: whether it is there, since when, and a fingerprint of its value."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fleet.context import FleetContext
from regionctl.engine.state.passphrase import Cipher, NotOpened
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.model.errors import Position
from regionctl.model.program import SecretFormat, SecretKind, StackProgram, Target
from regionctl.proofs import SecretFact
from regions.source import KeyPath
from regions.spec import Lifecycle

_PUBLIC = (SecretFormat.CERTIFICATE, SecretFormat.AUTHORITY)


def secret_facts(contexts: Sequence[FleetContext]) -> tuple[SecretFact, ...]:
    """Every secret of every stack. What a passphrase encrypts is opened where it is at hand, and forgotten.

    Raises EngineError where a stack config is broken.
    """
    stacks = [_Stack(context, program) for context in contexts for program in context.programs.values()]
    key = secrets.token_bytes(32)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # the derivation of a passphrase's key leaves Python
        fingerprints = list(pool.map(lambda stack: stack.fingerprints(key), stacks))
    return tuple(fact for stack, of in zip(stacks, fingerprints, strict=True) for fact in stack.facts(of))


@dataclass(frozen=True)
class _Stack:
    context: FleetContext
    program: StackProgram

    @property
    def _config(self) -> StackConfig:
        return StackConfig(self.context.workspace.config_file(self.program.name))

    def fingerprints(self, key: bytes) -> Mapping[str, bytes]:
        """By secret, of those that can be read."""
        config = self._config
        passphrase = self.context.workspace.passphrase()
        if config.salt is None or passphrase is None:
            return {}
        try:
            cipher = Cipher(passphrase, config.salt)
            return {
                name: hmac.digest(key, cipher.open(text).encode(), hashlib.sha256)
                for name, text in self._held(config).items()
            }
        except NotOpened:
            return {}

    def _held(self, config: StackConfig) -> dict[str, str]:
        prefix = f"{self.program.project}:"
        own = {key.removeprefix(prefix): text for key, text in config.encrypted.items() if key.startswith(prefix)}
        return {name: own[name] for name in self.program.secrets if name in own}

    def facts(self, fingerprints: Mapping[str, bytes]) -> list[SecretFact]:
        config = self._config
        held, days = self._held(config), config.set_on(self.program.project)
        return [
            SecretFact(
                stack=self.program.name,
                name=name,
                present=name in held,
                wanted=self._wanted(slot.kind),
                public=slot.format in _PUBLIC,
                source=self._position(name),
                stored_at=config.position(f"{self.program.project}:{name}") if name in held else None,
                set_on=days.get(name) if name in held else None,
                rotation_days=self._rotation_days(name),
                fingerprint=fingerprints.get(name),
            )
            for name, slot in self.program.secrets.items()
        ]

    def _wanted(self, kind: SecretKind) -> bool:
        """A sandbox makes up what nobody sets, and a planned region has time."""
        region = self.program.region
        planned = region is not None and self.context.fleet.regions[region].lifecycle is Lifecycle.PLANNED
        return kind is SecretKind.PROVIDED and self.program.target is Target.CLOUD and not planned

    def _position(self, name: str) -> Position:
        section = self.program.short
        path: KeyPath = ("secrets", name) if self.program.region else (section,)
        return self.context.fleet.position(self.program.region, path)

    def _rotation_days(self, name: str) -> int | None:
        region = self.program.region
        spec = self.context.fleet.regions[region].secrets.get(name) if region else None
        return spec.rotation_days if spec else None
