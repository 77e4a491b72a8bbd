"""References between resources: what a property names must exist, and sometimes allow its use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from regionctl.model.values import paths_at, value_at
from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Reference
from regionctl.sandbox.errors import CloudError, NotGranted, Retryable
from regionctl.sandbox.kinds import Kinds
from regionctl.sandbox.provider import Provider
from regionctl.sandbox.transaction import Row

Stand = Callable[[str, str], None]


def resolve(call: Call, provider: Provider, kinds: Kinds, stand: Stand) -> None:
    """Finds every resource that the inputs name, by `stand` also what is at a path of a type although nobody made it.

    Raises CloudError for one that is missing or may not be used.
    """
    for reference in call.kind.emulation.references:
        for place in paths_at(call.inputs, reference.path):
            value = value_at(call.inputs, place)
            if isinstance(value, str) and value and (reference.only is None or reference.only(value)):
                row = _find(call, provider, kinds, reference, value, stand=stand)
                _require_grant(call, reference, row)
                call.targets.setdefault(reference.path, []).append(row)


def refusal(call: Call, template: str, status: int, reason: str, **more: Value) -> CloudError:
    """An error in the words of the API."""
    title = call.kind.emulation.title
    return CloudError(status, reason, call.fill(template, title=title, path=call.path, **more))


def _find(call: Call, provider: Provider, kinds: Kinds, reference: Reference, value: str, *, stand: Stand) -> Row:
    paths: list[tuple[str, str]] = []
    for token in reference.to:
        spelled = list(provider.spellings(call, provider.target_path(kinds[token].emulation, value, call)))
        stand(token, spelled[0])
        paths += [(token, path) for path in spelled]
    for token, path in paths:
        row = call.tx.lookup(token, path)
        if row is not None:
            return row
    words, target = call.kind.emulation.words, kinds[reference.to[0]].emulation
    error = Retryable if any(call.tx.find(token, path) for token, path in paths) else CloudError
    text = call.fill(
        words.missing,
        target=paths[0][1],
        target_title=target.title,
        title=call.kind.emulation.title,
        field=reference.path,
    )
    raise error(words.missing_status, words.missing_reason, text)


def _require_grant(call: Call, reference: Reference, row: Row) -> None:
    grant = reference.grant
    if grant is None:
        return
    member = call.fill(grant.member)
    if not call.tx.granted(_containers(row.path), grant.roles, member):
        email = member.removeprefix("serviceAccount:")
        raise NotGranted(403, "forbidden", f"The service account {email} needs {grant.roles[0]} on {row.path}")


def _containers(path: str) -> Iterator[str]:
    """The resource and what it lies in: a grant on a key ring or a project holds for its keys."""
    parts = path.split("/")
    for end in range(len(parts), 1, -2):
        yield "/".join(parts[:end])
