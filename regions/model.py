"""What every spec is made of: closed frozen models, and the scalar types with their limits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

K = TypeVar("K")
V = TypeVar("V")


class Spec(BaseModel):
    """A frozen value that knows exactly its own keys and does no I/O."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


# A key becomes a Pulumi resource's name and a part of cloud names. Every word starts with a letter, so that a word of
# digits alone in a computed name is always the generation (see names.py).
Key = Annotated[
    str,
    StringConstraints(strict=True, min_length=2, max_length=20, pattern=r"^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$"),
]

FrozenMap = Annotated[Mapping[K, V], AfterValidator(MappingProxyType), PlainSerializer(dict)]

# google, ssl, null, undefined: refused in project ids; google, its misspelling g00gle, the start goog: in buckets.
# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
# https://cloud.google.com/storage/docs/buckets#naming
_RESERVED_PARTS = ("google", "g00gle", "ssl", "null", "undefined")
_RESERVED_REGIONS = ("auth", "edge", "fleet", "defaults")  # stacks of their own; files of their own


def _without_reserved_parts(name: str) -> str:
    for part in _RESERVED_PARTS:
        if part in name:
            raise ValueError(f"Google Cloud refuses {part!r} in project ids and bucket names")
    if name.startswith("goog"):
        raise ValueError("Google Cloud refuses bucket names that start with 'goog'")
    return name


def _not_a_stack(name: str) -> str:
    if name in _RESERVED_REGIONS:
        raise ValueError(f"{name!r} is reserved: no region can be called that")
    return name


# 6 + 7 + 12 + 2 characters and three dashes between them are the 30 that a project id may have. Company and fleet have
# no dash, so that a project id reads back to one company, fleet, region and generation only.
CompanyPrefix = Annotated[
    str,
    StringConstraints(strict=True, min_length=2, max_length=6, pattern=r"^[a-z][a-z0-9]*$"),
    AfterValidator(_without_reserved_parts),
]
FleetName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=7, pattern=r"^[a-z][a-z0-9]*$"),
    AfterValidator(_without_reserved_parts),
]
RegionName = Annotated[
    str,
    StringConstraints(strict=True, min_length=2, max_length=12, pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"),
    AfterValidator(_without_reserved_parts),
    AfterValidator(_not_a_stack),
]
Generation = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=99,
        description="Goes into names that a cloud does not give out twice at once; add one to build anew after `down`.",
    ),
]

# 43: a host name of ours puts up to 20 characters before it (`<region>.origin.`), and a common name has at most 64.
# https://cloud.google.com/certificate-manager/docs/certificates
Domain = Annotated[
    str,
    StringConstraints(
        strict=True,
        max_length=43,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$",
    ),
]
Email = Annotated[
    str,
    StringConstraints(strict=True, max_length=254, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"),
]
ImageDigest = Annotated[str, StringConstraints(strict=True, pattern=r"^sha256:[0-9a-f]{64}$")]
ProjectId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
