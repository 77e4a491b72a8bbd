"""URNs: `urn:pulumi:<stack>::<project>::<type of the parent>$<own type>::<name>`.

A name may hold `::` itself (`URN.Name` in sdk/go/common/resource/urn/urn.go of pulumi v3.259.0).
"""

from __future__ import annotations

from dataclasses import dataclass

_PREFIX = "urn:pulumi:"
ROOT_TYPE = "pulumi:pulumi:Stack"  # the stack itself; stands in no URN but its own


@dataclass(frozen=True, kw_only=True)
class Urn:
    """The parts of a URN. `types` are those of the parents, outermost first, and its own."""

    stack: str
    project: str
    types: tuple[str, ...]
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Raises ValueError where the text is no URN."""
        parts = text.removeprefix(_PREFIX).split("::", 3)
        if not text.startswith(_PREFIX) or len(parts) < 4:
            raise ValueError(f"{text!r} is no URN")
        stack, project, types, name = parts
        return cls(stack=stack, project=project, types=tuple(types.split("$")), name=name)

    @property
    def type(self) -> str:
        return self.types[-1]

    def child(self, type_: str, name: str) -> Urn:
        """The URN of what stands below it."""
        above = () if self.types == (ROOT_TYPE,) else self.types
        return Urn(stack=self.stack, project=self.project, types=(*above, type_), name=name)

    def __str__(self) -> str:
        return f"{_PREFIX}{self.stack}::{self.project}::{'$'.join(self.types)}::{self.name}"


def root(stack: str, project: str) -> Urn:
    """The stack's own."""
    return Urn(stack=stack, project=project, types=(ROOT_TYPE,), name=f"{project}-{stack}")


def name_of(urn: str) -> str:
    """The name in a URN; of what is no URN the text itself."""
    return urn.split("::", 3)[-1]


def type_of(urn: str) -> str:
    """A resource's own type; "" where the text is no URN."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) == 4 else ""


def is_stack(urn: str) -> bool:
    """Whether it is the stack's own, and not that of a reference to another stack (`pulumi:pulumi:StackReference`)."""
    return type_of(urn) == ROOT_TYPE


def short_type(token: str) -> str:
    """`gcp:sql/databaseInstance:DatabaseInstance` as people say it: `sql.DatabaseInstance`."""
    package, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    module = module.split("/", 1)[0]
    return name if module in {"index", ""} or package == "regionctl" else f"{module}.{name}"
