"""What is known of a resource type besides its schema: `catalogue.toml`, beside its facts, an entry a type.

    entry("gcp:sql/databaseInstance:DatabaseInstance").holds_data

A file is read when a type of it is asked for, and what reads it is loaded then: the engine, which every command
imports, does not wait for it. docs/guides/own-resource-types.md shows an entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regionctl.model.errors import Problem, SpecError
from regionctl.providers import included
from regionctl.system.toml import Document, load

if TYPE_CHECKING:
    from pydantic import ConfigDict, TypeAdapter

_HERE: Final = Path(__file__).parent
_GUIDE: Final = "docs/guides/own-resource-types.md says what an entry may have"
_SHAPE: Final[ConfigDict] = {"strict": True, "extra": "forbid"}
Scalar = bool | str


class BadCatalogue(SpecError):
    """An entry of a catalogue that is broken: at its line."""


class Downtime(StrEnum):
    """From harmless to grave."""

    NONE = "none"  # served all the while
    RESTART = "restart"  # connections drop, and can be made again within a minute or two
    INTERRUPTION = "interruption"  # gone for longer than a restart
    DATA_AT_RISK = "data at risk"  # what it holds may be lost


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A kind of data at rest. `of_users`: it holds, or may hold, what users brought.

    One of three says the place: `where` names a property (`replicas[].location`: one in each item), `always` a location
    that the service has whatever is declared, `through` a property that names a resource of the type `of`, whose place
    it is. `key` names the property with the key it is encrypted with, of the resource that says the place.
    """

    __pydantic_config__ = _SHAPE

    name: str
    what: str
    of_users: bool = False
    where: str = ""
    left_out: str = "not set"  # what the cloud does where the property is left out
    always: str = ""
    through: str = ""
    of: str = ""
    key: str = ""
    unless: Mapping[str, Scalar] = field(default_factory=dict)  # nothing is kept where one of the properties is so
    only_with: tuple[str, ...] = ()  # nothing is kept where one of the properties is left out

    def __post_init__(self) -> None:
        if sum(map(bool, (self.where, self.always, self.through))) != 1 or bool(self.through) != bool(self.of):
            raise ValueError("say the place once: where, always, or through with of")


@dataclass(frozen=True, kw_only=True)
class Update:
    """What an update in place of one of these properties does to what is served; `lowered`: only of a number that gets
    smaller. A property stands for what lies in it, `*` for all that no entry before it names."""

    __pydantic_config__ = _SHAPE

    properties: tuple[str, ...]
    downtime: Downtime
    source: str
    lowered: bool = False


