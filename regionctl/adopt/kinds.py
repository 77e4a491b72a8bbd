"""The table of `types.toml`: how a type is called in each export, and how its import id is made."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("types.toml")

# Compute Engine's regional and global resources are assets of types of their own, or of the same one, as it comes.
_SCOPE = re.compile(r"/(?:[Rr]egion|[Gg]lobal)(?=[A-Z])")
_MEMBER: Final = "_iam_member"
_VARIABLE = re.compile(r"\{(\w+)\}")
# `https://www.googleapis.com/compute/v1/projects/...` and `//cloudsql.googleapis.com/projects/...` name the same.
_LINK = re.compile(r"^(?:https?:)?//[^/]+/(?:(?:[a-z]+/)?(?:v\d[a-z0-9]*|beta)/)?")


@dataclass(frozen=True, kw_only=True)
class Within:
    """An element of the list `list` of an asset, whose name is the part's property `named`."""

    asset: str
    list: str
    named: str


@dataclass(frozen=True, kw_only=True)
class AdoptType:
    """One row. `template` is None for a type whose resources cannot be imported."""

    token: str
    terraform: str
    also: tuple[str, ...] = ()
    asset: str | None = None
    template: str | None = None
    asset_name: str | None = None
    document: str | None = None
    name: str = "name"
    key: tuple[str, ...] = ()
    latest: str | None = None
    rest: Mapping[str, str] = field(default_factory=dict)
    within: Within | None = None

    def import_id(self, properties: Mapping[str, Any], project: str | None) -> str | None:
        """The id for the provider's import, from properties with Pulumi's names; None where they do not say it all."""
        if self.template is None:
            return None
        parts = []
        for literal, variable in _pieces(self.template):
            parts.append(literal)
            if variable is None:
                continue
            value = at(properties, variable) if variable != "project" else properties.get("project") or project
            if not isinstance(value, str | int):
                return None
            whole = variable in {"role", "member"} or not "".join(parts)
            parts.append(bare(str(value)) if whole else str(value).rsplit("/", 1)[-1])
        title = at(properties, "condition.title") if "{member}" in self.template else None
        return "".join(parts) + (f" {title}" if isinstance(title, str) else "")

    def untold(self, properties: Mapping[str, Any], project: str | None) -> list[str]:
        """The properties that an identity needs and that stand there neither as text nor as a number."""
        known = {"project": project, **properties}
        needed = self.key or [variable for _, variable in _pieces(self.template or "") if variable]
        return [path for path in needed if not isinstance(at(known, path), str | int)]

    def fits(self, asset_name: str) -> bool:
        """Whether an asset of this name is such a resource: a global URL map is no regional one."""
        template = self.asset_name or ""
        return not template.startswith("projects/") or bool(self.told_by(asset_name, template))

    def told_by(self, id_: str, template: str | None) -> dict[str, str]:
        """The properties that an id of this form tells, read backwards; none where it has another form."""
        if template is None or template.startswith("{name}"):
            return {}
        # An account's id is the first part of its address.
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/ ]+)", re.escape(template.partition("@")[0]))
        for whole in ("keyRing", "cryptoKeyId", "member"):
            pattern = pattern.replace(f"(?P<{whole}>[^/ ]+)", f"(?P<{whole}>[^ ]+)")
        pattern = pattern.replace("(?P<role>[^/ ]+)", "(?P<role>[^ ]+)")
        match = re.fullmatch(pattern, id_.partition("@")[0] if "@" in template else id_)
        return match.groupdict() if match else {}

    def key_of(self, properties: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The values that tell a resource from others of its type, where its name does not."""
        values = [at(properties, path) for path in self.key]
        if not values or any(not isinstance(value, str | int) for value in values):
            return None
        return tuple(bare(str(value)) for value in values)


def at(properties: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; a string on the way is read as JSON."""
    value: Any = properties
    for key in path.split("."):
        if isinstance(value, str):
            value = _parsed(value)
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def bare(link: str) -> str:
    """A link or an asset's name without host and version: `projects/p/global/networks/n`."""
    return _LINK.sub("", link)


@cache
def types() -> Mapping[str, AdoptType]:
    """Every row by Pulumi's token."""
    with TABLE.open("rb") as file:
        rows = tomllib.load(file)
    return {token: _row(token, row) for token, row in rows.items()}


@cache
def of_terraform() -> Mapping[str, AdoptType]:
    return {row.terraform: row for row in types().values()}


@cache
def _of_other_names() -> Mapping[str, AdoptType]:
    return {name: row for row in types().values() for name in row.also}


def kind_of_terraform(type_: str) -> AdoptType | None:
    """The row of a resource type of Terraform's, by any of its names."""
    return of_terraform().get(type_) or _of_other_names().get(type_)


@cache
def granted_by() -> Mapping[str, AdoptType]:
    """The grants on one member, by the types that give several at once: `google_project_iam_binding`, `..._policy`."""
    return {
        f"{row.terraform.removesuffix(_MEMBER)}_iam_{whole}": row
        for row in types().values()
        if row.terraform.endswith(_MEMBER)
        for whole in ("binding", "policy")
    }


@cache
def of_asset() -> Mapping[str, AdoptType]:
    return {row.asset: row for row in types().values() if row.asset}


@cache
def _of_any_scope() -> Mapping[str, list[AdoptType]]:
    rows: dict[str, list[AdoptType]] = {}
    for asset, row in of_asset().items():
        rows.setdefault(_SCOPE.sub("/", asset), []).append(row)
    return rows


def kind_of_asset(type_: str, name: str) -> AdoptType | None:
    """The row of an asset, by its type and by where its name says that it lies."""
    return next((row for row in _of_any_scope().get(_SCOPE.sub("/", type_), ()) if row.fits(name)), None)


@cache
def parts_of() -> Mapping[str, list[AdoptType]]:
    """The types whose resources stand within assets of another type."""
    parts: dict[str, list[AdoptType]] = {}
    for row in types().values():
        if row.within:
            parts.setdefault(row.within.asset, []).append(row)
    return parts


def _row(token: str, row: Mapping[str, Any]) -> AdoptType:
    return AdoptType(
        token=token,
        terraform=row["terraform"],
        also=tuple(row.get("also", ())),
        asset=row.get("asset"),
        template=row.get("import"),
        asset_name=row.get("asset_name", row.get("import")),
        document=row.get("document"),
        name=row.get("name", "name"),
        key=tuple(row.get("key", ())),
        latest=row.get("latest"),
        rest=row.get("rest", {}),
        within=Within(**row["within"]) if "within" in row else None,
    )


def _pieces(template: str) -> list[tuple[str, str | None]]:
    parts = _VARIABLE.split(template)
    return [(parts[i], parts[i + 1] if i + 1 < len(parts) else None) for i in range(0, len(parts), 2)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
