"""Create, read, update and delete in the emulated clouds, for every provider alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TypeVar

from regionctl.sandbox.check import DEFAULTS, Checked, CheckRules, Naming, check
from regionctl.sandbox.diff import Difference, DiffRules, diff
from regionctl.sandbox.emulation import Call, Emulation, Never, OnDelete, Reference, Words, present
from regionctl.sandbox.errors import CheckFailure, CloudError, PartialFailure, Retryable
from regionctl.sandbox.faults import Effects, Subject, Verb, retrying, strike
from regionctl.sandbox.provider import Config, Provider
from regionctl.sandbox.rules import Facts, facts_of
from regionctl.sandbox.schema import TypeSchema
from regionctl.sandbox.store import Row, Store, Transaction
from regionctl.sandbox.wire import UNKNOWN, Bag, Path, Value, contains_unknown

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource as the provider reports it. `failure`: it exists, but something went wrong after it was made."""

    id: str
    inputs: Bag
    outputs: Bag
    failure: PartialFailure | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Everything about one type."""

    schema: TypeSchema
    facts: Facts
    emulation: Emulation


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which resource a call is about, and with what provider configuration."""

    token: str
    urn_name: str
    config: Config


class Clouds:
    """One provider's emulated cloud in a store. Raises CloudError in the words of the real provider."""

    def __init__(
        self, provider: Provider, store: Store, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self.provider = provider
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._kinds: dict[str, Kind] = {}

    def kind(self, token: str) -> Kind:
        """Raises UnknownType."""
        if token not in self._kinds:
            schema = self.provider.package.schema(token)
            self._kinds[token] = Kind(schema=schema, facts=facts_of(schema), emulation=self.provider.emulation(schema))
        return self._kinds[token]

    def check(self, token: str, news: Bag, olds: Bag, naming: Naming) -> Checked:
        """What is wrong with the inputs, and the inputs with their defaults."""
        kind = self.kind(token)
        rules = CheckRules(schema=kind.schema, facts=kind.facts, formats=kind.emulation.formats)
        checked = check(rules, news, olds, naming)
        more = tuple(failure for rule in kind.emulation.checks for failure in rule(checked.inputs.values))
        return Checked(inputs=checked.inputs, failures=(*checked.failures, *more))

    def diff(
        self, token: str, *, old_inputs: Mapping[str, Value], state: Mapping[str, Value], news: Mapping[str, Value]
    ) -> Difference:
        kind = self.kind(token)
        rules = DiffRules(
            schema=kind.schema, facts=kind.facts, decisions=kind.emulation.decisions, same=kind.emulation.same
        )
        return diff(rules, old_inputs=old_inputs, state=state, news=news)

    # previews touch no cloud

    def preview_create(self, asked: Asked, inputs: Bag) -> Bag:
        """The outputs as far as they are known before the resource is made."""
        kind = self.kind(asked.token)
        scope = self.provider.scope(kind.schema, inputs.values, asked.config)
        outputs = _echo(inputs.values)
        with self._store.transaction() as tx:
            call = self._call(tx, kind, asked, inputs, None, scope)
            for name, prop in kind.schema.outputs.items():
                if name not in outputs:
                    known = scope.get(name) or self.provider.common_output(call, name, asked.config)
                    set_later = name in kind.emulation.outputs or prop.required
                    outputs[name] = known if known is not None else UNKNOWN if set_later else None
        return _output_bag(kind, inputs, outputs)

    def preview_update(self, asked: Asked, inputs: Bag, state: Bag) -> Bag:
        """The state with the new inputs in it."""
        kind = self.kind(asked.token)
        kept = {n: v for n, v in state.values.items() if n not in kind.schema.inputs or n in kind.facts.computed}
        outputs = {**kept, **_echo(inputs.values)}
        return Bag(outputs, _output_bag(kind, inputs, outputs).secrets | _within(state.secrets, kept))

    # the real thing

    def create(self, asked: Asked, inputs: Bag) -> Made:
        """Makes the resource."""
        kind = self.kind(asked.token)
        return self._guarded(
            Verb.CREATE, kind, lambda: self._create_once(kind, asked, inputs, self._struck(Verb.CREATE, asked, inputs))
        )

    def read(self, asked: Asked, id_: str, state: Bag, inputs: Bag) -> Made | None:
        """What exists under an id, None where nothing does. The id may be any that `pulumi import` takes."""
        kind = self.kind(asked.token)

        def attempt() -> Made | None:
            self._struck(Verb.READ, asked, inputs)
            return self._atomic(lambda tx: self._read(tx, kind, asked, id_, state, inputs))

        return self._guarded(Verb.READ, kind, attempt)

    def update(self, asked: Asked, id_: str, inputs: Bag, state: Bag) -> Bag:
        """Changes the resource to the new inputs and returns its outputs."""
        kind = self.kind(asked.token)

        def attempt() -> Bag:
            self._struck(Verb.UPDATE, asked, inputs)
            return self._atomic(lambda tx: self._update(tx, kind, asked, id_, inputs, state))

        return self._guarded(Verb.UPDATE, kind, attempt)

    def delete(self, asked: Asked, id_: str, state: Bag) -> None:
        """Deletes the resource; that it is gone already is no error."""
        kind = self.kind(asked.token)

        def attempt() -> None:
            self._struck(Verb.DELETE, asked, state)
            self._atomic(lambda tx: self._delete(tx, kind, asked, id_, state))

        self._guarded(Verb.DELETE, kind, attempt)

    # faults, retries, words

    def _guarded(self, verb: Verb, kind: Kind, attempt: Callable[[], T]) -> T:
        try:
            return retrying(attempt, self._sleep)
        except CloudError as err:
            told = self.provider.explain(verb, kind.emulation, err)
            raise CloudError(err.status, err.reason, told) from err

    def _struck(self, verb: Verb, asked: Asked, values: Bag) -> Effects:
        names = (asked.urn_name, *(v for v in [values.values.get("name")] if isinstance(v, str)))
        with self._store.transaction() as tx:
            effects = strike(tx, verb, Subject(token=asked.token, names=names))
        if isinstance(effects, CloudError):
            raise effects
        if effects.delay_s:
            self._sleep(effects.delay_s)
        return effects

    def _atomic(self, work: Callable[[Transaction], T]) -> T:
        with self._store.transaction() as tx:
            try:
                return work(tx)
            except Retryable as err:
                refusal = err  # what it counted down is kept
        raise refusal

    # create

    def _create_once(self, kind: Kind, asked: Asked, inputs: Bag, effects: Effects) -> Made:
        made = self._atomic(lambda tx: self._create(tx, kind, asked, inputs, effects))
        if not effects.partial:
            return made
        failure = PartialFailure(500, "backendError", "The operation failed after the resource was made.")
        told = self.provider.explain(Verb.CREATE, kind.emulation, failure)
        return Made(
            id=made.id, inputs=made.inputs, outputs=made.outputs, failure=PartialFailure(500, "backendError", told)
        )

    def _create(self, tx: Transaction, kind: Kind, asked: Asked, inputs: Bag, effects: Effects) -> Made:
        emulation = kind.emulation
        call = self._call(tx, kind, asked, inputs, None)
        self._resolve(call)
        _place(call)
        existing = tx.find(emulation.token, call.path)
        if existing is not None and not emulation.shared:
            raise _refusal(call, emulation.words.exists, 409, emulation.words.exists_reason)
        if tx.buried(emulation.token, call.path, call.now_s):
            words = emulation.words
            raise _refusal(call, words.buried, words.buried_status, words.buried_reason)
        for hook in emulation.on_create:
            hook(call)
        outputs = self._outputs(call, asked.config, inputs)
        call.key = self._write(call, inputs, outputs, existing)
        self._finish(call)
        if effects.hidden_lookups:
            tx.hide(call.key, effects.hidden_lookups)
        return Made(id=call.id, inputs=inputs, outputs=outputs)

    def _write(self, call: Call, inputs: Bag, outputs: Bag, existing: Row | None) -> int:
        if existing is not None:
            call.tx.update(existing.key, inputs, outputs)
            return existing.key
        parents = [
            row.key
            for reference in call.emulation.references
            if reference.on_delete is OnDelete.CASCADE
            for row in call.targets.get(reference.path, ())
        ]
        return call.tx.insert(
            type_=call.emulation.token,
            id_=call.id,
            path=call.path,
            name=call.urn_name,
            project=str(call.scope.get("project") or ""),
            parent=parents[0] if parents else None,
            inputs=inputs,
            outputs=outputs,
            now_s=call.now_s,
        )

    def _finish(self, call: Call) -> None:
        blocking = [
            row.key
            for reference in call.emulation.references
            if reference.on_delete is OnDelete.BLOCKED
            for row in call.targets.get(reference.path, ())
        ]
        call.tx.set_uses(call.key, (key for key in blocking if key != call.key))
        for hook in call.emulation.after_write:
            hook(call)

    # read, update, delete

    def _read(self, tx: Transaction, kind: Kind, asked: Asked, id_: str, state: Bag, inputs: Bag) -> Made | None:
        row = self._locate(tx, kind, asked, id_, state)
        if row is None:
            return None
        known = [state.values, inputs.values]
        outputs = Bag(
            tx.unseal(row.outputs, known), _within(row.secrets, row.outputs) | _within(state.secrets, row.outputs)
        )
        read = tx.unseal(row.inputs, known)
        return Made(id=row.id, inputs=Bag(read, _within(row.secrets, read)), outputs=outputs)

    def _update(self, tx: Transaction, kind: Kind, asked: Asked, id_: str, inputs: Bag, state: Bag) -> Bag:
        row = self._locate(tx, kind, asked, id_, state)
        if row is None:
            raise CloudError(404, "notFound", f"{kind.emulation.title} '{id_}' does not exist any more")
        call = self._call(tx, kind, asked, inputs, row)
        call.id, call.path, call.key = row.id, row.path, row.key
        self._resolve(call)
        for hook in kind.emulation.on_update:
            hook(call)
        outputs = self._outputs(call, asked.config, inputs, tx.unseal(row.outputs, [state.values]))
        tx.update(row.key, inputs, outputs)
        self._finish(call)
        return outputs

    def _delete(self, tx: Transaction, kind: Kind, asked: Asked, id_: str, state: Bag) -> None:
        row = self._locate(tx, kind, asked, id_, state)
        call = self._call(tx, kind, asked, state, row)
        self.provider.before_delete(call)
        if row is None or self.provider.abandons(call):
            return
        call.id, call.path, call.key = row.id, row.path, row.key
        users = tx.users(row.key)
        if users:
            words = kind.emulation.words
            title = self.kind(users[0].type).emulation.title
            raise _refusal(call, words.in_use, 400, words.in_use_reason, target=users[0].path, target_title=title)
        for hook in kind.emulation.on_delete:
            hook(call)
        tx.delete(row.key)
        kept_s = kind.emulation.tombstone_s
        if kept_s is not None:
            tx.bury(row.type, row.path, None if isinstance(kept_s, Never) else call.now_s + kept_s)

    def _locate(self, tx: Transaction, kind: Kind, asked: Asked, id_: str, state: Bag) -> Row | None:
        token = kind.emulation.token
        rows = tx.with_id(id_, token)
        if len(rows) == 1:
            return rows[0]
        call = self._call(tx, kind, asked, state, None)
        if rows:
            _place(call)
            return next((row for row in rows if row.path == call.path), None)
        for values in _import_forms(kind.emulation, id_, call.scope):
            call.scope, call.inputs = values, {}
            _place(call)
            found = tx.find(token, call.path)
            if found:
                return found
        return None

    # calls

    def _call(
        self,
        tx: Transaction,
        kind: Kind,
        asked: Asked,
        inputs: Bag,
        old: Row | None,
        scope: dict[str, Value] | None = None,
    ) -> Call:
        return Call(
            tx=tx,
            emulation=kind.emulation,
            schema=kind.schema,
            facts=kind.facts,
            inputs=inputs.values,
            scope=scope or self.provider.scope(kind.schema, inputs.values, asked.config),
            urn_name=asked.urn_name,
            now_s=self._clock(),
            old=old,
        )

    def _resolve(self, call: Call) -> None:
        for reference in call.emulation.references:
            for value in values_at(call.inputs, reference.path):
                if isinstance(value, str) and value and (reference.only is None or reference.only(value)):
                    call.targets.setdefault(reference.path, []).append(self._target(call, reference, value))

    def _target(self, call: Call, reference: Reference, value: str) -> Row:
        path = value
        for token in reference.to:
            target = self.kind(token).emulation
            path = self.provider.target_path(target, value, call)
            row = call.tx.lookup(token, path)
            if row is not None:
                _require_grant(call, reference, row)
                return row
        words = call.emulation.words
        hidden = any(call.tx.find(token, path) for token in reference.to)
        title = self.kind(reference.to[0]).emulation.title
        kind = Retryable if hidden else CloudError
        text = call.fill(
            words.missing, target=path, target_title=title, title=call.emulation.title, field=reference.path
        )
        raise kind(words.missing_status, words.missing_reason, text)

    def _outputs(self, call: Call, config: Config, inputs: Bag, old: Mapping[str, Value] | None = None) -> Bag:
        emulation = call.emulation
        outputs = _echo(call.inputs)
        for name, prop in call.schema.outputs.items():
            if name in outputs:
                continue
            value = None if old is None or name in emulation.mutable else old.get(name)
            if value is not None and (name not in call.schema.inputs or name in call.facts.computed):
                outputs[name] = value
            elif name in emulation.outputs:
                outputs[name] = _evaluate(call, emulation.outputs[name])
            else:
                outputs[name] = call.scope.get(name)
                if outputs[name] is None:
                    outputs[name] = self.provider.common_output(call, name, config)
                if outputs[name] is None and prop.required:
                    outputs[name] = self.provider.floor_output(call, prop)
        if emulation.refine is not None:
            emulation.refine(call, outputs)
        return _output_bag(Kind(schema=call.schema, facts=call.facts, emulation=emulation), inputs, present(outputs))


def _evaluate(call: Call, output: str | Callable[[Call], Value]) -> Value:
    return call.fill(output) if isinstance(output, str) else output(call)


def _place(call: Call) -> None:
    """Sets the id and path that the inputs say."""
    emulation = call.emulation
    try:
        call.id = str(_evaluate(call, emulation.id))
        call.path = str(_evaluate(call, emulation.path)) if emulation.path else call.id
    except KeyError as err:
        raise CloudError(400, "required", f"{err.args[0]}: required field is not set") from err


def _refusal(call: Call, template: str, status: int, reason: str, **more: Value) -> CloudError:
    return CloudError(status, reason, call.fill(template, title=call.emulation.title, path=call.path, **more))


def _require_grant(call: Call, reference: Reference, row: Row) -> None:
    grant = reference.grant
    if grant is None:
        return
    member = call.fill(grant.member)
    if not call.tx.granted(_containers(row.path), grant.roles, member):
        raise CloudError(
            403,
            "forbidden",
            f"The service account {member.removeprefix('serviceAccount:')} needs {grant.roles[0]} on {row.path}",
        )


def _containers(path: str) -> Iterator[str]:
    """The resource and what it lies in: a grant on a key ring or project holds for its keys."""
    parts = path.split("/")
    for end in range(len(parts), 1, -2):
        yield "/".join(parts[:end])


def values_at(value: Value, path: str) -> Iterator[Value]:
    """Every value at a path of the tables."""
    if not path:
        yield value
        return
    head, _, rest = path.partition(".")
    inner = value.get(head.removesuffix("[]")) if isinstance(value, Mapping) else None
    for item in (inner or ()) if head.endswith("[]") else (inner,):
        if item is not None:
            yield from values_at(item, rest)


def _echo(values: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs as they come back in outputs: without the marks of defaults."""

    def clean(value: Value) -> Value:
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items() if key != DEFAULTS and item is not None}
        if isinstance(value, list):
            return [clean(item) for item in value]
        return value

    result = clean(dict(values))
    assert isinstance(result, dict)
    return result


def _output_bag(kind: Kind, inputs: Bag, outputs: dict[str, Value]) -> Bag:
    known = present(outputs)
    names = kind.schema.secrets | kind.emulation.secret
    always = {(name,) for name in names} | {tuple(path.split(".")) for path in kind.facts.secret if "[]" not in path}
    return Bag(known, _within(inputs.secrets | always, known))


def _within(paths: frozenset[Path] | set[Path], values: Mapping[str, Value]) -> frozenset[Path]:
    """Those paths that lead to a value."""

    def leads(value: Value, path: Path) -> bool:
        for key in path:
            if isinstance(value, Mapping):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return False
        return value is not None

    return frozenset(path for path in paths if leads(values, path))


def _import_forms(emulation: Emulation, id_: str, scope: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """Readings of an import id: the id template's own form, then its variables alone, the first ones by default."""
    template = emulation.path or emulation.id
    if not isinstance(template, str):
        return
    parts = list(Formatter().parse(template))
    names = [name for _, name, _, _ in parts if name]
    segments = id_.split("/")
    if len(segments) <= len(names):
        yield {**scope, **dict(zip(names[-len(segments) :], segments, strict=True))}
