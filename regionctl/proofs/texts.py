"""Every text in a resource's inputs, with the path that it stands at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from regionctl.render import Asset, Secret, Value


def texts(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """`(path, text)` of every text, keys of maps and what secrets and assets hold included."""
    match value:
        case str():
            yield path, value
        case Secret():
            yield from texts(value.value, path)
        case Asset():
            yield from texts(value.content, path)
        case Mapping():
            for key, item in value.items():
                yield _join(path, key), key
                yield from texts(item, _join(path, key))
        case Sequence():
            for index, item in enumerate(value):
                yield from texts(item, _join(path, str(index)))
        case _:
            pass


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
