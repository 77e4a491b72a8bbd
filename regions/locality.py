"""Localities: where users can be, in words that they know. Each has one or more regions, all of one jurisdiction."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regions.locations import Jurisdiction
from regions.model import Shape, Spec

LocalityKey = Annotated[
    str,
    Shape(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "2 to 20 lower-case letters, digits and single dashes, the first a letter, are",
        least=2,
        most=20,
    ),
]
Country = Annotated[str, Shape(r"[A-Z]{2}", "a country's two capital letters (ISO 3166) are", most=2)]
TimeZone = Annotated[
    str,
    Shape(
        r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*/?",
        "a time zone (Europe/Paris), or the start of some that ends in a slash (Europe/), is",
        most=64,
    ),
]
Weight = Annotated[int, Field(strict=True, ge=0, le=1000)]


class LocalitySpec(Spec):
    """Who is placed in one of its regions when they sign up without choosing. Nothing belongs to two localities."""

    name: Annotated[str, Shape(r"\S(.*\S)?", "what people call it (Europe) is", most=60)] = Field(
        description="For people, such as Europe. The product offers it as a choice."
    )
    jurisdiction: Jurisdiction = Field(description="Of every region in it, so that no draw takes data elsewhere.")
    time_zones: tuple[TimeZone, ...] = Field(
        default=(), description="IANA names, or starts of them that end in a slash; the longest one wins."
    )
    countries: tuple[Country, ...] = Field(default=(), description="Where no time zone says it. ISO 3166 codes.")
