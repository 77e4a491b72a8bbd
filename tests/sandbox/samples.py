"""Inputs that an emulated cloud takes, for any type of a provider, made from what is known of its properties.

    Samples(clouds).make(token)             with what it cannot do without, and everything that it refers to
    Samples(clouds).make(token, wide=True)  with as much else as goes together

A value is one of a few candidates of its kind; where `check` refuses one, the next is tried.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from regionctl.model.path import Path, pattern_of
from regionctl.model.path import show as show_path
from regionctl.model.values import ASSET_SIGNATURE, SIGNATURE
from regionctl.model.wire import Bag, Value
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.defaults import Naming
from regionctl.providers.schema import Kind, Property, Shape
from regionctl.sandbox.emulation import Reference, TypeKind
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.operations import Clouds
from regionctl.sandbox.providers import PROVIDERS
from regionctl.sandbox.session import Asked, Made, Session
from regionctl.sandbox.store import Store
from tests.sandbox.cloudflare.pem import CERTIFICATE, KEY

PROJECT: Final = "acme-prod"
REGION: Final = "europe-west1"
CONFIG: Final[Mapping[str, Value]] = {"project": PROJECT, "region": REGION, "zone": f"{REGION}-b"}
NOW_S: Final = 1_795_000_000.0
HEX: Final = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

# Tried in this order where neither an enumeration nor a reference says what a string is.
_TEXTS: Final = (
    *("sample-{n}", REGION, "10.{n}.0.0/20", "10.{n}.0.1", "user:dev@acme.example", "roles/viewer", "86400s", "443"),
    *("run.googleapis.com", "sample-{n}.example.com.", "sample-{n}.example.com", HEX, "2027-01-01T00:00:00Z"),
    *("projects/" + PROJECT, "{{}}", "sample{n}", "allow", "PRIVATE", "ACTIVE", "DELETE", "2026-04-01", "2026-04"),
    *("1.0.0.1", "00:00", "A", "on", "Etc/UTC", '{{"displayName": "sample"}}', "10", "5s", "severity=ERROR"),
    *("0 3 * * *", "projects/-/locations/global", "projects/acme-prod/global/networks/sample-{n}"),
    "projects/acme-prod/serviceAccounts/sample@acme-prod.iam.gserviceaccount.com",
    *("https://sample-{n}.example.com/", "https://sample-{n}.example.com", "UTF8", "sample@acme.example", "X-Sample"),
    *("READER", "us-docker.pkg.dev/acme/web/web:{n}", "index.js", "sample_{n}", "FIRST", "1.2"),
)
_PULLED: Final = (
    "cloudflare:index/authenticatedOriginPullsHostnameCertificate:AuthenticatedOriginPullsHostnameCertificate"
)
_PULLS: Final = "cloudflare:index/authenticatedOriginPulls:AuthenticatedOriginPulls"
_GIVEN: Final[Mapping[str, Mapping[str, Value]]] = {
    _PULLED: {"certificate": CERTIFICATE, "privateKey": KEY},
    "cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate": {
        "certificate": CERTIFICATE,
        "privateKey": KEY,
    },
    "cloudflare:index/mtlsCertificate:MtlsCertificate": {"certificates": CERTIFICATE, "privateKey": KEY},
    "gcp:storage/transferJob:TransferJob": {
        "transferSpec": {"gcsDataSink": {"bucketName": "sample-1"}, "gcsDataSource": {"bucketName": "sample-2"}}
    },
    "cloudflare:index/zoneSetting:ZoneSetting": {"settingId": "always_use_https", "value": "on"},
}
_NUMBERS: Final = (1, 10, 60, 100, 300, 1000, 8080, 65000, 7, 3, 3600, 0)
_NAMED: Final = re.compile(r'"([^"]+)"')
_TRIES: Final = 400


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A resource that was made."""

    token: str
    asked: Asked
    inputs: Bag
    made: Made


class Refused(AssertionError):
    """No inputs were found that the emulated cloud takes."""


