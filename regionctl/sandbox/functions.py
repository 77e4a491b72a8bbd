"""Answers a provider's functions (`getNetwork` and its like), which programs call before they declare anything.

Most are named after a type, and tell of a resource what that has as outputs. Of the others a provider knows those that
many programs call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regionctl.model.errors import RegionctlError
from regionctl.model.wire import Bag, Value
from regionctl.providers.schema import Kind, Property
from regionctl.sandbox.emulation import empty
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.provider import Invocation, Kinds, Provider
from regionctl.sandbox.session import Asked, Session
from regionctl.sandbox.transaction import Row

_PLACES = ("project", "region", "zone", "location")


class UnknownFunction(RegionctlError):
    """A function that the SDK does not have, or that the emulated clouds cannot answer."""

    def __init__(self, token: str) -> None:
        self.token = token
        super().__init__(
            f"the sandbox does not emulate the function {token!r}",
            hint="compute the value in the program, or take it from a resource's output",
        )


def answer(asked: Invocation, provider: Provider, kinds: Kinds) -> Bag:
    """Raises UnknownFunction, and CloudError for a resource that does not exist."""
    special = provider.function(asked)
    found = Bag(dict(special)) if special is not None else _like_its_type(asked, provider, kinds)
    whole = {name: _known(name, asked, found.values, prop) for name, prop in asked.schema.answer.items()}
    return Bag(whole, frozenset(path for path in found.secrets if path[0] in whole))


def _known(name: str, asked: Invocation, found: Mapping[str, Value], prop: Property) -> Value:
    value = found.get(name)
    if value is None:
        value = asked.args.get(name)
    return empty(prop.shape) if value is None and prop.required else value


def _like_its_type(asked: Invocation, provider: Provider, kinds: Kinds) -> Bag:
    word = provider.called(asked.schema.asked).lower()
    types = {
        token.rpartition(":")[2].lower(): token
        for token, (service, _) in asked.schema.package.types.items()
        if service == asked.schema.service
    }
    token = types.get(word)
    if token is not None:
        return _one(asked, token, provider, kinds)
    token = types.get(word.removesuffix("s"))
    if token is None:
        raise UnknownFunction(asked.schema.token)
    return _many(asked, token)


def _one(asked: Invocation, token: str, provider: Provider, kinds: Kinds) -> Bag:
    config = {**asked.config, **{place: asked.args[place] for place in _PLACES if asked.args.get(place)}}
    session = Session(asked.tx, provider, kinds, Asked(token=token, urn_name="", config=config), asked.now_s)
    session.standing(asked.args)
    rows = list(_matching(asked, token))
    if not rows:
        given = ", ".join(f"{name} {value!r}" for name, value in sorted(asked.args.items()) if isinstance(value, str))
        raise CloudError(404, "notFound", f"{token.rpartition(':')[2]} with {given or 'no arguments'} was not found")
    # Of several the one in the provider's own place, then the one that was made last: a secret's latest version.
    row = max(rows, key=lambda row: ([row.outputs.get(place) == config.get(place) for place in _PLACES], row.key))
    made = session.read(row.id, Bag({}), Bag({}))
    assert made is not None
    return Bag({**made.outputs.values, "id": row.id}, made.outputs.secrets)


def _many(asked: Invocation, token: str) -> Bag:
    rows = list(_matching(asked, token))
    listed: dict[str, Value] = {}
    for name, prop in asked.schema.answer.items():
        element = prop.shape.element
        fields = asked.schema.fields(element) if element is not None else {}
        if prop.shape.kind is Kind.LIST and fields and name not in asked.args:
            listed[name] = [
                {field: row.outputs.get(field, empty(known.shape)) for field, known in fields.items()} for row in rows
            ]
    return Bag(listed)


def _matching(asked: Invocation, token: str) -> Iterator[Row]:
    """The resources that have what was asked for; arguments that no resource has are the function's own."""
    for row in asked.tx.of_type(token):
        given = {name: value for name, value in asked.args.items() if isinstance(value, str) and value}
        if "project" in asked.schema.answer:
            given["project"] = asked.project
        if all(_has(row, name, value) for name, value in given.items()):
            yield row


def _has(row: Row, name: str, value: str) -> bool:
    if name == "project":
        return row.project == value
    known = row.outputs.get(name)
    if known == value or value in {row.id, row.path} or name not in row.outputs:
        return True
    if name.endswith("Id"):  # an account is found by `accountId`, its email or its number
        return value in {other for other in row.outputs.values() if isinstance(other, str)}
    return isinstance(known, str) and "/" in known + value and known.rsplit("/", 1)[-1] == value.rsplit("/", 1)[-1]
