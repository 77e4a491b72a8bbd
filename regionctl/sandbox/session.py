"""One call on one resource, within one transaction of the store.

What it refers to must exist, and sometimes allow its use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from string import Formatter

from regionctl.model.path import Path
from regionctl.model.values import paths_at, value_at
from regionctl.model.wire import Bag, Value
from regionctl.sandbox.emulation import Call, Emulation, Never, OnDelete, Reference, evaluate
from regionctl.sandbox.errors import CloudError, NameBuried, NotGranted, PartialFailure, Retryable
from regionctl.sandbox.outputs import actual_outputs, within
from regionctl.sandbox.provider import Config, Kinds, Provider
from regionctl.sandbox.sealing import without_sealed
from regionctl.sandbox.transaction import Row, Transaction

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


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which resource a call is about, and with what provider configuration."""

    token: str
    urn_name: str
    config: Config


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource as the provider reports it. `failure`: it exists, but something went wrong after it was made."""

    id: str
    inputs: Bag
    outputs: Bag
    failure: PartialFailure | None = None


class Session:
    """Raises CloudError without the provider's wrapping; Retryable only before anything is written."""

    def __init__(self, tx: Transaction, provider: Provider, kinds: Kinds, asked: Asked, now_s: float) -> None:
        self._tx = tx
        self._provider = provider
        self._kinds = kinds
        self._kind = kinds[asked.token]
        self._asked = asked
        self._now_s = now_s

    def create(self, inputs: Bag, hidden_lookups: int) -> Made:
        emulation, words = self._kind.emulation, self._kind.emulation.words
        call = self._call(inputs.values)
        resolve(call, self._provider, self._kinds, self._stand)
        _place(call)
        self._stand(emulation.token, call.path)
        existing = self._tx.find(emulation.token, call.path)
        if existing is not None and not emulation.shared:
            raise refusal(call, words.exists, words.exists_status, words.exists_reason)
        if self._tx.buried(emulation.token, call.path, call.now_s):
            told = refusal(call, words.buried, words.buried_status, words.buried_reason)
            raise NameBuried(told.status, told.reason, told.message)
        self._provider.before_create(call)
        for hook in emulation.on_create:
            hook(call)
        outputs = actual_outputs(call, self._provider, inputs, self._asked.config, {})
        call.key = self._write(call, inputs, outputs, existing)
        self._finish(call)
        if hidden_lookups:
            self._tx.hide(call.key, hidden_lookups)
        return Made(id=call.id, inputs=inputs, outputs=outputs)

    def read(self, id_: str, state: Bag, inputs: Bag) -> Made | None:
        row = self._locate(id_, state.values)
        if row is None:
            return None
        known = [state.values, inputs.values, self._derived(row)]
        if self._kind.emulation.returns_secrets:
            known += [self._tx.kept(row), self._made_up(row)]
        outputs, read = self._tx.sealing.unseal(row.outputs, known), self._tx.sealing.unseal(row.inputs, known)
        if not state.values:  # an import: what the API does not tell is not there
            outputs, read = without_sealed(outputs), without_sealed(read)
        return Made(
            id=row.id,
            inputs=Bag(read, within(row.secrets | inputs.secrets, read)),
            outputs=Bag(outputs, within(row.secrets | state.secrets | self._told(), outputs)),
        )

    def _derived(self, row: Row) -> dict[str, Value]:
        """What follows from the inputs and is secret only because the SDK says so, with its labels."""
        config = self._asked.config
        names = (str(path[0]) for path in row.secrets if len(path) == 1)
        return {name: self._provider.common_output(self._kind.schema, name, row.inputs, config) for name in names}

    def _made_up(self, row: Row) -> dict[str, Value]:
        """The secrets that this cloud made itself, as it made them."""
        call, outputs = self._call(row.inputs, row), self._kind.emulation.outputs
        return {name: evaluate(call, output) for name, output in outputs.items() if (name,) in row.secrets}

    def update(self, id_: str, inputs: Bag, state: Bag) -> Bag:
        row = self._locate(id_, state.values)
        if row is None:
            raise CloudError(404, "notFound", f"{self._kind.emulation.title} '{id_}' does not exist any more")
        call = self._call(inputs.values, row)
        resolve(call, self._provider, self._kinds, self._stand)
        for hook in self._kind.emulation.on_update:
            hook(call)
        old = self._tx.sealing.unseal(row.outputs, [state.values])
        outputs = actual_outputs(call, self._provider, inputs, self._asked.config, old)
        self._tx.update(row.key, self._hidden(inputs), self._stored(outputs))
        self._finish(call)
        return outputs

    def delete(self, id_: str, state: Bag) -> None:
        row = self._locate(id_, state.values)
        call = self._call(state.values, row)
        self._provider.before_delete(call)
        if row is None or self._provider.abandons(call):
            return
        words, users = self._kind.emulation.words, self._tx.users(row.key)
        if users:
            title = self._kinds[users[0].type].emulation.title
            raise refusal(call, words.in_use, 400, words.in_use_reason, target=users[0].path, target_title=title)
        for hook in self._kind.emulation.on_delete:
            hook(call)
        self._tx.delete(row.key)
        kept_s = self._kind.emulation.tombstone_s
        if self._kind.emulation.standing is not None:
            self._tx.bury(row.type, row.path, 0.0)  # so that it does not stand there again; its name is free
        if kept_s is not None:
            self._tx.bury(row.type, row.path, None if isinstance(kept_s, Never) else call.now_s + kept_s)

    def standing(self, inputs: Mapping[str, Value]) -> None:
        """Lets what is where these inputs say be found, although nobody made it."""
        call, template = self._call(inputs), self._kind.emulation.path or self._kind.emulation.id
        try:
            path = call.fill(template) if isinstance(template, str) else ""
        except KeyError:  # they do not say where
            return
        self._stand(self._kind.emulation.token, next(iter(self._provider.spellings(call, path))))

    def _stand(self, token: str, path: str) -> None:
        """Puts into the store what a cloud has without anybody's doing, as a new project's network is there."""
        standing = self._kinds[token].emulation.standing
        if standing is None or self._tx.find(token, path) is not None or self._tx.was_deleted(token, path):
            return
        inputs = standing(self._call({}), path)
        if inputs is not None:
            asked = replace(self._asked, token=token, urn_name=str(inputs.get("name")))
            Session(self._tx, self._provider, self._kinds, asked, self._now_s)._put(inputs)

    def _put(self, inputs: Mapping[str, Value]) -> None:
        call = self._call(inputs)
        resolve(call, self._provider, self._kinds, self._stand)
        _place(call)
        given = Bag(dict(inputs))
        call.key = self._write(call, given, actual_outputs(call, self._provider, given, self._asked.config, {}), None)
        for hook in self._kind.emulation.after_write:
            hook(call)

    def _call(self, inputs: Mapping[str, Value], row: Row | None = None) -> Call:
        call = Call(
            tx=self._tx,
            kind=self._kind,
            inputs=inputs,
            scope=self._provider.scope(self._kind.schema, inputs, self._asked.config),
            urn_name=self._asked.urn_name,
            now_s=self._now_s,
            old=row,
        )
        if row is not None:
            call.id, call.path, call.key = row.id, row.path, row.key
        return call

    def _write(self, call: Call, inputs: Bag, outputs: Bag, existing: Row | None) -> int:
        if existing is not None:
            self._tx.update(existing.key, self._hidden(inputs), self._stored(outputs))
            return existing.key
        return self._tx.insert(
            type_=self._kind.emulation.token,
            id_=call.id,
            path=call.path,
            name=call.urn_name,
            project=str(call.scope.get("project") or ""),
            parent=next(_targets(call, OnDelete.CASCADE), None),
            inputs=self._hidden(inputs),
            outputs=self._stored(outputs),
            now_s=call.now_s,
        )

    def _hidden(self, inputs: Bag) -> Bag:
        """Inputs as they are stored: what is secret by its kind is so even where the program did not say it."""
        return Bag(inputs.values, inputs.secrets | self._kind.secrets(inputs.values))

    def _stored(self, outputs: Bag) -> Bag:
        """Outputs as they are stored: what the API tells in any case is not sealed."""
        return Bag(outputs.values, outputs.secrets - self._told())

    def _told(self) -> frozenset[Path]:
        return frozenset((name,) for name in self._kind.emulation.told)

    def _finish(self, call: Call) -> None:
        if self._kind.emulation.returns_secrets:
            self._tx.keep(call.key, call.inputs)
        self._tx.set_uses(call.key, {*_targets(call, OnDelete.BLOCKED), *call.uses} - {call.key})
        for hook in self._kind.emulation.after_write:
            hook(call)

    def _locate(self, id_: str, state: Mapping[str, Value]) -> Row | None:
        emulation = self._kind.emulation
        call = self._call(state)
        call.id = id_
        if state and isinstance(emulation.path, str):
            # Some ids leave the project out, so that two resources may share one: the path tells them apart.
            return self._tx.find(emulation.token, call.fill(emulation.path))
        path = (emulation.imported(call, id_) if emulation.imported else _imported_path(call, id_)) or id_
        self._stand(emulation.token, next(iter(self._provider.spellings(call, path))))
        for spelled in self._provider.spellings(call, id_):
            rows = self._tx.with_id(spelled, emulation.token)
            if rows:
                return next((row for row in rows if row.project == call.scope.get("project")), rows[0])
        found = (self._tx.find(emulation.token, spelled) for spelled in self._provider.spellings(call, path))
        return next(filter(None, found), None)


def _targets(call: Call, on_delete: OnDelete) -> Iterator[int]:
    for reference in call.kind.emulation.references:
        if reference.on_delete is on_delete:
            yield from (row.key for row in call.targets.get(reference.path, ()))


def _place(call: Call) -> None:
    """Sets the id and path that the inputs say."""
    emulation = call.kind.emulation
    try:
        call.id = str(evaluate(call, emulation.id))
        call.path = str(evaluate(call, emulation.path)) if emulation.path else call.id
    except KeyError as err:
        raise CloudError(400, "required", f"{err.args[0]}: required field is not set") from err


def _imported_path(call: Call, id_: str) -> str | None:
    """The path that a short import id means: the last variables of the template, the others by default."""
    emulation: Emulation = call.kind.emulation
    template = emulation.path or emulation.id
    if not isinstance(template, str):
        return None
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    segments = id_.split("/")
    if len(segments) > len(names):
        return None
    given = dict(zip(names[-len(segments) :], segments, strict=True))
    known = {**call.scope, **given}
    return call.fill(template, **given) if all(name in known for name in names) else None