@dataclass
class Samples:
    """Makes resources in one emulated cloud. Each has names of its own."""

    clouds: Clouds
    store: Store
    given: dict[str, Mapping[str, Value]]  # inputs that no rule leads to, by token
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _shared: dict[str, Sample] = field(default_factory=dict)

    @classmethod
    def of(cls, provider: str, data: pathlib.Path) -> Samples:
        """Samples in a new emulated cloud on a file."""
        store = Store(data)
        made = cls(Clouds(PROVIDERS[provider](), store, lambda: NOW_S, lambda _: None), store, dict(_GIVEN))
        if provider == "cloudflare":
            pulled = made.make(_PULLED).made.id
            configs = [{"certId": pulled, "hostname": "sample.example.com", "enabled": True}]
            made.given[_PULLS] = {"configs": configs}
        return made

    def make(self, token: str, *, wide: bool = False) -> Sample:
        """Raises Refused."""
        return _Maker(self, token, next(self._numbers), wide=wide).make()

    def create(self, token: str, inputs: Mapping[str, Value]) -> Sample:
        """Raises CloudError, Refused."""
        number = next(self._numbers)
        asked = Asked(token=token, urn_name=f"sample-{number}", config=CONFIG)
        checked = self.clouds.check(token, Bag(dict(inputs)), Bag({}), Naming(urn_name=asked.urn_name, seed=b"seed"))
        if checked.failures:
            raise Refused(token, [str(failure) for failure in checked.failures])
        return Sample(token=token, asked=asked, inputs=checked.inputs, made=self.clouds.create(asked, checked.inputs))

    def attempt(self, sample: Sample, inputs: Mapping[str, Value]) -> Made | None:
        """What would be made of other inputs at the place of a sample; None where they are refused. Nothing is kept."""
        naming = Naming(urn_name=sample.asked.urn_name, seed=b"seed")
        checked = self.clouds.check(sample.token, Bag(dict(inputs)), Bag({}), naming)
        if checked.failures:
            return None
        self.clouds.preview_create(sample.asked, checked.inputs)
        try:
            with self.store.transaction() as tx:
                session = Session(tx, self.clouds.provider, self.clouds.kinds, sample.asked, NOW_S)
                for row in tx.of_type(sample.token):
                    tx.delete(row.key)
                raise _TakenBack(session.create(checked.inputs, 0))
        except _TakenBack as done:
            return done.made
        except CloudError:
            return None

    def target(self, reference: Reference) -> tuple[str, ...]:
        """The names of a resource that the reference may name, with the permission that it asks for."""
        token = reference.to[0]
        if token not in self._shared:
            self._shared[token] = self.make(token)
        target = self._shared[token]
        if reference.grant is not None:
            number = self.clouds.provider.scope(self.kind(token).schema, {}, CONFIG)["number"]
            member = reference.grant.member.format(number=number)
            on = {"cryptoKeyId": target.made.id, "role": reference.grant.roles[0], "member": member}
            self.create("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", on)
        email = target.made.outputs.values.get("email")
        return (str(email), target.made.id) if email else (target.made.id,)

    def kind(self, token: str) -> TypeKind:
        return self.clouds.kinds[token]


class _TakenBack(Exception):
    def __init__(self, made: Made) -> None:
        self.made = made


