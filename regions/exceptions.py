"""Exceptions that a spec declares from what `regionctl check` proves: each with its reason and its last day."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from regions.model import FrozenMap, Shape, Spec


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError("a day such as 2027-06-30 is wanted")


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
]
SpecPath = Annotated[str, Shape(r"[a-z][a-z0-9_-]*(\.[A-Za-z0-9_-]+)*", "a path of the spec (database.tier) is")]
RuleId = Annotated[str, Shape(r"[A-Za-z0-9]([A-Za-z0-9._/ -]*[A-Za-z0-9])?", "a rule's id (CKV_GCP_60) is", most=100)]
Reason = Annotated[str, Shape(r"\S.{8,298}\S", "a reason of 10 to 300 characters in one line is", most=300)]
ResourceName = Annotated[str, Shape(r"\S+", "the logical name of a resource, as `regionctl show` has it, is", most=100)]


class ExceptionSpec(Spec):
    """Why something may be otherwise, and until when."""

    reason: Reason
    expires: Day = Field(description="The last day of the exception. After it the check fails again.")


class RuleExceptionSpec(ExceptionSpec):
    """The same for a rule's id, on the whole stack or on some resources."""

    resources: tuple[ResourceName, ...] = Field(default=(), description="Logical names; none: the whole stack.")


class ExceptionsSpec(Spec):
    """By check, what the exception is for. One that excuses nothing fails the check too."""

    parity: FrozenMap[SpecPath, ExceptionSpec] = Field(
        default={}, validate_default=True, description="Paths of this spec that may differ from the other regions'."
    )
    baseline: FrozenMap[RuleId, RuleExceptionSpec] = Field(default={}, validate_default=True)
    residency: FrozenMap[RuleId, RuleExceptionSpec] = Field(default={}, validate_default=True)
    rules: FrozenMap[RuleId, RuleExceptionSpec] = Field(
        default={}, validate_default=True, description="Rules of your own."
    )
