"""The Worker in front of every region, and what it is bound to."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_cloudflare as cloudflare
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready

MODULE = "application/javascript+module"


@dataclass(frozen=True, kw_only=True)
class WorkerCode:
    """ES modules by file name, as they import each other (`./cache.js`); `main` is one of them."""

    main: str
    modules: Mapping[str, str]
    compatibility_date: str
    compatibility_flags: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.main not in self.modules:
            raise ValueError(f"the main module {self.main!r} is none of {', '.join(self.modules)}")


@dataclass(frozen=True, kw_only=True)
class ClientCertificateArgs:
    """What the Worker shows to origins: a leaf certificate, its chain behind it, and its key, which stays secret."""

    name: Input[str]
    certificate_pem: Input[str]
    private_key_pem: Input[str]


@dataclass(frozen=True, kw_only=True)
class BindingsArgs:
    """What the Worker finds in its environment, by variable name. `texts` are plain, `secrets` stay secret.

    `json` values are JSON text. `certificate` and `store` are the variables of the client certificate and of the
    key-value namespace.
    """

    json: Mapping[str, Input[str]] = field(default_factory=dict)
    texts: Mapping[str, Input[str]] = field(default_factory=dict)
    secrets: Mapping[str, Input[str]] = field(default_factory=dict)
    certificate: str
    store: str


@dataclass(frozen=True, kw_only=True)
class EdgeWorkerArgs:
    """`host` is the public name, in the zone, that the Worker answers alone."""

    account_id: Input[str]
    zone_id: Input[str]
    name: Input[str]
    host: Input[str]
    store_title: Input[str]
    code: WorkerCode
    bindings: BindingsArgs
    client_certificate: ClientCertificateArgs


class EdgeWorker(pulumi.ComponentResource):
    """A Worker script with its modules and bindings on a custom domain, whose record and certificate Cloudflare makes.

    It is off on workers.dev, where no rule of the zone would hold. `host` implies readiness: it waits for the domain.
    Does not roll out by percentages: an upload is live everywhere at once.
    """

    host: Output[str]
    script_name: Output[str]
    store_id: Output[str]
    certificate_id: Output[str]

    def __init__(self, name: str, args: EdgeWorkerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:edge:Worker", name, None, opts)
        store = cloudflare.WorkersKvNamespace(
            f"{name}-store", account_id=args.account_id, title=args.store_title, opts=child(self)
        )
        certificate = cloudflare.MtlsCertificate(
            f"{name}-client-certificate",
            account_id=args.account_id,
            name=args.client_certificate.name,
            ca=False,
            certificates=args.client_certificate.certificate_pem,
            private_key=Output.secret(args.client_certificate.private_key_pem),
            opts=child(self),
        )
        script = cloudflare.WorkersScript(
            f"{name}-script",
            account_id=args.account_id,
            script_name=args.name,
            main_module=args.code.main,
            content=args.code.modules[args.code.main],
            files=_other_modules(args.code),
            compatibility_date=args.code.compatibility_date,
            compatibility_flags=list(args.code.compatibility_flags),
            bindings=_bindings(args.bindings, store.id, certificate.id),
            observability=_observability(),
            opts=child(self),
        )
        cloudflare.WorkersScriptSubdomain(
            f"{name}-subdomain",
            account_id=args.account_id,
            script_name=script.script_name,
            enabled=False,
            previews_enabled=False,
            opts=child(self),
        )
        domain = cloudflare.WorkersCustomDomain(
            f"{name}-domain",
            account_id=args.account_id,
            zone_id=args.zone_id,
            hostname=args.host,
            service=script.script_name,
            opts=child(self),
        )
        self.host = ready(Output.from_input(args.host), domain)
        self.script_name = script.script_name
        self.store_id = store.id
        self.certificate_id = certificate.id
        self.register_outputs(
            {
                "host": self.host,
                "scriptName": self.script_name,
                "storeId": self.store_id,
                "certificateId": self.certificate_id,
            }
        )


def _observability() -> cloudflare.WorkersScriptObservabilityArgs:
    """What the Worker logs by itself, and nothing of what was asked: Cloudflare's own log of each invocation holds its
    URL and headers, which tokens may stand in."""
    logs = cloudflare.WorkersScriptObservabilityLogsArgs(enabled=True, head_sampling_rate=1, invocation_logs=False)
    return cloudflare.WorkersScriptObservabilityArgs(enabled=True, head_sampling_rate=1, logs=logs)


def _other_modules(code: WorkerCode) -> dict[str, cloudflare.WorkersScriptFilesArgs]:
    return {
        name: cloudflare.WorkersScriptFilesArgs(
            content_type=MODULE, content_base64=base64.b64encode(text.encode()).decode()
        )
        for name, text in code.modules.items()
        if name != code.main
    }


def _bindings(
    args: BindingsArgs, store_id: Output[str], certificate_id: Output[str]
) -> list[cloudflare.WorkersScriptBindingArgs]:
    """In the order of names, which is the order that the API gives them back in."""
    binding = cloudflare.WorkersScriptBindingArgs
    made = {
        **{name: binding(name=name, type="json", json=text) for name, text in args.json.items()},
        **{name: binding(name=name, type="plain_text", text=text) for name, text in args.texts.items()},
        **{
            name: binding(name=name, type="secret_text", text=Output.secret(text))
            for name, text in args.secrets.items()
        },
        args.certificate: binding(name=args.certificate, type="mtls_certificate", certificate_id=certificate_id),
        args.store: binding(name=args.store, type="kv_namespace", namespace_id=store_id),
    }
    return [made[name] for name in sorted(made)]
