"""The stack's Pulumi config file: plain values written from the spec, comments and secrets kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from regionctl.errors import EngineError


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
        config = self._document.get("config") or {}
        return frozenset(k for k, v in config.items() if isinstance(v, Mapping) and "secure" in v)

    def _read(self) -> Any:
        try:
            document = self._yaml.load(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            document = None
        except (YAMLError, UnicodeDecodeError) as error:
            raise self._broken() from error
        document = {} if document is None else document
        if not isinstance(document, dict) or not isinstance(document.get("config") or {}, dict):
            raise self._broken()
        return document

    def _broken(self) -> EngineError:
        return EngineError("not a stack config of Pulumi", where=str(self._path), hint="mend the YAML, or restore it")

    def _write(self) -> None:
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            self._yaml.dump(self._document, file)
        part.replace(self._path)
