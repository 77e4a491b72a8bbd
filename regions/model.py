"""What every spec is made of: closed frozen models, and the kinds of text with their limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, PlainSerializer
from pydantic_core import CoreSchema, core_schema

K = TypeVar("K")
V = TypeVar("V")

# Immutable like the models; dumps as a plain dict.
FrozenMap = Annotated[Mapping[K, V], AfterValidator(MappingProxyType), PlainSerializer(dict)]


class Spec(BaseModel):
    """A frozen value that knows exactly its own keys and does no I/O."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True)
class Shape:
    """Text that matches `pattern` as a whole; `wanted` says in words what that is. For `Annotated[str, Shape(...)]`.

    pydantic's own pattern constraint would show people the regular expression.
    """

    pattern: str
    wanted: str
    least: int = 1
    most: int = 1024

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^({self.pattern})$", "minLength": self.least, "maxLength": self.most}

    def _checked(self, text: str) -> str:
        if not self.least <= len(text) <= self.most or not re.fullmatch(self.pattern, text):
            raise ValueError(f"{self.wanted} wanted")
        return text


# A key becomes a Pulumi resource's name and a part of cloud names. Every word starts with a letter, so that a word of
# digits alone in a computed name is always the generation (see names.py).
Key = Annotated[
    str,
    Shape(
        r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*",
        "2 to 20 lower-case letters, digits and dashes, each word starting with a letter, are",
        least=2,
        most=20,
    ),
]

# Refused in project ids: google, ssl, null, undefined. In bucket names: google, g00gle, and goog at the start.
# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
# https://cloud.google.com/storage/docs/buckets#naming
_RESERVED_PARTS = ("google", "g00gle", "ssl", "null", "undefined")
_RESERVED_REGIONS = ("auth", "edge", "ci", "fleet", "defaults", "requests")  # other stacks, and words of other files


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
    Shape(r"[a-z][a-z0-9]+", "2 to 6 lower-case letters and digits, the first a letter, are", most=6),
    AfterValidator(_without_reserved_parts),
]
FleetName = Annotated[
    str,
    Shape(r"[a-z][a-z0-9]*", "1 to 7 lower-case letters and digits, the first a letter, are", most=7),
    AfterValidator(_without_reserved_parts),
]
RegionName = Annotated[
    str,
    Shape(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "2 to 12 lower-case letters, digits and single dashes, the first a letter, are",
        least=2,
        most=12,
    ),
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

# 43: a host name of ours puts up to 20 characters before it (`<region>.origin.`), and a certificate's common name has
# at most 64 (RFC 5280, ub-common-name).
Domain = Annotated[
    str,
    Shape(
        r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+",
        "a domain of at most 43 characters in lower case is",
        most=43,
    ),
]
Email = Annotated[str, Shape(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", "an e-mail address is", most=254)]
ImageDigest = Annotated[
    str, Shape(r"sha256:[0-9a-f]{64}", "an image digest (sha256: and 64 hexadecimal digits) is", most=71)
]
# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
ProjectId = Annotated[
    str, Shape(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "a project id (6 to 30 lower-case letters, digits, dashes) is", most=30)
]
