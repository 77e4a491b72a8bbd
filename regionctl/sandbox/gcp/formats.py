"""What Google Cloud's names, ranges and places look like."""

from __future__ import annotations

import ipaddress
from typing import Final

from regionctl.providers.constraints import Pattern, Rule


def _is_network(value: str) -> bool:
    try:
        return "/" in value and bool(ipaddress.ip_network(value, strict=True))
    except ValueError:
        return False


def _is_subnet(value: str) -> bool:
    if not _is_network(value):
        return False
    network = ipaddress.ip_network(value)
    return network.version == 4 and 4 <= network.prefixlen <= 29


def _is_address(value: str) -> bool:
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


# https://cloud.google.com/compute/docs/regions-zones, November 2026
_AREAS: Final = {
    "africa": "south1",
    "asia": "east1 east2 northeast1 northeast2 northeast3 south1 south2 southeast1 southeast2 southeast3",
    "australia": "southeast1 southeast2",
    "europe": "central2 north1 north2 southwest1 west1 west2 west3 west4 west6 west8 west9 west10 west12",
    "me": "central1 central2 west1",
    "northamerica": "northeast1 northeast2 south1",
    "southamerica": "east1 west1",
    "us": "central1 east1 east4 east5 south1 west1 west2 west3 west4",
}
REGIONS: Final = frozenset(f"{area}-{place}" for area, places in _AREAS.items() for place in places.split())

_MULTI_REGIONS: Final = frozenset({"us", "eu", "asia", "europe", "nam4", "eur4", "asia1", "eur5", "eur6", "in"})

# RFC 1035, with Google's length: https://cloud.google.com/compute/docs/naming-resources
NAME: Final = Pattern(
    pattern=r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?",
    text="at most 63 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
RANGE: Final = Rule(accepts=_is_network, text="an address range in CIDR notation without host bits, like 10.0.0.0/20")
# https://cloud.google.com/vpc/docs/subnets#valid-ranges
SUBNET_RANGE: Final = Rule(
    accepts=_is_subnet, text="an IPv4 range from /4 to /29 in CIDR notation without host bits, like 10.0.0.0/20"
)
# A secondary range may be an IPv6 one: `ip_version` of secondary_ip_range in resource_compute_subnetwork.go.
SECONDARY_RANGE: Final = Rule(
    accepts=lambda value: _is_subnet(value) or (":" in value and _is_network(value)),
    text="an IPv4 range from /4 to /29 or an IPv6 one in CIDR notation without host bits, like 10.0.0.0/20",
)
ADDRESS: Final = Rule(accepts=_is_address, text="an IP address")
REGION: Final = Rule(
    accepts=lambda value: value.rsplit("/", 1)[-1] in REGIONS, text="a region of Google Cloud, like europe-west1"
)
LOCATION: Final = Rule(
    accepts=lambda value: value.lower() in REGIONS | _MULTI_REGIONS | {"global"} or value[:-2] in REGIONS,
    text="a region, multi-region or `global` of Google Cloud",
)
# https://cloud.google.com/resource-manager/docs/creating-managing-projects
PROJECT_ID: Final = Pattern(
    pattern=r"[a-z][-a-z0-9]{4,28}[a-z0-9]",
    text="6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
# A property that names a project takes its number as well, and ids from before 2012 begin with a domain and a colon.
PROJECT: Final = Pattern(
    pattern=rf"\d{{6,}}|([-a-z0-9.]+:)?{PROJECT_ID.pattern}", text=f"a project's number, or its id: {PROJECT_ID.text}"
)
# Some types know another one, such as FORCE:
# https://googlecloudplatform.github.io/magic-modules/best-practices/deletion-policy/
DELETION_POLICY: Final = Pattern(pattern="DELETE|PREVENT|ABANDON|FORCE", text="DELETE, PREVENT or ABANDON")
# https://cloud.google.com/iam/docs/service-accounts-create
ACCOUNT_ID: Final = Pattern(
    pattern=r"[a-z][-a-z0-9]{4,28}[a-z0-9]",
    text="6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
# https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create
KMS_ID: Final = Pattern(pattern=r"[a-zA-Z0-9_-]{1,63}", text="1 to 63 letters, digits, hyphens and underscores")
SECRET_ID: Final = Pattern(pattern=r"[a-zA-Z0-9_-]{1,255}", text="1 to 255 letters, digits, hyphens and underscores")
# https://cloud.google.com/storage/docs/buckets#naming
BUCKET: Final = Pattern(
    pattern=r"(?!goog)(?=.{3,222}\Z)(?=[a-z0-9].*[a-z0-9]\Z)[-_a-z0-9]{1,63}(\.[-_a-z0-9]{1,63})*",
    text="3 to 63 lower-case letters, digits, hyphens, underscores and dots that do not begin with `goog`",
)
# https://cloud.google.com/sql/docs/postgres/instance-settings
SQL_INSTANCE: Final = Pattern(
    pattern=r"[a-z]([-a-z0-9]{0,96}[a-z0-9])?",
    text="at most 98 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
PUBSUB: Final = Pattern(
    pattern=r"(?!goog)[A-Za-z][-\w.~+%]{2,254}",
    text="3 to 255 letters, digits and -._~+% that begin with a letter and not with `goog`",
)
# https://cloud.google.com/run/docs/deploying#permissions_required_to_deploy
RUN_NAME: Final = Pattern(
    pattern=r"[a-z]([-a-z0-9]{0,47}[a-z0-9])?",
    text="at most 49 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
# https://cloud.google.com/iam/docs/principal-identifiers
MEMBER: Final = Pattern(
    pattern=(
        r"(deleted:)?(user|serviceAccount|group|domain|principal|principalSet|projectOwner|projectEditor|projectViewer)"
        r":.+|allUsers|allAuthenticatedUsers"
    ),
    text="an IAM member like `serviceAccount:name@project.iam.gserviceaccount.com`",
)
ROLE: Final = Pattern(
    pattern=r"(roles|(projects|organizations)/[^/]+/roles)/[\w.]+", text="an IAM role like `roles/run.invoker`"
)
# https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks; the role is a proxy-only subnetwork's.
SUBNETWORK_PURPOSE: Final = Pattern(
    pattern="PRIVATE|REGIONAL_MANAGED_PROXY|GLOBAL_MANAGED_PROXY|PRIVATE_SERVICE_CONNECT|PRIVATE_NAT|PEER_MIGRATION"
    "|INTERNAL_HTTPS_LOAD_BALANCER|PRIVATE_RFC_1918",
    text="a purpose like PRIVATE, REGIONAL_MANAGED_PROXY, GLOBAL_MANAGED_PROXY or PRIVATE_SERVICE_CONNECT",
)
SUBNETWORK_ROLE: Final = Pattern(pattern="ACTIVE|BACKUP", text="ACTIVE or BACKUP")
DURATION: Final = Pattern(pattern=r"\d+(\.\d{1,9})?s", text="a duration in seconds that ends with `s`, like `86400s`")
PORT_RANGE: Final = Pattern(pattern=r"\d{1,5}(-\d{1,5})?", text="a port or a range of ports, like 443 or 8000-8080")
SERVICE_NAME: Final = Pattern(pattern=r"[a-z][-a-z0-9]*(\.[a-z0-9-]+)+", text="an API like `run.googleapis.com`")
# https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances/create
REDIS_INSTANCE: Final = Pattern(
    pattern=r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
    text="at most 40 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
DNS_NAME: Final = Pattern(
    pattern=r"(\*\.)?([A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.)+",
    text="a fully qualified domain name that ends with a dot, like app.example.com.",
)
