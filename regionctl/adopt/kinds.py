"""How a type is called in each export, and how its import id is made: from the catalogues."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from regionctl.model.path import parse
from regionctl.providers import included
from regionctl.providers.catalogue import Entry, entries

# Compute Engine's regional and global resources are assets of types of their own, or of the same one, as it comes.
_SCOPE = re.compile(r"/(?:[Rr]egion|[Gg]lobal)(?=[A-Z])")
_MEMBER: Final = "_iam_member"
_VARIABLE = re.compile(r"\{(\w+)\}")
# `https://www.googleapis.com/compute/v1/projects/...` and `//cloudsql.googleapis.com/projects/...` name the same.
_LINK = re.compile(r"^(?:https?:)?//[^/]+/(?:(?:[a-z]+/)?(?:v\d[a-z0-9]*|beta)/)?")


class AdoptType(Entry):
    """A type that exports know. Without `import_id` its resources cannot be imported."""

    @property
    def asset_form(self) -> str:
        return self.asset_name or self.import_id

    def id_of(self, properties: Mapping[str, Any], project: str | None) -> str | None:
        """The id for the provider's import, from properties with Pulumi's names; None where they do not say it all."""
        if not self.import_id:
            return None
        parts = []
        for literal, variable in _pieces(self.import_id):
            parts.append(literal)
            if variable is None:
                continue
            value = at(properties, variable) if variable != "project" else properties.get("project") or project
            if not isinstance(value, str | int):
                return None
            whole = variable in {"role", "member"} or not "".join(parts)
            parts.append(bare(str(value)) if whole else str(value).rsplit("/", 1)[-1])
        title = at(properties, "condition.title") if "{member}" in self.import_id else None
        return "".join(parts) + (f" {title}" if isinstance(title, str) else "")

    def untold(self, properties: Mapping[str, Any], project: str | None) -> list[str]:
        """The properties that an identity needs and that stand there neither as text nor as a number."""
        known = {"project": project, **properties}
        needed = self.key or [variable for _, variable in _pieces(self.import_id) if variable]
        return [path for path in needed if not isinstance(at(known, path), str | int)]

    def fits(self, asset_name: str) -> bool:
        """Whether an asset of this name is such a resource: a global URL map is no regional one."""
        return not self.asset_form.startswith("projects/") or bool(self.told_by(asset_name, self.asset_form))

    def told_by(self, id_: str, template: str) -> dict[str, str]:
        """The properties that an id of this form tells, read backwards; none where it has another form."""
        if template.startswith("{name}"):
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
    for key in parse(path):
        if isinstance(value, str):
            value = _parsed(value)
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def bare(link: str) -> str:
    """A link or an asset's name without host and version: `projects/p/global/networks/n`."""
    return _LINK.sub("", link)


@dataclass(frozen=True, kw_only=True)
class _Index:
    """The types by what exports call them."""

    types: Mapping[str, AdoptType]
    terraform: Mapping[str, AdoptType]  # by any of their names
    granting: Mapping[str, AdoptType]
    assets: Mapping[str, Sequence[AdoptType]]  # without where they lie
    parts: Mapping[str, Sequence[AdoptType]]
    grants: Mapping[str, AdoptType]


def types() -> Mapping[str, AdoptType]:
    """Every type that exports know, by Pulumi's token."""
    return _index(included()).types


def kind_of_terraform(type_: str) -> AdoptType | None:
    """The type that Terraform calls so."""
    return _index(included()).terraform.get(type_)


def granted_by(type_: str) -> AdoptType | None:
    """The grant on one member, of which a `google_project_iam_binding` or `..._policy` gives several at once."""
    return _index(included()).granting.get(type_)


def kind_of_asset(type_: str, name: str) -> AdoptType | None:
    """The type of an asset, by its type and by where its name says that it lies."""
    return next((row for row in _index(included()).assets.get(_SCOPE.sub("/", type_), ()) if row.fits(name)), None)


def parts_of(asset: str) -> Sequence[AdoptType]:
    """The types whose resources stand within assets of this type."""
    return _index(included()).parts.get(asset, ())


def granted_on(asset: str) -> AdoptType | None:
    """The grant on one member of an asset of this type."""
    return _index(included()).grants.get(asset)


@cache
def _index(_own: tuple[Path, ...]) -> _Index:
    rows = {token: AdoptType(**vars(known)) for token, known in entries().items() if known.terraform}
    assets: dict[str, list[AdoptType]] = {}
    parts: dict[str, list[AdoptType]] = {}
    for row in rows.values():
        if row.asset:
            assets.setdefault(_SCOPE.sub("/", row.asset), []).append(row)
        if row.within:
            parts.setdefault(row.within.asset, []).append(row)
    return _Index(
        types=rows,
        terraform={name: row for row in rows.values() for name in (*row.also, row.terraform)},
        granting={
            f"{row.terraform.removesuffix(_MEMBER)}_iam_{whole}": row
            for row in rows.values()
            if row.terraform.endswith(_MEMBER)
            for whole in ("binding", "policy")
        },
        assets=assets,
        parts=parts,
        grants={row.grants_on.asset: row for row in rows.values() if row.grants_on},
    )


def _pieces(template: str) -> list[tuple[str, str | None]]:
    parts = _VARIABLE.split(template)
    return [(parts[i], parts[i + 1] if i + 1 < len(parts) else None) for i in range(0, len(parts), 2)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