class _Maker:
    def __init__(self, samples: Samples, token: str, number: int, *, wide: bool) -> None:
        self.samples = samples
        self.token = token
        self.number = number
        self.wide = wide
        self.kind = samples.kind(token)
        self.references = {reference.path: reference for reference in self.kind.emulation.references}
        self.tried: dict[Path, int] = {}
        self.dropped: set[str] = set()
        self.added: set[str] = set()

    def make(self) -> Sample:
        for _ in range(_TRIES):
            inputs = self._object(self.kind.schema.inputs, (), set()) | dict(self.samples.given.get(self.token, {}))
            checked = self.samples.clouds.check(
                self.token, Bag(inputs), Bag({}), Naming(urn_name=f"sample-{self.number}", seed=b"seed")
            )
            if checked.failures:
                self._mend(checked.failures)
                continue
            try:
                return self.samples.create(self.token, inputs)
            except CloudError as err:
                if not self._leave_out(inputs):
                    raise Refused(self.token, str(err)) from err
        raise Refused(self.token, inputs, [str(failure) for failure in checked.failures])

    def _mend(self, failures: tuple[CheckFailure, ...]) -> None:
        for failure in failures:
            fact = re.sub(r"\[\d+\]", "[]", failure.path)
            named = [fact, *(re.sub(r"\[\d+\]", "[]", name) for name in _NAMED.findall(failure.reason))]
            if any(word in failure.reason for word in ("conflict", "unknown property", "cannot be given")):
                self.dropped.add(fact)
            elif ', got "' in failure.reason and "is required" in failure.reason:  # exactly one, and these are too many
                self.dropped.add(named[-1])
            elif "requires" in failure.reason and self.dropped & set(named):
                self.dropped.add(fact)
            elif "required" in failure.reason or "requires" in failure.reason:
                self.added.add(next((one for one in named if one not in self.added | self.dropped), fact))
            else:
                self._try_next(failure.path, fact)

    def _try_next(self, path: str, fact: str) -> None:
        known = next((one for one in self.tried if show_path(one) == path), None)
        if known is not None and self.tried[known] < len(_TEXTS):
            self.tried[known] += 1
        else:
            self.dropped.add(fact)

    def _leave_out(self, inputs: Mapping[str, Value]) -> bool:
        """Leaves one more optional property out; whether there was one."""
        props = self.kind.schema.inputs.items()
        optional = [name for name, prop in props if not prop.required and name in inputs and name not in self.added]
        self.dropped |= set(optional[-1:])
        return bool(optional)

    def _object(self, props: Mapping[str, Property], path: Path, within: set[str]) -> dict[str, Value]:
        return {
            name: self._value(prop, (*path, name), within)
            for name, prop in props.items()
            if self._wanted(prop, (*path, name), within)
        }

    def _wanted(self, prop: Property, path: Path, within: set[str]) -> bool:
        fact = pattern_of(path)
        inner = prop.shape.element or prop.shape
        if inner.class_name is not None and inner.class_name in within:
            return False  # a block within one of its kind
        if prop.required:
            return True
        if fact in self.dropped or fact.removesuffix("[]") in self.dropped:
            return False
        added = any(one == fact or one.startswith((f"{fact}.", f"{fact}[")) for one in self.added)
        return added or (self.wide and fact not in _LEFT_OUT and not prop.name.startswith("__"))

    def _value(self, prop: Property, path: Path, within: set[str]) -> Value:
        return self._shaped(prop.shape, path, within)

    def _shaped(self, shape: Shape, path: Path, within: set[str]) -> Value:
        fact = pattern_of(path)
        match shape.kind:
            case Kind.LIST:
                assert shape.element is not None
                size = max(1, self.kind.facts.min.get(fact, 1))
                return [self._shaped(shape.element, (*path, i), within) for i in range(size)]
            case Kind.OBJECT:
                fields = self.kind.schema.fields(shape)
                return self._object(fields, path, within | {str(shape.class_name)})
            case Kind.MAP:
                return {"sample": self._shaped(shape.element or Shape(kind=Kind.STRING), (*path, "sample"), within)}
            case Kind.ASSET:
                return {SIGNATURE: ASSET_SIGNATURE, "text": "sample", "hash": "0" * 64}
            case _:
                return self._scalar(shape.kind, path, fact)

    def _scalar(self, kind: Kind, path: Path, fact: str) -> Value:
        if fact in self.references:
            forms = self.samples.target(self.references[fact])
            return forms[self.tried.setdefault(path, 0) % len(forms)]
        choices: tuple[Any, ...] = self.kind.facts.enum.get(fact, ())
        bounds = self.kind.facts.range.get(fact)
        if bounds:
            choices = tuple(bound for pair in bounds for bound in pair if bound is not None)
        if not choices:
            texts = tuple(text.format(n=self.number) for text in _TEXTS)
            choices = {Kind.BOOLEAN: (True, False), Kind.INTEGER: _NUMBERS, Kind.NUMBER: _NUMBERS}.get(kind, texts)
        return choices[self.tried.setdefault(path, 0) % len(choices)]


# Switches of the provider that keep a sample from being deleted, or from being what it is.
_LEFT_OUT: Final = frozenset({"deletionProtection", "deletionPolicy", "project"})
