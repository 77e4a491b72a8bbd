"""Probes a sandbox: nothing listens there, so it follows a request's way through the emulated cloud.

    forwarding rule -> HTTPS proxy (certificate) -> URL map (host) -> backend -> endpoint group -> Cloud Run service

https://cloud.google.com/load-balancing/docs/https/setting-up-reg-ext-https-serverless
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regionctl.probes import Origin, ProbeResult

if TYPE_CHECKING:
    from regionctl.sandbox.transaction import Row, Transaction

_RULE = "gcp:compute/forwardingRule:ForwardingRule"
_RUN_SERVICE = "gcp:cloudrunv2/service:Service"


class _Broken(Exception):
    """The way ends here."""


@dataclass(frozen=True)
class EmulatedProbe:
    """Follows a request in the emulated clouds of one file."""

    data: Path

    def __call__(self, origin: Origin) -> ProbeResult:
        from regionctl.sandbox.store import Store

        if not self.data.is_file():
            return _silent(origin, "the emulated cloud is empty")
        with contextlib.closing(Store(self.data)) as store, store.transaction() as clouds:
            try:
                services = sorted(_served(clouds, origin))
            except _Broken as end:
                return _silent(origin, str(end))
        return ProbeResult(origin=origin, answers=True, said=f"its load balancer leads to {', '.join(services)}")

    def gap(self, origin: Origin, authority: str) -> str | None:
        """Why the load balancer lets clients in whom `authority` (PEM) did not sign; None where it does not."""
        from regionctl.sandbox.store import Store

        with contextlib.closing(Store(self.data)) as store, store.transaction() as clouds:
            try:
                _guarded(clouds, origin, authority)
            except _Broken as end:
                return str(end)
        return None


def _guarded(clouds: Transaction, origin: Origin, authority: str) -> None:
    """Raises _Broken. https://cloud.google.com/load-balancing/docs/mtls#client-validation-mode"""
    from regionctl.sandbox.sealing import SEALED

    proxy = _follow(clouds, _rule(clouds, origin), "target")
    if not proxy.outputs.get("serverTlsPolicy"):
        raise _Broken(f"{_shown(proxy)} asks for no client certificate")
    policy = _follow(clouds, proxy, "serverTlsPolicy")
    mtls = _map(policy.outputs.get("mtlsPolicy"))
    if mtls.get("clientValidationMode") != "REJECT_INVALID":
        raise _Broken(f"{_shown(policy)} lets clients in without a valid certificate")
    trust = _resolve(clouds, mtls.get("clientValidationTrustConfig"), policy)
    stores = map(_map, _list(trust.outputs.get("trustStores")))
    anchors = [_map(anchor).get("pemCertificate") for store in stores for anchor in _list(store.get("trustAnchors"))]
    known = (authority, {SEALED: clouds.sealing.fingerprint(authority)})
    if not anchors or any(anchor not in known for anchor in anchors):
        raise _Broken(f"{_shown(trust)} trusts another authority than the stack's config says")


def _served(clouds: Transaction, origin: Origin) -> set[str]:
    """The names of the services that requests for the host reach. Raises _Broken where the way ends before one."""
    rule = _rule(clouds, origin)
    proxy = _follow(clouds, rule, "target")
    for certificate in _list(proxy.outputs.get("certificateManagerCertificates")):
        _resolve(clouds, certificate, proxy)
    if not _list(proxy.outputs.get("certificateManagerCertificates")):
        raise _Broken(f"{_shown(proxy)} has no certificate")
    url_map = _follow(clouds, proxy, "urlMap")
    if not _knows(url_map, origin.host):
        raise _Broken(f"{_shown(url_map)} does not know the host")
    return {_service(clouds, _resolve(clouds, backend, url_map)) for backend in _backends(url_map.outputs)}


def _rule(clouds: Transaction, origin: Origin) -> Row:
    rules = [row for row in clouds.of_type(_RULE) if row.outputs.get("ipAddress") == origin.address]
    if not rules:
        raise _Broken(f"no forwarding rule takes requests at {origin.address}")
    return rules[0]


def _knows(url_map: Row, host: str) -> bool:
    return any(host in _list(_map(rule).get("hosts")) for rule in _list(url_map.outputs.get("hostRules")))


def _backends(url_map: Mapping[str, Any]) -> Iterator[object]:
    yield url_map.get("defaultService")
    for matcher in map(_map, _list(url_map.get("pathMatchers"))):
        yield matcher.get("defaultService")
        for rule in map(_map, _list(matcher.get("pathRules"))):
            yield rule.get("service")


def _service(clouds: Transaction, backend: Row) -> str:
    groups = [_map(one).get("group") for one in _list(backend.outputs.get("backends"))]
    if not groups:
        raise _Broken(f"{_shown(backend)} has no endpoint group")
    group = _resolve(clouds, groups[0], backend)
    name = _map(group.outputs.get("cloudRun")).get("service")
    for row in clouds.of_type(_RUN_SERVICE, group.project):
        if row.outputs.get("name") == name:
            return str(name)
    raise _Broken(f"{_shown(group)} leads to a Cloud Run service {name!r}, which does not exist")


def _follow(clouds: Transaction, row: Row, key: str) -> Row:
    return _resolve(clouds, row.outputs.get(key), row)


def _resolve(clouds: Transaction, reference: object, user: Row) -> Row:
    """The resource that an id or a self link names, by its project's id or number."""
    from regionctl.sandbox.gcp.naming import spellings

    _, slash, rest = str(reference).rpartition("projects/")
    paths = spellings(slash + rest, clouds.projects()) if reference else ()
    found = [row for path in paths for row in clouds.with_id(path)]
    if not found:
        raise _Broken(f"{_shown(user)} leads to {reference or 'nothing'}, which does not exist")
    return found[0]


def _shown(row: Row) -> str:
    return f"{row.type.rpartition(':')[2]} {row.path.rpartition('/')[2]}"


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _silent(origin: Origin, said: str) -> ProbeResult:
    hint = f"apply it again: {origin.command('up', origin.region, '--refresh')}"
    return ProbeResult(origin=origin, answers=False, said=said, hint=hint)
