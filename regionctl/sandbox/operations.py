"""Does what every provider does alike: check, diff, preview, create, read, update, delete."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from regionctl.model.wire import Bag, Value
from regionctl.providers.check import Checked, check, unplannable
from regionctl.providers.coercion import Plugin
from regionctl.providers.defaults import Naming
from regionctl.providers.diff import Difference, diff
from regionctl.sandbox.emulation import FORMATTER, TypeKind, present
from regionctl.sandbox.errors import CloudError, NameBuried, NotGranted, PartialFailure, Retryable
from regionctl.sandbox.faults import Effects, Subject, Verb, retrying, strike
from regionctl.sandbox.functions import UnknownFunction, answer
from regionctl.sandbox.outputs import echo, preview_outputs, within
from regionctl.sandbox.provider import Config, Invocation, Kinds, Provider
from regionctl.sandbox.session import Asked, Made, Session
from regionctl.sandbox.store import Store

T = TypeVar("T")


class Clouds:
    """One provider's emulated cloud in a store. Raises CloudError in the words of the real provider."""

    def __init__(
        self, provider: Provider, store: Store, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self.provider = provider
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self.kinds = Kinds(provider)
        self._held: set[str] = set()  # what a call is changing just now
        self._guard = threading.Lock()

    def check(self, token: str, news: Bag, olds: Bag, naming: Naming) -> Checked:
        """What is wrong with the inputs, and the inputs with their defaults. Raises UnknownType."""
        return check(self.kinds[token].check_rules, news, olds, naming)

    def diff(
        self, token: str, *, old_inputs: Mapping[str, Value], state: Mapping[str, Value], news: Mapping[str, Value]
    ) -> Difference:
        self._plannable(self.kinds[token], news)
        return diff(self.kinds[token].diff_rules, old_inputs=old_inputs, state=state, news=news)

    def function(self, token: str, args: Mapping[str, Value], config: Config) -> Bag:
        """What a function of the provider answers. Raises UnknownFunction."""
        schema = self.provider.package.function(token)
        if schema is None:
            raise UnknownFunction(token)
        with self._store.transaction() as tx:
            asked = Invocation(schema=schema, args=args, config=config, tx=tx, now_s=self._clock())
            return answer(asked, self.provider, self.kinds)

    def preview_create(self, asked: Asked, inputs: Bag) -> Bag:
        """The outputs as far as they are known before the resource is made. Touches no cloud."""
        kind = self.kinds[asked.token]
        self._plannable(kind, inputs.values)
        scope = self.provider.scope(kind.schema, inputs.values, asked.config)
        return preview_outputs(kind, self.provider, inputs, scope, asked.config)

    def preview_update(self, asked: Asked, inputs: Bag, state: Bag) -> Bag:
        """The state with the new inputs in it. Touches no cloud."""
        kind = self.kinds[asked.token]
        kept = {name: value for name, value in state.values.items() if kind.stays(name, value)}
        outputs = {**kept, **echo(inputs.values)}
        return Bag(outputs, within(inputs.secrets | within(state.secrets, kept), outputs) | kind.secrets(outputs))

    def create(self, asked: Asked, inputs: Bag) -> Made:
        """Makes the resource. Where a fault says so, it exists and the answer carries a failure."""

        self._plannable(self.kinds[asked.token], inputs.values)

        def attempt() -> Made:
            effects = self._struck(Verb.CREATE, asked, inputs)
            made = self._in_session(asked, lambda session: session.create(inputs, effects.hidden_lookups))
            return self._failed_after(asked, made) if effects.partial else made

        with self._alone(Verb.CREATE, asked, inputs.values):
            return self._guarded(Verb.CREATE, asked, attempt)

    def read(self, asked: Asked, id_: str, state: Bag, inputs: Bag) -> Made | None:
        """What exists under an id, None where nothing does. The id may be any that `pulumi import` takes."""

        def attempt() -> Made | None:
            self._struck(Verb.READ, asked, inputs)
            return self._in_session(asked, lambda session: session.read(id_, state, inputs))

        return self._guarded(Verb.READ, asked, attempt)

    def update(self, asked: Asked, id_: str, inputs: Bag, state: Bag) -> Bag:
        """Changes the resource to the new inputs and returns its outputs."""

        def attempt() -> Bag:
            self._struck(Verb.UPDATE, asked, inputs)
            return self._in_session(asked, lambda session: session.update(id_, inputs, state))

        with self._alone(Verb.UPDATE, asked, inputs.values):
            return self._guarded(Verb.UPDATE, asked, attempt)

    def delete(self, asked: Asked, id_: str, state: Bag) -> None:
        """Deletes the resource; that it is gone already is no error."""

        def attempt() -> None:
            self._struck(Verb.DELETE, asked, state)
            self._in_session(asked, lambda session: session.delete(id_, state))

        with self._alone(Verb.DELETE, asked, state.values):
            self._guarded(Verb.DELETE, asked, attempt)

    @contextlib.contextmanager
    def _alone(self, verb: Verb, asked: Asked, values: Mapping[str, Value]) -> Iterator[None]:
        """Holds what the call changes, where that takes one change at a time. Raises CloudError while another does."""
        held = self._changed_alone(asked, values)
        if held is None:
            yield
            return
        with self._guard:
            busy = held in self._held
            self._held.add(held)
        if busy:
            emulation = self.kinds[asked.token].emulation
            words = emulation.words
            refusal = CloudError(words.busy_status, words.busy_reason, words.busy.format(held=held))
            raise CloudError(refusal.status, refusal.reason, self.provider.explain(verb, emulation, refusal))
        try:
            yield
        finally:
            with self._guard:
                self._held.discard(held)

    def _plannable(self, kind: TypeKind, inputs: Mapping[str, Value]) -> None:
        """Raises CloudError for what the provider refuses before it asks any cloud, though its check took it."""
        found = [*unplannable(kind.schema, inputs)] if kind.plugin is Plugin.SDK else []
        for failure in [*found, *(failure for refused in kind.emulation.plans for failure in refused(inputs))]:
            raise CloudError(400, "required", f"{failure.path}: {failure.reason}")

    def _changed_alone(self, asked: Asked, values: Mapping[str, Value]) -> str | None:
        kind = self.kinds[asked.token]
        scope = self.provider.scope(kind.schema, values, asked.config)
        with contextlib.suppress(KeyError):  # the call itself refuses what lacks a place
            if kind.emulation.alone:
                return FORMATTER.vformat(kind.emulation.alone, (), {**scope, **present(values)})
        return None

    def _guarded(self, verb: Verb, asked: Asked, attempt: Callable[[], T]) -> T:
        try:
            return retrying(attempt, self._sleep)
        except CloudError as err:
            told = self.provider.explain(verb, self.kinds[asked.token].emulation, err)
            if isinstance(err, NameBuried):
                told = f"{told}\n{err.WAY_ON}"
            raise CloudError(err.status, err.reason, told) from err

    def _struck(self, verb: Verb, asked: Asked, values: Bag) -> Effects:
        name = values.values.get("name")
        names = (asked.urn_name, name) if isinstance(name, str) else (asked.urn_name,)
        with self._store.transaction() as tx:
            effects = strike(tx, verb, Subject(token=asked.token, names=names))
        if isinstance(effects, CloudError):
            raise effects
        if effects.delay_s:
            self._sleep(effects.delay_s)
        return effects

    def _failed_after(self, asked: Asked, made: Made) -> Made:
        failure = PartialFailure(500, "backendError", "The operation failed after the resource was made.")
        told = self.provider.explain(Verb.CREATE, self.kinds[asked.token].emulation, failure)
        return replace(made, failure=PartialFailure(failure.status, failure.reason, told))

    def _in_session(self, asked: Asked, work: Callable[[Session], T]) -> T:
        refusal: CloudError
        with self._store.transaction() as tx:
            try:
                return work(Session(tx, self.provider, self.kinds, asked, self._clock()))
            except (Retryable, NotGranted) as err:
                refusal = err  # nothing was written but the count of lookups or uses, and that is kept
        raise refusal