@dataclass(frozen=True, kw_only=True)
class OfAsset:
    """The asset that has it: in its `list`, or in its policy. `named` is the property that names the asset."""

    __pydantic_config__ = _SHAPE

    asset: str
    named: str
    list: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A type. Properties have Pulumi's names. What is not said is not known, and of a type without an entry nothing is.

    Where data rests: `keeps`, or why there is none (`keeps_nothing`; with `keeps_nothing_if` only where the properties
    have one of these values). What a change does: `holds_data` is the source for that a replacement or deletion loses
    what nobody can make again; `watches`: without it nothing stops; `replaces`: properties that replace it, besides
    those of its table of facts, or its name and place where it has none; `updates`. The engine: `unprotect` sets
    properties so that the cloud lets the resource be deleted, `forgets` are those that it drops by itself.

    Exports: the type's name in Terraform and `also` other ones, in Cloud Asset Inventory
    (https://cloud.google.com/asset-inventory/docs/asset-types), and where the REST API calls properties otherwise
    (`rest`; `[]`: in every element). `import_id` is the id that the provider imports by, filled with properties and
    {project}, from the import sections of pulumi-gcp 10.2.0, else from terraform-provider-google's documentation; a
    type without one is made again, which changes nothing. `asset_name` is the form of the asset's name where that is
    another one, `name` the property that the name's last part is, `document` the one that holds the whole asset as
    JSON, `key` those that tell one from another where the cloud makes up the name; of several that differ in `latest`
    alone, the highest is in use. What is no asset of its own stands `within` another one's list, or `grants_on` one.
    With another value of `like` a resource of the type is another kind of thing: a router with `bgp` is a VPN's.

    Names: a resource that was there before a company's specs keeps its name under `kept_as` in them; what is made anew
    is `named` after its key, {key} and {project} filled in. Without `named` there is one of the type, and no key.
    """

    __pydantic_config__ = _SHAPE

    token: str
    keeps: tuple[Kept, ...] = ()
    keeps_nothing: str = ""
    keeps_nothing_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    holds_data: str = ""
    watches: bool = False
    updates: tuple[Update, ...] = ()
    replaces: tuple[str, ...] = ()
    unprotect: Mapping[str, Scalar] = field(default_factory=dict)
    forgets: tuple[str, ...] = ()
    terraform: str = ""
    also: tuple[str, ...] = ()
    asset: str = ""
    import_id: str = ""
    asset_name: str = ""
    name: str = "name"
    document: str = ""
    key: tuple[str, ...] = ()
    latest: str = ""
    rest: Mapping[str, str] = field(default_factory=dict)
    within: OfAsset | None = None
    grants_on: OfAsset | None = None
    like: str = ""
    kept_as: str = ""
    named: str = ""

    def __post_init__(self) -> None:
        if self.keeps and self.keeps_nothing:
            raise ValueError("it keeps something or nothing, not both")
        if re.search(r"[{}]", re.sub(r"\{\w+\}", "", self.import_id + self.asset_name)):
            raise ValueError("import_id and asset_name have properties in braces, {name}, and no other braces")

    def also_said(self, own: Entry) -> Entry:
        """This entry with what a company says of the type, which goes first; values that keep nothing are added."""
        said = {each.name: getattr(own, each.name) for each in fields(own) if getattr(own, each.name) != each.default}
        said = {name: value for name, value in said.items() if value}
        if own.keeps or own.keeps_nothing:
            said = {"keeps": (), "keeps_nothing": "", **said}
        both = self.keeps_nothing_if.keys() & own.keeps_nothing_if.keys()
        union = {name: (*self.keeps_nothing_if[name], *own.keeps_nothing_if[name]) for name in both}
        return replace(self, **{**said, "keeps_nothing_if": {**self.keeps_nothing_if, **own.keeps_nothing_if, **union}})


def entry(token: str) -> Entry:
    """What is known of a type. Raises BadCatalogue."""
    return _entry(token, included())


def entries() -> Mapping[str, Entry]:
    """Every type that is known, by its token. Raises BadCatalogue."""
    return _entries(included())


def own_entries() -> list[Entry]:
    """The types of which a company's own catalogues say something, in their order. Raises BadCatalogue."""
    return [entry(token) for file in included() for token in read(file)]


def check_included() -> None:
    """Raises BadCatalogue where a company's own catalogue is broken."""
    for file in included():
        read(file)


@cache
def read(file: Path) -> Mapping[str, Entry]:
    """The entries of one file, of which there are none where it does not exist. Raises BadCatalogue."""
    if not file.exists():
        return {}
    document = load(file, BadCatalogue)
    return {token: _read(document, token) for token in document.table}


@cache
def _entry(token: str, own: tuple[Path, ...]) -> Entry:
    provider, _, rest = token.partition(":")
    service = rest.partition("/")[0]
    folder = _HERE / provider / ("" if service == "index" else service)
    found = read(folder / "catalogue.toml").get(token, Entry(token=token))
    for file in own:
        if said := read(file).get(token):
            found = found.also_said(said)
    return found


@cache
def _entries(own: tuple[Path, ...]) -> Mapping[str, Entry]:
    tokens = [token for file in (*sorted(_HERE.rglob("catalogue.toml")), *own) for token in read(file)]
    return {token: _entry(token, own) for token in dict.fromkeys(tokens)}


@cache
def _shape() -> TypeAdapter[Entry]:
    from pydantic import TypeAdapter

    return TypeAdapter(Entry)


def _read(document: Document, token: str) -> Entry:
    from pydantic import ValidationError

    from regionctl.system.reading import first_problem

    row = document.table[token]
    if not isinstance(row, dict):
        raise BadCatalogue([Problem(document.at(token), f"{token}: no entry of a type", _GUIDE)])
    try:
        # As JSON, which has lists and texts alone: strict, and yet a tuple or an enumeration may be written as one.
        return _shape().validate_json(json.dumps({**row, "token": token}, default=str))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where, key = document.at(token, *first["loc"]), first["loc"][-1] if first["loc"] else token
        match first["type"]:
            case "unexpected_keyword_argument":
                what = f"{key}: unknown key"
            case "value_error":
                what = str(first["ctx"]["error"])
            case _:
                what = first_problem(error)
        raise BadCatalogue([Problem(where, f"{token}: {what}", _GUIDE)]) from error
