"""What an export says exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from regionctl.model.errors import Position, Problem, SpecError

# Stands for a value that the export holds in plain text and that goes no further.
SECRET: Final = "[secret]"


@dataclass(frozen=True)
class Expression:
    """A value of an export that is no literal: a reference or a call, as its text."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Found:
    """One resource of an export.

    `type` is Pulumi's token, or the export's own name of a type that has none in the table (`known` is False).
    `properties` have Pulumi's names and shapes. `import_id` is what the provider's import takes, where the export says
    enough to know it. `places` are the positions of single properties, by dotted path. `doubt` says why it is not
    known whether the resource exists. `provider` is whose it is, where it is not Google Cloud's. `number` is the
    project's number, where the export tells it apart from the project. `address` is what Terraform calls it;
    `configured` that its configuration says so, and not its state.
    """

    type: str
    name: str
    where: Position
    properties: Mapping[str, Any]
    known: bool = True
    import_id: str | None = None
    project: str | None = None
    location: str | None = None
    doubt: str | None = None
    provider: str | None = None
    number: str | None = None
    address: str | None = None
    configured: bool = False
    places: Mapping[str, Position] = field(default_factory=dict, repr=False)

    def place(self, path: str) -> Position:
        """Where a property stands, or the nearest one around it."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return self.where

    def value(self, path: str) -> Any:
        """The property at a dotted path; None where there is none."""
        value: Any = self.properties
        for key in path.split("."):
            if isinstance(value, Mapping):
                value = value.get(key)
            elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            else:
                return None
        return value


@dataclass(frozen=True)
class Module(Problem):
    """A call of a module in a configuration, which is not followed. `source` is its folder, where it has no arguments
    and is a folder of the same configuration: `gcloud beta resource-config terraform generate-import` writes such."""

    name: str = ""
    source: str | None = None


@dataclass(frozen=True)
class Inventory:
    """Everything that was read, in the order of files and lines.

    `numbers`: project numbers by id, where the export tells both. `unread`: what was found and not read, and why.
    """

    resources: tuple[Found, ...]
    numbers: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Problem, ...] = ()


class UnreadableExport(SpecError):
    """Files of an export that are broken, cut off, or of no known kind: each at its line. Nothing was taken from it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)


def unreadable(where: Position, what: str, hint: str) -> UnreadableExport:
    return UnreadableExport([Problem(where, what, hint)])
