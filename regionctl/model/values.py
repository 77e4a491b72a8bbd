"""Values of properties: those that are no plain JSON, and the one way to walk through any of them.

    Symbolic    a string that holds a property that only the cloud knows: "${keys.database.id}"
    Unknown     any other value that is known only after an apply
    Secret      a secret, around its value; a secret from the config is a placeholder
    Reference   another resource, passed as itself
    Asset       a file, a text, a folder or an archive

Between Pulumi's processes each of these is an object with a signature (sdk/go/common/resource/properties.go of pulumi
v3.259.0), or one of the texts for what is unknown. For people a secret reads
"[secret]" and what is unknown "[unknown]".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias, Union

from regionctl.model.path import Each, Path, Pattern, parse

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

# UnknownStringValue and its neighbours in sdk/go/common/resource/plugin/rpc.go of pulumi v3.259.0.
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        UNKNOWN_TEXT,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

# How people and documents see them.
SECRET_MASK: Final = "[secret]"
UNKNOWN_MASK: Final = "[unknown]"

Value: TypeAlias = Union[
    bool,
    int,
    float,
    str,
    "Unknown",
    "Secret",
    "Reference",
    "Asset",
    Sequence["Value"],
    Mapping[str, "Value"],
    None,
]


@dataclass(frozen=True, order=True)
class Symbol:
    """A property of a resource (`source` is its URN), or a secret of the stack's config (`source` is "config")."""

    source: str
    property: str


class Symbolic(str):
    """A string with symbols in it. As text it reads `projects/${project.projectId}/global`."""

    __slots__ = ("symbols",)
    symbols: tuple[Symbol, ...]

    def __new__(cls, text: str, symbols: tuple[Symbol, ...] = ()) -> Symbolic:
        self = super().__new__(cls, text)
        self.symbols = symbols
        return self

    def __getnewargs__(self) -> tuple[str, tuple[Symbol, ...]]:  # type: ignore[override]  # pickled with its symbols
        return str(self), self.symbols


class Unknown(Enum):
    """A value that is known only after an apply."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Secret:
    """A secret value. Its representation shows nothing."""

    value: Value = field(repr=False)


@dataclass(frozen=True)
class Reference:
    """Another resource, passed as a value."""

    urn: str


@dataclass(frozen=True)
class Asset:
    """`kind` is `text`, `path`, `uri` or `assets` (an archive of named assets)."""

    kind: str
    content: str | Mapping[str, Value]
    archive: bool = False


def is_asset(value: Any) -> bool:
    """Whether `value` is an asset or an archive, as it travels between Pulumi's processes."""
    return isinstance(value, dict) and value.get(SIGNATURE) in {ASSET_SIGNATURE, ARCHIVE_SIGNATURE}


def is_secret(value: Any) -> bool:
    """Whether `value` is a secret as it travels between Pulumi's processes, or as a state holds it."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == SECRET_SIGNATURE


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def walk(
    value: Any, path: Path = (), *, into: Callable[[Any], bool] = lambda _value: True
) -> Iterator[tuple[Path, Any]]:
    """A value and every value in it, outside first, each with its path.

    What a secret or an asset holds has the path of the secret or the asset. `into` says what is looked into.
    """
    yield path, value
    if not into(value):
        return
    match value:
        case Secret(held) | Asset(content=held):
            yield from walk(held, path, into=into)
        case Mapping():
            for key, item in value.items():
                yield from walk(item, (*path, key), into=into)
        case _ if is_list(value):
            for index, item in enumerate(value):
                yield from walk(item, (*path, index), into=into)


def leaves(
    value: Any, path: Path = (), *, into: Callable[[Any], bool] = lambda _value: True
) -> Iterator[tuple[Path, Any]]:
    """Every value that has nothing in it, empty maps and lists too, and what is not looked into."""
    for at, item in walk(value, path, into=into):
        holds = isinstance(item, (Secret, Asset)) or ((isinstance(item, Mapping) or is_list(item)) and item)
        if not (holds and into(item)):
            yield at, item


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy in plain maps and lists. `change` is asked for each value, outside first: what it gives back unchanged is
    looked into, anything else takes the value's place."""
    new = change(value)
    if new is not value:
        return new
    if isinstance(value, Mapping):
        return {key: rebuilt(item, change) for key, item in value.items()}
    return [rebuilt(item, change) for item in value] if is_list(value) else value


def pruned(value: Any, keeps: Callable[[str, Any], bool]) -> Any:
    """A copy in plain maps and lists without the items of maps that are not to be kept, by their key and value."""
    if isinstance(value, Mapping):
        return {key: pruned(item, keeps) for key, item in value.items() if keeps(key, item)}
    return [pruned(item, keeps) for item in value] if is_list(value) else value


def changed_at(value: Any, paths: Iterable[Path], change: Callable[[Any], Any]) -> Any:
    """A copy in which what is at one of the paths is changed. A path that leads nowhere changes nothing."""
    below: dict[str | int, list[Path]] = {}
    for path in paths:
        if not path:
            return change(value)
        below.setdefault(path[0], []).append(path[1:])
    if isinstance(value, Mapping):
        return {
            key: changed_at(item, below.get(key, ()), change) if key in below else item for key, item in value.items()
        }
    if is_list(value):
        return [changed_at(item, below[index], change) if index in below else item for index, item in enumerate(value)]
    return value


def value_at(value: Any, path: Pattern) -> Any:
    """The value at a place, None where nothing is; within what is unknown or masked, that."""
    for key in path:
        if value is UNKNOWN or value in (SECRET_MASK, UNKNOWN_MASK):
            return value
        if isinstance(value, Mapping):
            value = value.get(key)
        elif is_list(value) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def get(value: Any, path: str) -> Any:
    """`value_at` of a path as it is written."""
    return value_at(value, parse(path))


def paths_at(value: Any, pattern: Pattern | str) -> Iterator[Path]:
    """Every place in a value that a pattern means, and that holds something."""
    return _paths_at(value, parse(pattern) if isinstance(pattern, str) else pattern, ())


def _paths_at(value: Any, pattern: Pattern, done: Path) -> Iterator[Path]:
    if value is None:
        return
    if not pattern:
        yield done
        return
    part, below = pattern[0], pattern[1:]
    if part is Each.ITEM:
        keys: Sequence[Any] = range(len(value)) if is_list(value) else ()
    elif part is Each.KEY:
        keys = list(value) if isinstance(value, Mapping) else ()
    else:
        keys = [part]
    for key in keys:
        yield from _paths_at(value_at(value, (key,)), below, (*done, key))
