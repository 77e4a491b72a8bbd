"""How the zone in front of every region speaks TLS."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
from pulumi import Input, ResourceOptions

from components.base import child

# https://developers.cloudflare.com/api/resources/zones/subresources/settings/
SETTINGS: dict[str, str] = {
    "always_use_https": "on",
    "min_tls_version": "1.2",
    "ssl": "strict",  # an origin's certificate is checked, whoever is asked
    "tls_1_3": "on",
    "0rtt": "off",  # an early request can be played again by whoever recorded it
    "websockets": "on",
}


@dataclass(frozen=True, kw_only=True)
class ZoneTlsArgs:
    """`hsts_days` is for how long a browser asks for nothing but HTTPS."""

    zone_id: Input[str]
    hsts_days: int = 365


class ZoneTls(pulumi.ComponentResource):
    """TLS 1.2 or newer and nothing else, to clients and to origins; one `ZoneSetting` a setting.

    The settings hold for the whole zone, so two fleets cannot share one. Does not manage the zone itself, nor its
    certificates, which Cloudflare issues. A setting that goes is left as it is: there is no value to go back to.
    """

    def __init__(self, name: str, args: ZoneTlsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:edge:ZoneTls", name, None, opts)
        strict_transport = {
            "enabled": True,
            "max_age": args.hsts_days * 24 * 60 * 60,
            "include_subdomains": True,
            "nosniff": True,
            "preload": False,
        }
        values = {**SETTINGS, "security_header": {"strict_transport_security": strict_transport}}
        for setting, value in values.items():
            cloudflare.ZoneSetting(
                f"{name}-{setting.replace('_', '-')}",
                zone_id=args.zone_id,
                setting_id=setting,
                value=value,
                opts=child(self),
            )
        self.register_outputs({})
