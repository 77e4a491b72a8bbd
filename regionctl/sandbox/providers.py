"""The providers that are emulated. A type without an emulation of its own is known from its SDK class alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from regionctl.providers.schema import UnknownType
from regionctl.sandbox.cloudflare.provider import Cloudflare
from regionctl.sandbox.gcp.provider import GoogleCloud
from regionctl.sandbox.provider import Kinds, Provider

PROVIDERS: Final[dict[str, Callable[[], Provider]]] = {"gcp": GoogleCloud, "cloudflare": Cloudflare}


@cache
def kinds_of(provider: str) -> Kinds:
    """The types of a provider of PROVIDERS, the same object in the whole process."""
    return Kinds(PROVIDERS[provider]())


def is_schema_only(token: str) -> bool:
    """Whether nothing is emulated of a type but what the SDK says: names, kinds, required properties, outputs."""
    provider = PROVIDERS[token.partition(":")[0]]()
    try:
        return provider.emulation(provider.package.schema(token)).schema_only
    except UnknownType:  # made with another version of the SDK
        return True
