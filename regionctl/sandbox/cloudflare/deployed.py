"""A Worker as it was deployed, to run that very one elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command
from regionctl.model.wire import Value
from regionctl.sandbox.cloudflare.certificates import MTLS_CERTIFICATE
from regionctl.sandbox.cloudflare.workers import SCRIPT, Module, modules_of
from regionctl.sandbox.store import Store
from regionctl.sandbox.transaction import Transaction


class NoSuchWorker(RegionctlError):
    """The emulated Cloudflare has no such script."""

    def __init__(self, data: Path, account: str, script: str) -> None:
        super().__init__(
            f"no Worker {script!r} is deployed in account {account}",
            where=str(data),
            hint=f"apply the edge's stack first: {command('up', 'edge')}",
        )
        self.account = account
        self.script = script


@dataclass(frozen=True, kw_only=True)
class ClientCertificate:
    """What a binding of type `mtls_certificate` shows to origins, in PEM."""

    certificate: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Binding:
    """One variable of the Worker. `properties` are those of the upload: `text`, `json`, `namespaceId`."""

    name: str
    type: str
    properties: Mapping[str, Value] = field(repr=False)
    certificate: ClientCertificate | None = None


@dataclass(frozen=True, kw_only=True)
class DeployedWorker:
    """Modules and bindings of a script, secrets among them: nothing of the bindings' values shows in its repr."""

    account: str
    script: str
    main_module: str
    modules: Mapping[str, Module] = field(repr=False)
    compatibility_date: str
    compatibility_flags: tuple[str, ...]
    bindings: tuple[Binding, ...]


def deployed_worker(data: Path, account: str, script: str) -> DeployedWorker:
    """The Worker that the emulated clouds in `data` run. Raises NoSuchWorker, VaultUnreadable, StoreUnreadable."""
    if not data.exists():
        raise NoSuchWorker(data, account, script)
    store = Store(data)
    try:
        with store.transaction() as tx:
            row = tx.find(SCRIPT, f"{account}/{script}")
            if row is None:
                raise NoSuchWorker(data, account, script)
            return _worker(tx, account, tx.kept(row))
    finally:
        store.close()


def _worker(tx: Transaction, account: str, inputs: Mapping[str, Value]) -> DeployedWorker:
    modules = modules_of(inputs)
    return DeployedWorker(
        account=account,
        script=inputs["scriptName"],
        main_module=next(iter(modules)),
        modules=modules,
        compatibility_date=inputs.get("compatibilityDate") or "",
        compatibility_flags=tuple(inputs.get("compatibilityFlags") or ()),
        bindings=tuple(_binding(tx, account, binding) for binding in inputs.get("bindings") or ()),
    )


def _binding(tx: Transaction, account: str, given: Mapping[str, Value]) -> Binding:
    properties = {name: v for name, v in given.items() if name not in {"name", "type"} and not name.startswith("__")}
    return Binding(
        name=given["name"],
        type=given["type"],
        properties=properties,
        certificate=_certificate(tx, account, given.get("certificateId")),
    )


def _certificate(tx: Transaction, account: str, id_: str | None) -> ClientCertificate | None:
    row = tx.find(MTLS_CERTIFICATE, f"{account}/{id_}") if id_ else None
    if row is None:
        return None
    inputs = tx.kept(row)
    return ClientCertificate(certificate=inputs["certificates"], private_key=inputs.get("privateKey") or "")
