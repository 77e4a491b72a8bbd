"""Where a fleet's state, passphrase, stack configs and emulated clouds lie.

    by default                       with a state folder F            with a remote state (gs://, s3://, https://)
    .regionctl/state                 F (Pulumi's .pulumi is in it)    the bucket
    .regionctl/passphrase            F/passphrase                     as by default
    .regionctl/client/<fleet>.pem    F/client/<fleet>.pem             as by default
    stacks/Pulumi.<stack>.yaml       F/stacks/Pulumi.<stack>.yaml     as by default
    .regionctl/locks                 F/locks (of runs: by the state)  as by default
    .regionctl/sandbox/<fleet>.db    F/sandbox/<fleet>.db             .regionctl/remote/<state>/sandbox/<fleet>.db
    .regionctl/drift, journal        F/drift, F/journal               .regionctl/remote/<state>/drift, journal

The last two belong to one state: another state has emulated clouds and notes of its own. Everything made here is
private to the user.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram, Target
from regionctl.system.files import write_once

PASSPHRASE = "passphrase"
PASSPHRASE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
PASSPHRASE_FILE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE_FILE"
BY_HAND = "PULUMI_DEBUG_PROVIDERS"
# Pulumi's CLI writes what it does into an encrypted log in the folder `logs` of PULUMI_HOME. No option keeps it from
# that, but it goes on without where the folder cannot be made (StartLogging in pkg/logging/encrypted.go of v3.259.0).
_NO_LOGS = "A file in place of Pulumi's folder of logs, which took a quarter of a plan's time.\n"
_SALT = re.compile(rb"^encryptionsalt:", re.MULTILINE)  # what Pulumi writes once a passphrase encrypts
PRIVATE_FOLDER = 0o700
_SHORT = 60  # of a folder's name


class StateNotWritable(EngineError):
    """A folder of the state, or of what belongs to it, cannot be written: a read-only checkout, or another user's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            "the state cannot be written here", where=str(folder), hint="give a folder that can be: --state DIR"
        )


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The places of one checkout. `project_dir` holds the Pulumi.yaml that the engine runs in."""

    project_dir: Path
    data_dir: Path
    config_dir: Path
    backend_url: str
    secrets_provider: str = PASSPHRASE
    beside: Path | None = None  # where what belongs to the state lies, where that is not by the state itself

    @classmethod
    def default(cls, root: Path, *, secrets_provider: str = PASSPHRASE) -> Workspace:
        """The checkout's own: state in `.regionctl/`, stack configs in `stacks/`."""
        root = root.resolve()
        data = root / ".regionctl"
        return cls(
            project_dir=root,
            data_dir=data,
            config_dir=root / "stacks",
            backend_url=(data / "state").as_uri(),
            secrets_provider=secrets_provider,
        )

    @classmethod
    def at(cls, root: Path, state: str, *, secrets_provider: str = PASSPHRASE) -> Workspace:
        """With an explicit state: a folder or `file://` URL, with everything beside it, or a remote URL."""
        folder = _folder(state)
        if folder is None:
            default = cls.default(root, secrets_provider=secrets_provider)
            return cls(
                project_dir=default.project_dir,
                data_dir=default.data_dir,
                config_dir=default.config_dir,
                backend_url=state,
                secrets_provider=secrets_provider,
            )
        return cls(
            project_dir=folder,
            data_dir=folder,
            config_dir=folder / "stacks",
            backend_url=folder.as_uri(),
            secrets_provider=secrets_provider,
        )

    def with_state_in(self, folder: Path) -> Workspace:
        """The same places with another state, in a folder on this disk."""
        return replace(self, backend_url=folder.resolve().as_uri(), beside=self.beside_state)

    @property
    def is_bucket(self) -> bool:
        """Whether the state is in a bucket: neither on this disk nor kept by Pulumi's service."""
        return self.state_dir is None and self.names_locks

    @property
    def state_dir(self) -> Path | None:
        """Pulumi's folder of a state on this disk; None for a remote state."""
        folder = _folder(self.backend_url)
        return folder / ".pulumi" if folder else None

    @property
    def passphrase_file(self) -> Path:
        return self.data_dir / "passphrase"

    @property
    def _home(self) -> Path:
        """Pulumi's own folder for a sandbox's runs, in place of the user's."""
        return self.data_dir / "home"

    def client_certificates(self, fleet: str) -> Path:
        """The file with a sandbox fleet's client certificate, its key and its authority."""
        return self.data_dir / "client" / f"{fleet}.pem"

    @property
    def names_locks(self) -> bool:
        """Whether one can ask who holds a lock: Pulumi's service (https://) does not say."""
        return urlsplit(self.backend_url).scheme not in {"http", "https"}

    @property
    def beside_state(self) -> Path:
        """The folder of what belongs to this state and not to the checkout: emulated clouds, journals, drift."""
        if self.beside is not None:
            return self.beside
        return self.data_dir if _folder(self.backend_url) else self.data_dir / "remote" / _short(self.backend_url)

    def sandbox_data(self, fleet: str) -> Path:
        """The file that holds the emulated clouds of a fleet."""
        return self.beside_state / "sandbox" / f"{fleet}.db"

    def config_file(self, stack: str) -> Path:
        return self.config_dir / f"Pulumi.{stack}.yaml"

    def checkpoint(self, program: StackProgram) -> Path | None:
        """The file with a stack's state; None for a remote state."""
        return self.state_dir / "stacks" / program.project / f"{program.name}.json" if self.state_dir else None

    def lock_dir(self, program: StackProgram) -> Path | None:
        if not self.state_dir:
            return None
        return self.state_dir / "locks" / "organization" / program.project / program.name

    def run_lock(self, program: StackProgram) -> Path:
        """The file that a run on a stack locks: beside a state on this disk; in this checkout for a remote one."""
        return (_folder(self.backend_url) or self.beside_state) / "locks" / program.project / f"{program.name}.run"

    def config_lock(self, program: StackProgram) -> Path:
        """The file that whoever writes a stack's config locks."""
        return self.data_dir / "locks" / program.project / f"{program.name}.config"

    def prepare(self, program: StackProgram) -> None:
        """Makes the folders, the project file of a state elsewhere, and a sandbox's passphrase, where missing.

        Raises StateNotWritable, and EngineError where a passphrase is gone that stacks were made with.
        """
        if (folder := self.not_writable()) is not None:
            raise StateNotWritable(folder)
        for folder in (*self._folders(), self.sandbox_data(program.fleet).parent):
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_once(self.project_dir / "Pulumi.yaml", _project_file(program.project))
        if program.target is Target.SANDBOX:
            self._ensure_passphrase(program)
            self._home.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            write_once(self._home / "logs", _NO_LOGS)

    def not_writable(self) -> Path | None:
        """A folder that runs write to and this user cannot, where there is one. Writes nothing."""
        return next((folder for folder in self._folders() if not _is_writable(folder)), None)

    def _folders(self) -> tuple[Path, ...]:
        local = _folder(self.backend_url)
        return (self.data_dir, self.config_dir, *((local,) if local else ()))

    def _ensure_passphrase(self, program: StackProgram) -> None:
        if self.passphrase_file.exists():
            return
        configs = f"Pulumi.{program.fleet}.*.yaml"
        encrypted = [file for file in self.config_dir.glob(configs) if _SALT.search(file.read_bytes())]
        if encrypted:
            raise EngineError(
                f"missing, and {min(encrypted)} was encrypted with it",
                where=str(self.passphrase_file),
                hint=f"put it back, or start over: delete {self.data_dir} and {self.config_dir / configs}",
            )
        write_once(self.passphrase_file, secrets.token_urlsafe(32) + "\n")

    def environment(self, program: StackProgram) -> Mapping[str, str]:
        """What Pulumi's CLI gets to know. Raises EngineError where a cloud fleet's passphrase is not given."""
        variables = dict(self.to_ask)
        if program.target is Target.SANDBOX or (program.providers and program.providers <= attached_by_hand()):
            variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"  # no download: all are attached
        if program.target is Target.SANDBOX:
            variables["PULUMI_HOME"] = str(self._home)  # not the user's login
        if self.secrets_provider == PASSPHRASE:
            variables.update(self._passphrase(program))
        return variables

    @property
    def to_ask(self) -> Mapping[str, str]:
        """What Pulumi's CLI must know to ask the backend about no stack in particular."""
        return {"PULUMI_BACKEND_URL": self.backend_url, "PULUMI_SKIP_UPDATE_CHECK": "true", **_QUIET}

    def passphrase(self) -> str | None:
        """What encrypts the secrets of stack configs, where it can be had: Pulumi reads a file without the white space
        around (readPassphrase in pkg/secrets/passphrase/manager.go of pulumi v3.259.0)."""
        file = self.passphrase_file if self.passphrase_file.is_file() else os.environ.get(PASSPHRASE_FILE_VARIABLE)
        if self.passphrase_file != file and (given := os.environ.get(PASSPHRASE_VARIABLE)):
            return given
        try:
            return Path(file).read_text(encoding="utf-8").strip() if file else None
        except (OSError, UnicodeDecodeError):
            return None

    def _passphrase(self, program: StackProgram) -> Mapping[str, str]:
        if self.passphrase_file.is_file():
            return {PASSPHRASE_FILE_VARIABLE: str(self.passphrase_file)}
        if {PASSPHRASE_VARIABLE, PASSPHRASE_FILE_VARIABLE} & os.environ.keys():
            return {}
        raise EngineError(
            f"{program.name}: the passphrase of its secrets is not given",
            hint="set PULUMI_CONFIG_PASSPHRASE_FILE, or a KMS key as `secrets_provider` in the fleet's fleet.yaml",
        )


