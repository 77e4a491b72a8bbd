"""Whose sign-ups a region takes by default."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regions.model import Shape, Spec

Country = Annotated[str, Shape(r"[A-Z]{2}", "a country's two capital letters (ISO 3166) are", most=2)]
TimeZone = Annotated[
    str,
    Shape(
        r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*/?",
        "a time zone (Europe/Paris), or the start of some that ends in a slash (Europe/), is",
        most=64,
    ),
]


class PlacementSpec(Spec):
    """Who is placed in the region when they sign up without choosing. Nothing belongs to two regions of a fleet."""

    time_zones: tuple[TimeZone, ...] = Field(
        default=(), description="IANA names, or starts of them that end in a slash; the longest one wins."
    )
    countries: tuple[Country, ...] = Field(default=(), description="Where no time zone says it. ISO 3166 codes.")
