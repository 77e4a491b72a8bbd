"""Cloudflare as a provider of the sandbox.

Accounts are given by hand and always there: nobody makes one with Pulumi. So is a zone, unless the emulated cloud made
it itself and it was deleted again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from regionctl.model.wire import Value
from regionctl.providers.check import Format
from regionctl.providers.coercion import Plugin
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.schema import Kind, Property, SdkPackage, TypeSchema, package
from regionctl.sandbox.cloudflare import api, certificates, dns, kv, routing, rulesets, workers, zones
from regionctl.sandbox.cloudflare.api import ACCOUNTS, ZONES, explain, hex_id, named, refusal
from regionctl.sandbox.cloudflare.functions import FUNCTIONS
from regionctl.sandbox.emulation import Call, Emulation, placeholder, timestamp
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.faults import Verb
from regionctl.sandbox.provider import Config, Invocation

_EMULATIONS: Final = {
    emulation.token: emulation
    for module in (certificates, dns, kv, routing, rulesets, workers, zones)
    for emulation in module.EMULATIONS
}
_COMMON_FORMATS: Final[Mapping[str, Format]] = {"accountId": api.HEX_ID, "zoneId": api.HEX_ID}
# "Must provide only one of `api_key`, `api_token`, `api_user_service_key`": the provider's documentation.
_CREDENTIALS: Final = ("apiKey", "apiToken", "apiUserServiceKey")
# What the API says of a missing resource that another one names.
_MISSING: Final = {
    workers.SCRIPT: (10007, "This Worker does not exist on your account."),
    kv.NAMESPACE: (10013, "namespace not found"),
}


# Version of the types' schemas in terraform-provider-cloudflare 5.22.0. The bridge keeps it in each state (`updateMeta`
# of pkg/pf/tfbridge/resource_state.go), and takes one without it for version 0, which is that of version 4's resources:
# a Worker's script is not read back then (`UpgradeState` of internal/services/workers_script/migrations.go).
_SCHEMA_VERSION: Final = 500
_SCHEMA_VERSIONS: Final = {"AccountToken": 501, "ApiToken": 501}
# Types whose schemas have no `id` there. For the others it is a property like any, without which a change replaces.
_WITHOUT_ID: Final = frozenset(
    (
        *("AccountDnsSettings", "AiSearchNamespace", "ApiShieldSchema", "CallsSfuApp", "CallsTurnApp"),
        *("ContentScanning", "FlagshipFlag", "LeakedCredentialCheck", "LogpushOwnershipChallenge"),
        *("MagicNetworkMonitoringConfiguration", "OauthClient", "OrganizationProfile", "QueueConsumer"),
        *("R2BucketCors", "R2BucketEventNotification", "R2BucketLifecycle", "R2BucketLock", "R2BucketSippy"),
        *("R2CustomDomain", "R2ManagedDomain", "SchemaValidationOperationSettings", "SchemaValidationSettings"),
        *("Snippets", "Stream", "StreamAudioTrack", "StreamCaptionLanguage", "StreamDownload"),
        *("StreamLiveInput", "StreamWatermark", "StreamWebhook", "ZeroTrustAccessMtlsHostnameSettings"),
        *("ZeroTrustDeviceDefaultProfileCertificates", "ZeroTrustDeviceSettings", "ZeroTrustOrganization"),
        *("ZeroTrustRiskBehavior", "ZoneDnsSettings"),
    )
)
# What programs build on: an id, an address, a key. Whatever else a type without an emulation puts out may be absent.
_IDENTITY: Final = re.compile(
    r"(?i)(id|uid|tag|name|host|domain|cname|url|uri|endpoint|address|key|token|secret|value)$"
)


class Cloudflare:
    """Emulates `pulumi-cloudflare` and the Cloudflare behind it."""

    name = "cloudflare"
    plugin = Plugin.FRAMEWORK

    @cached_property
    def package(self) -> SdkPackage:
        return package(self.name)

    def emulation(self, schema: TypeSchema) -> Emulation:
        found = _EMULATIONS.get(schema.token) or _from_schema(schema)
        common = {name: rule for name, rule in _COMMON_FORMATS.items() if name in schema.inputs}
        return found.but(
            title=found.title or schema.token.rpartition(":")[2],
            formats={**common, **found.formats},
        )

    def check_config(self, config: Config) -> list[CheckFailure]:
        given = [name for name in _CREDENTIALS if config.get(name) is not None]
        if len(given) > 1:
            return [CheckFailure(given[0], f"conflicts with {', '.join(given[1:])}: give only one of them")]
        if given == ["apiKey"] and config.get("email") is None:
            return [CheckFailure("email", "missing required property: apiKey needs it")]
        return []

    def function(self, asked: Invocation) -> Mapping[str, Value] | None:
        found = FUNCTIONS.get(asked.schema.token)
        return found(asked) if found else None

    def called(self, asked: str) -> str:
        return asked

    def scope(self, schema: TypeSchema, inputs: Mapping[str, Value], config: Config) -> dict[str, Value]:
        account = inputs.get("accountId")
        if schema.token == zones.ZONE and isinstance(inputs.get("account"), dict):
            account = inputs["account"].get("id")
        if isinstance(account, str):
            return {"scope": ACCOUNTS, "project": account}
        zone = inputs.get("zoneId")
        return {"scope": ZONES, "project": zone} if isinstance(zone, str) else {"scope": "user", "project": "user"}

    def target_path(self, target: Emulation, value: str, call: Call) -> str:
        return named(call, target.token, value, refusal(*_MISSING[target.token], 404)).path

    def spellings(self, call: Call, path: str) -> Iterable[str]:
        return (path,)

    def common_output(self, schema: TypeSchema, name: str, inputs: Mapping[str, Value], config: Config) -> Value:
        return None

    def guessed_output(self, call: Call, prop: Property) -> Value:
        if prop.name in call.kind.schema.inputs or prop.shape.kind in {Kind.OBJECT, Kind.MAP}:
            return None  # the API answers with nothing
        choices = [choice for choice in call.kind.facts.enum.get(prop.name, ()) if choice]
        match prop.shape.kind:
            case Kind.STRING if choices:
                return choices[0]
            case Kind.STRING if not call.kind.emulation.schema_only:
                return ""
            case Kind.STRING if prop.name.endswith(("On", "At")):
                return timestamp(call.now_s)
            case Kind.STRING if not _IDENTITY.search(prop.name):
                return None
            case _:
                return placeholder(call, prop)

    def state_notes(self, call: Call) -> Mapping[str, Value]:
        type_ = call.kind.schema.token.rpartition(":")[2]
        version = _SCHEMA_VERSIONS.get(type_, _SCHEMA_VERSION)
        notes = {"__meta": json.dumps({"schema_version": str(version)}, separators=(",", ":"))}
        return notes if type_ in _WITHOUT_ID else {**notes, "id": call.id}

    def before_create(self, call: Call) -> None:
        if call.scope["scope"] == ZONES and call.tx.buried(zones.ZONE, call.scope["project"], call.now_s):
            raise refusal(1001, "Invalid zone identifier")

    def before_delete(self, call: Call) -> None:
        return None

    def abandons(self, call: Call) -> bool:
        return False

    def explain(self, verb: Verb, emulation: Emulation, error: CloudError) -> str:
        return explain(verb, error)


def _from_schema(schema: TypeSchema) -> Emulation:
    """A type that is known from the SDK alone, or from its table too: it lies in its account or zone."""
    return Emulation(token=schema.token, id=hex_id, path="{project}/{id}", schema_only=True)
