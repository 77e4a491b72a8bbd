"""The key that something is encrypted with, and where that key is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from regionctl.proofs.values import at, is_absent, is_known
from regionctl.providers.catalogue import entry
from regionctl.render import Resource

from .places import Place, Scope, places, target

KEY = "gcp:kms/cryptoKey:CryptoKey"
_KEY_ID = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/keyRings/[^/]+/cryptoKeys/(?P<name>[^/]+)")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A customer-managed key: what people call it, and where it is kept."""

    name: str
    place: Place


def key_at(resource: Resource, path: str, scope: Scope) -> Key | None:
    """The key that a property names; None where it names none, so that Google encrypts with a key of its own."""
    value = at(resource, path)
    if is_absent(value):
        return None
    if (key := target(value, KEY, scope)) is not None:
        (place,) = places(entry(KEY).keeps[0], key, scope)
        return Key(name=str(at(key, "name")), place=place)
    literal = _KEY_ID.fullmatch(str(value)) if is_known(value) else None
    if literal:
        return Key(name=literal["name"], place=Place(location=literal["location"], of=resource, path=path))
    return Key(name="unknown", place=Place(location=None, of=resource, path=path, why="it names no key of this fleet"))
