"""Reads and writes a stack's Pulumi config: plain values come from the specs; comments and secrets are kept."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from regionctl.engine.workspace import Workspace
from regionctl.model.errors import EngineError, Position
from regionctl.model.program import StackProgram
from regionctl.system.files import write_whole
from regionctl.system.reading import NotOfTheShape, checked

_DAYS = "secrets-set-on"  # Pulumi keeps no date of a value in a config

# What opens the values: sdk/go/common/workspace/project.go (ProjectStack) of pulumi v3.259.0.
_ENCRYPTION = ("encryptionsalt", "secretsprovider", "encryptedkey")


def _sealed(value: Any) -> Any:
    """A value with the key `secure` is an encrypted one, and nothing else."""
    if isinstance(value, Mapping) and "secure" in value and not isinstance(value["secure"], str):
        raise PydanticCustomError("not_encrypted", "what is secure must be a text")
    return value


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    encryptionsalt: str | None = None
    secretsprovider: str | None = None
    encryptedkey: str | None = None
    config: dict[str, Annotated[Any, AfterValidator(_sealed)]] | None = None


_SHAPE = TypeAdapter(_Document)


class OtherKey(EngineError):
    """The values that a stack's config has now are encrypted in another way than those that it had."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            "its values were encrypted anew since the last apply, and one file cannot hold both",
            where=str(path),
            hint="move the file away, run it again, and set anew what was set since",
        )


class StackConfig:
    """One `Pulumi.<stack>.yaml`. Raises EngineError where the file is not a mapping."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._document = self._read()

    def update(self, plain: Mapping[str, str]) -> None:
        """Writes the plain values that differ; touches nothing where none does."""
        config = self._document.setdefault("config", {})
        if all(config.get(key) == value for key, value in plain.items()) and self._path.exists():
            return
        config.update(plain)
        self._write()

    def secret_keys(self) -> frozenset[str]:
        """Full keys (`project:key`) of the values that are encrypted."""
        return frozenset(self.encrypted)

    @property
    def encrypted(self) -> Mapping[str, str]:
        """The encrypted values by full key, as the file has them."""
        config = self._document.get("config") or {}
        return {k: str(v["secure"]) for k, v in config.items() if isinstance(v, Mapping) and "secure" in v}

    @property
    def salt(self) -> str | None:
        """What a passphrase is salted with. None where a key of a cloud encrypts, or nothing is encrypted yet."""
        salt = self._document.get("encryptionsalt")
        return None if salt is None else str(salt)

    @property
    def encrypted_key(self) -> str | None:
        """The key of the stack's secrets, as a cloud's KMS encrypted it; None where it is made of a passphrase."""
        key = self._document.get("encryptedkey")
        return None if key is None else str(key)

    @property
    def is_encrypted(self) -> bool:
        """Whether anything was ever encrypted for the stack."""
        return self.salt is not None or self.encrypted_key is not None

    def write_salt(self, salt: str) -> None:
        """At the top, where Pulumi writes it."""
        self._document.insert(0, "encryptionsalt", salt)
        self._write()

    def write_encrypted(self, project: str, values: Mapping[str, str], day: date) -> None:
        """Writes encrypted values by key, and the day on which they were set: all at once."""
        config = self._document.setdefault("config", {})
        for key, text in values.items():
            config[f"{project}:{key}"] = {"secure": text}
        config[f"{project}:{_DAYS}"] = self._days(project, values, day)
        self._write()

    def by_hand(self, project: str, plain: Mapping[str, str]) -> Mapping[str, str]:
        """The plain values that steer the providers and that no program gave, `gcp:impersonateServiceAccount`, say."""
        config = self._document.get("config") or {}
        ours = (*plain, *self.encrypted)
        return {k: str(v) for k, v in config.items() if k not in ours and not k.startswith(f"{project}:")}

    def take_over(self, other: StackConfig, project: str) -> tuple[str, ...]:
        """Writes the secrets of another one that are not in this one, and returns their keys. Raises OtherKey."""
        keys = [key for key in other.encrypted if key not in self.encrypted and key.startswith(f"{project}:")]
        if not keys:
            return ()
        if self.encrypted and any(self._document.get(key) != other._document.get(key) for key in _ENCRYPTION):
            raise OtherKey(self._path)
        config = self._document.setdefault("config", {})
        for key in keys:
            config[key] = {"secure": other.encrypted[key]}
        for key in _ENCRYPTION:
            if key in other._document:
                self._document[key] = other._document[key]
            else:
                self._document.pop(key, None)
        self._write()
        return tuple(key.removeprefix(f"{project}:") for key in keys)

    def position(self, key: str) -> Position:
        """Where a full key stands."""
        line, column = self._document["config"].lc.key(key)
        return Position(str(self._path), line + 1, column + 1)

    def set_on(self, project: str) -> Mapping[str, date]:
        """The days on which secrets were set, by key, as far as they were written down."""
        try:
            days = json.loads((self._document.get("config") or {}).get(f"{project}:{_DAYS}", "{}"))
            return {key: date.fromisoformat(day) for key, day in days.items()}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise self._broken(f"{project}:{_DAYS} holds no days") from error

    def write_set_on(self, project: str, keys: Iterable[str], day: date) -> None:
        """Writes down that secrets were set on a day."""
        self.update({f"{project}:{_DAYS}": self._days(project, keys, day)})

    def _days(self, project: str, keys: Iterable[str], day: date) -> str:
        days = {**self.set_on(project), **dict.fromkeys(keys, day)}
        return json.dumps({one: f"{of}" for one, of in sorted(days.items())})

    def _read(self) -> Any:
        try:
            document = self._yaml.load(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            document = None
        except OSError as error:
            raise self._broken(error.strerror or str(error)) from error
        except Exception as error:  # a parser of texts that anybody may have damaged
            raise self._broken("it is no YAML", _mark(error)) from error
        document = CommentedMap() if document is None else document
        try:
            checked(_SHAPE, document)
        except NotOfTheShape as error:
            raise self._broken(error.why) from None
        if document.get("config", ...) is None:
            document["config"] = CommentedMap()
        return document

    def _broken(self, why: str, mark: tuple[int, int] | None = None) -> EngineError:
        where = Position(str(self._path), *mark) if mark else str(self._path)
        return EngineError(
            f"not a stack config of Pulumi: {why}", where=where, hint="mend the YAML, or restore the file"
        )

    def _write(self) -> None:
        text = io.StringIO()
        self._yaml.dump(self._document, text)
        write_whole(self._path, text.getvalue())


def missing(program: StackProgram, workspace: Workspace) -> tuple[str, ...]:
    """The keys of the secrets that have no value yet."""
    held = StackConfig(workspace.config_file(program.name)).secret_keys()
    return tuple(key for key in program.secrets if f"{program.project}:{key}" not in held)


def _mark(error: Exception) -> tuple[int, int] | None:
    """Where YAML's parser stopped: line and column from 1."""
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    return (mark.line + 1, mark.column + 1) if mark else None