def attached_by_hand() -> frozenset[str]:
    """The providers that the user's environment attaches: for a cloud fleet they stand in for the real ones.

    `gcp:PORT,cloudflare:PORT`, as Pulumi reads it (GetProviderAttachPort in
    sdk/go/common/resource/plugin/provider_plugin.go of v3.259.0). A sandbox fleet gets its own instead.
    """
    return frozenset(name for part in os.environ.get(BY_HAND, "").split(",") if (name := part.partition(":")[0]))


# Without these Pulumi marks an empty bucket as one of its own, whatever it was asked: ensurePulumiMeta in
# pkg/backend/diy/meta.go of pulumi v3.259.0 writes nothing for the layout that was before. Of a bucket that is marked
# the mark says which layout it has.
LEAVES_BUCKET = {
    "PULUMI_DIY_BACKEND_LEGACY_LAYOUT": "true",
    "PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR": "true",
}
_QUIET = {"PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "true", "NO_COLOR": "1"}


def _is_writable(folder: Path) -> bool:
    """Of one that is not there: whether it can be made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _folder(state: str) -> Path | None:
    parts = urlsplit(state)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).resolve()
    return None if parts.scheme else Path(state).expanduser().resolve()


def _short(url: str) -> str:
    """A name for the folder of a remote state. Of what follows the `?` only another endpoint makes it another state."""
    parts = urlsplit(url)
    endpoint = parse_qs(parts.query).get("endpoint", [""])
    place = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')} {endpoint[0]}"
    words = re.sub(r"[^A-Za-z0-9.]+", "-", f"{parts.scheme}-{parts.hostname or ''}{parts.path}").strip("-.")
    return f"{words[:_SHORT]}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


def _project_file(project: str) -> str:
    return f"name: {project}\nruntime: python\nstackConfigDir: stacks\n"
