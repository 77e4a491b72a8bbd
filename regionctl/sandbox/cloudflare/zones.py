"""Zones, and their settings, which are always there: a resource changes one, and its deletion leaves it as it is.

Ids and values: https://developers.cloudflare.com/api/resources/zones/subresources/settings/methods/edit/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.hints import did_you_mean
from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.cloudflare import api
from regionctl.sandbox.cloudflare.api import PREFIX, hex_id, now, refusal
from regionctl.sandbox.emulation import Call, Emulation, Never, constant

ZONE_SETTING: Final = f"{PREFIX}zoneSetting:ZoneSetting"

# fmt: off
_SWITCHES: Final = (
    "0rtt", "advanced_ddos", "always_online", "always_use_https", "automatic_https_rewrites", "brotli",
    "browser_check", "development_mode", "early_hints", "email_obfuscation", "fonts", "hotlink_protection",
    "http2", "http3", "ip_geolocation", "ipv6", "mirage", "opportunistic_encryption", "opportunistic_onion",
    "orange_to_orange", "origin_error_page_pass_thru", "prefetch_preload", "privacy_pass", "replace_insecure_js",
    "response_buffering", "rocket_loader", "server_side_exclude", "sha1_support", "sort_query_string_for_cache",
    "tls_1_2_only", "tls_client_auth", "true_client_ip_header", "waf", "webp", "websockets",
)
# fmt: on
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_SWITCHES, ("on", "off")),
    "cache_level": ("aggressive", "basic", "simplified"),
    "cname_flattening": ("flatten_at_root", "flatten_all"),
    "h2_prioritization": ("on", "off", "custom"),
    "image_resizing": ("on", "off", "open"),
    "min_tls_version": ("1.0", "1.1", "1.2", "1.3"),
    "origin_max_http_version": ("1", "2"),
    "polish": ("off", "lossless", "lossy"),
    "pseudo_ipv4": ("off", "add_header", "overwrite_header"),
    "security_level": ("off", "essentially_off", "low", "medium", "high", "under_attack"),
    "ssl": ("off", "flexible", "full", "strict", "origin_pull"),
    "tls_1_3": ("on", "off", "zrt"),
    "transformations": ("on", "off", "open"),
}
_NUMBERS: Final = frozenset(
    {"browser_cache_ttl", "challenge_ttl", "edge_cache_ttl", "max_upload", "proxy_read_timeout"}
)
_OBJECTS: Final = frozenset({"aegis", "automatic_platform_optimization", "nel", "security_header"})
_FREE: Final = frozenset({"ciphers", "ssl_recommender", "transformations_allowed_origins"})

SETTING_IDS: Final = frozenset({*_CHOICES, *_NUMBERS, *_OBJECTS, *_FREE})


def _check(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    setting, value = inputs.get("settingId"), inputs.get("value")
    if not isinstance(setting, str):
        return
    if setting not in SETTING_IDS:
        hint = did_you_mean(setting, SETTING_IDS, most=1, quote='"')
        yield CheckFailure("settingId", "; ".join(filter(None, ("Unrecognized zone setting name (1006)", hint))))
    elif value is not None and value is not UNKNOWN and not _fits(setting, value):
        yield CheckFailure("value", f"Invalid value for zone setting {setting} (1007): expected {_expected(setting)}")


def _fits(setting: str, value: Value) -> bool:
    if setting in _CHOICES:
        return value in _CHOICES[setting]
    if setting in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return setting in _FREE or isinstance(value, dict)


def _expected(setting: str) -> str:
    if setting in _CHOICES:
        return "one of " + ", ".join(f'"{choice}"' for choice in _CHOICES[setting])
    return "a number" if setting in _NUMBERS else "an object"


ZONE: Final = f"{PREFIX}zone:Zone"


def _refuse_second(call: Call) -> None:
    name = call.inputs["name"]
    if any(row.inputs.get("name") == name for row in call.tx.of_type(ZONE) if row.key != call.key):
        raise refusal(1061, f"{name} already exists")


def _name_servers(call: Call) -> list[str]:
    return [f"{name}.ns.cloudflare.com" for name in ("ada", "bob")]


def _empty(call: Call) -> None:
    call.tx.delete_project(call.id)


EMULATIONS: Final = (
    Emulation(
        token=ZONE_SETTING,
        id="{settingId}",  # `ComputeID` of pulumi-cloudflare
        path="{project}/{settingId}",
        shared=True,
        checks=(_check,),
        outputs={"editable": constant(True), "modifiedOn": now},
        mutable=frozenset({"modifiedOn"}),
    ),
    Emulation(
        token=ZONE,
        id=hex_id,
        path="{id}",
        formats={"name": api.HOSTNAME, "account.id": api.HEX_ID},
        on_create=(_refuse_second,),
        on_delete=(_empty,),
        tombstone_s=Never.FREE_AGAIN,
        outputs={
            "status": constant("pending"),  # until the domain's name servers are Cloudflare's
            "nameServers": _name_servers,
            "createdOn": now,
            "modifiedOn": now,
            "verificationKey": lambda call: call.digest("verification")[:18],
        },
        mutable=frozenset({"modifiedOn"}),
    ),
)
