"""Answers the provider's functions that are not about one emulated resource: projects, places, images, tokens.

Where a function asks what only Google knows (images, versions of GKE), the answer has the real form and is made up.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import timestamp
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp.apis import PROJECT
from regionctl.sandbox.gcp.container import VERSIONS
from regionctl.sandbox.gcp.formats import REGIONS
from regionctl.sandbox.gcp.naming import COMPUTE, project_number
from regionctl.sandbox.provider import Invocation

Answer = Mapping[str, Value]

# Functions whose name is not that of the type that they tell of.
CALLED: Final = {
    "certificate": "sSLCertificate",
    "kMSCryptoKey": "cryptoKey",
    "kMSCryptoKeyVersion": "cryptoKeyVersion",
    "kMSKeyRing": "keyRing",
    "regionalSecretVersionAccess": "regionalSecretVersion",
    "secretVersionAccess": "secretVersion",
    "accountKey": "key",
    "bucketObjectContent": "bucketObject",
    "cryptoKeyLatestVersion": "cryptoKeyVersion",
}

_ORGANISATION: Final = "123456789012"  # where nothing says which, as in Google's documentation


def _digits(count: int, *parts: Value) -> str:
    low = 10 ** (count - 1)
    return str(low + int(hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest(), 16) % (9 * low))


# projects and who asks


def _project(asked: Invocation) -> Answer:
    project = str(asked.args.get("projectId") or asked.config.get("project") or "")
    if not project:
        raise CloudError(400, "required", "project: required field is not set")
    ids = [project, *(id_ for id_ in asked.tx.projects() if project_number(id_) == project)]
    made = next(filter(None, (asked.tx.find(PROJECT, f"projects/{id_}") for id_ in ids)), None)
    if made is not None:
        return {**made.outputs, "id": made.id}
    id_ = ids[-1]
    return {
        "id": f"projects/{id_}",
        "projectId": id_,
        "name": id_,
        "number": project_number(id_),
        "orgId": _ORGANISATION,
    }


def _projects(asked: Invocation) -> Answer:
    """The projects of the emulated clouds that pass the filter's `id:` and `name:`, which programs give."""
    wanted = dict(part.split(":", 1) for part in str(asked.args.get("filter", "")).split() if ":" in part)
    names = {name.strip("\"'") for key, name in wanted.items() if key in {"id", "projectId", "name"}}
    ids = sorted({*asked.tx.projects(), str(asked.config.get("project", ""))} - {""})
    found = [id_ for id_ in ids if not names or id_ in names]
    return {
        "id": str(asked.args.get("filter", "")),
        "projects": [
            {
                "projectId": id_,
                "name": id_,
                "number": project_number(id_),
                "lifecycleState": "ACTIVE",
                "createTime": timestamp(asked.now_s),
                "labels": {},
                "parent": {"type": "organization", "id": _ORGANISATION},
            }
            for id_ in found
        ],
    }


def _client(asked: Invocation) -> Answer:
    config = asked.config
    place = {name: config.get(name) for name in ("project", "region", "zone")}
    return {
        **place,
        "id": "/".join(f"{name}s/{value}" for name, value in place.items() if value),
        "accessToken": "ya29.emulated-by-regionctl",  # opens nothing
        "defaultLabels": config.get("defaultLabels") or {},
    }


def _organization(asked: Invocation) -> Answer:
    given = str(asked.args.get("organization") or "").removeprefix("organizations/")
    number = given or _digits(12, "organization", asked.args.get("domain"))
    domain = asked.args.get("domain") or "example.com"
    return {
        "id": f"organizations/{number}",
        "name": f"organizations/{number}",
        "orgId": number,
        "domain": domain,
        "directoryCustomerId": f"C0{_digits(7, domain)}",
        "lifecycleState": "ACTIVE",
    }


def _billing_account(asked: Invocation) -> Answer:
    given = str(asked.args.get("billingAccount") or "").removeprefix("billingAccounts/")
    seed = _digits(18, "billing", asked.args.get("displayName"))
    id_ = given or "-".join(seed[start : start + 6] for start in (0, 6, 12))
    return {
        "id": id_,
        "name": f"billingAccounts/{id_}",
        "displayName": asked.args.get("displayName") or "My Billing Account",
        "open": True,
        "currencyCode": "USD",
    }


def _policy(asked: Invocation) -> Answer:
    """`policyData` as the real function writes it: bindings and members in order, so that it never differs."""
    bindings = [
        {
            "role": binding["role"],
            "members": sorted(binding.get("members") or ()),
            **({"condition": binding["condition"]} if binding.get("condition") else {}),
        }
        for binding in asked.args.get("bindings") or ()
    ]
    policy: dict[str, Any] = {"bindings": sorted(bindings, key=lambda one: (one["role"], str(one)))}
    if asked.args.get("auditConfigs"):
        policy["auditConfigs"] = asked.args["auditConfigs"]
    text = json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
    return {"id": _digits(10, text), "policyData": text}


# Google's own accounts: https://cloud.google.com/iam/docs/service-account-types


def _account(email: str) -> Callable[[Invocation], Answer]:
    def answer(asked: Invocation) -> Answer:
        filled = email.format(number=project_number(asked.project), project=asked.project)
        return {
            "id": f"projects/{asked.project}/serviceAccounts/{filled}",
            "name": f"projects/{asked.project}/serviceAccounts/{filled}",
            "email": filled,
            "member": f"serviceAccount:{filled}",
            "project": asked.project,
            "uniqueId": _digits(21, filled),
            "displayName": "Default service account",
        }

    return answer


def _storage_account(asked: Invocation) -> Answer:
    """Cloud Storage's service agent of a project. https://cloud.google.com/storage/docs/projects#service-agents"""
    email = f"service-{project_number(asked.project)}@gs-project-accounts.iam.gserviceaccount.com"
    return {
        "id": email,
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": asked.project,
        "subjectId": _digits(21, email),
    }


def _transfer_account(asked: Invocation) -> Answer:
    email = f"project-{project_number(asked.project)}@storage-transfer-service.iam.gserviceaccount.com"
    return {
        "id": email,
        "email": email,
        "member": f"serviceAccount:{email}",
        "project": asked.project,
        "subjectId": _digits(21, email),
    }


def _token(asked: Invocation) -> Answer:
    account = str(asked.args.get("targetServiceAccount"))
    text = "emulated-by-regionctl"  # opens nothing
    return {"id": f"projects/-/serviceAccounts/{account}", "accessToken": text, "idToken": text, "jwt": text}


# places


def _zones_of(region: str) -> list[str]:
    # https://cloud.google.com/compute/docs/regions-zones: three a region, from a but for two of the oldest
    letters = {"europe-west1": "bcd", "us-east1": "bcd"}.get(region, "abf" if region == "us-central1" else "abc")
    return [f"{region}-{letter}" for letter in letters]


def _zones(asked: Invocation) -> Answer:
    region = str(asked.args.get("region") or asked.config.get("region") or "").rsplit("/", 1)[-1]
    regions = [region] if region else sorted(REGIONS)
    names = [zone for one in regions for zone in _zones_of(one)]
    return {
        "id": f"projects/{asked.project}/regions/{region}",
        "names": names,
        "project": asked.project,
        "region": region,
    }


def _regions(asked: Invocation) -> Answer:
    return {"id": f"projects/{asked.project}", "names": sorted(REGIONS), "project": asked.project}


def _locations(asked: Invocation) -> Answer:
    return {"id": f"projects/{asked.project}", "locations": sorted(REGIONS), "project": asked.project}


# what only Google knows


def _image(asked: Invocation) -> Answer:
    args = asked.args
    family, project = args.get("family"), asked.project
    name = args.get("name") or (f"{family}-v20261101" if family else None)
    if name is None and not args.get("filter"):
        raise CloudError(400, "invalid", "one of `name`, `family` or `filter` must be set")
    name = name or f"image-{_digits(8, args.get('filter'))}"
    return {
        "id": f"projects/{project}/global/images/{name}",
        "selfLink": f"{COMPUTE}projects/{project}/global/images/{name}",
        "name": name,
        "family": family or "",
        "project": project,
        "imageId": _digits(19, project, name),
        "creationTimestamp": "2026-11-01T00:00:00.000-07:00",
        "diskSizeGb": 10,
        "archiveSizeBytes": 1073741824,
        "status": "READY",
    }


def _netblocks(asked: Invocation) -> Answer:
    # https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges and the ranges of the same page's IAP
    ranges = {
        "health-checkers": ["35.191.0.0/16", "130.211.0.0/22"],
        "legacy-health-checkers": ["35.191.0.0/16", "209.85.152.0/22", "209.85.204.0/22"],
        "iap-forwarders": ["35.235.240.0/20"],
        "dns-forwarders": ["35.199.192.0/19"],
        "private-googleapis": ["199.36.153.8/30"],
        "restricted-googleapis": ["199.36.153.4/30"],
    }
    kind = str(asked.args.get("rangeType") or "cloud-netblocks")
    found = ranges.get(kind, ["198.18.0.0/15"])  # RFC 2544's: nobody's
    return {"id": f"netblock-ip-ranges-{kind}", "cidrBlocks": found, "cidrBlocksIpv4s": found, "cidrBlocksIpv6s": []}


def _engine_versions(asked: Invocation) -> Answer:
    prefix = str(asked.args.get("versionPrefix") or "")
    versions = [version for version in VERSIONS if version.startswith(prefix)] or [f"{prefix.rstrip('.')}-gke.100"]
    channels = dict.fromkeys(("RAPID", "REGULAR", "STABLE"), versions[0])
    return {
        "id": timestamp(asked.now_s),
        "project": asked.project,
        "defaultClusterVersion": versions[0],
        "latestMasterVersion": versions[0],
        "latestNodeVersion": versions[0],
        "validMasterVersions": versions,
        "validNodeVersions": versions,
        "releaseChannelDefaultVersion": channels,
        "releaseChannelLatestVersion": channels,
        "releaseChannelUpgradeTargetVersion": channels,
    }


def _registry(asked: Invocation) -> Answer:
    args = asked.args
    host = f"{args['region']}.gcr.io" if args.get("region") else "gcr.io"
    repository = f"{host}/{asked.project.replace(':', '/')}"
    tail = f"@{args['digest']}" if args.get("digest") else f":{args['tag']}" if args.get("tag") else ""
    url = f"{repository}/{args.get('name')}{tail}"
    return {"id": url, "imageUrl": url, "repositoryUrl": repository, "project": asked.project}


def _signed_url(asked: Invocation) -> Answer:
    url = f"https://storage.googleapis.com/{asked.args.get('bucket')}/{asked.args.get('path')}"
    return {"id": url, "signedUrl": f"{url}?GoogleAccessId=regionctl&Expires=0&Signature=emulated"}


def _object_content(asked: Invocation) -> Answer | None:
    """The text that a program gave; what it gave as a file is empty here, since no file is kept."""
    found = asked.tx.find(
        "gcp:storage/bucketObject:BucketObject", f"{asked.args.get('bucket')}/{asked.args.get('name')}"
    )
    if found is None:
        return None  # refused in the words for every type
    text = found.outputs.get("content")
    text = text if isinstance(text, str) else ""
    return {**found.outputs, "id": found.id, "content": text, "contentBase64": b64encode(text.encode()).decode()}


def _constant(**values: Value) -> Callable[[Invocation], Answer]:
    return lambda _: values


FUNCTIONS: Final[Mapping[str, Callable[[Invocation], Answer | None]]] = {
    f"gcp:{module}/{name}:{name}": function
    for module, name, function in (
        ("organizations", "getProject", _project),
        ("organizations", "getClientConfig", _client),
        ("organizations", "getClientOpenIdUserInfo", _constant(id="regionctl", email="regionctl@example.com")),
        ("organizations", "getIAMPolicy", _policy),
        ("organizations", "getOrganization", _organization),
        ("organizations", "getBillingAccount", _billing_account),
        ("projects", "getProject", _projects),
        ("compute", "getDefaultServiceAccount", _account("{number}-compute@developer.gserviceaccount.com")),
        ("appengine", "getDefaultServiceAccount", _account("{project}@appspot.gserviceaccount.com")),
        ("bigquery", "getDefaultServiceAccount", _account("bq-{number}@bigquery-encryption.iam.gserviceaccount.com")),
        ("storage", "getProjectServiceAccount", _storage_account),
        ("storage", "getTransferProjectServiceAccount", _transfer_account),
        ("storage", "getTransferProjectServieAccount", _transfer_account),  # the SDK's spelling
        ("serviceaccount", "getAccountAccessToken", _token),
        ("serviceaccount", "getAccountIdToken", _token),
        ("serviceaccount", "getAccountJwt", _token),
        ("compute", "getZones", _zones),
        ("compute", "getRegions", _regions),
        ("cloudrun", "getLocations", _locations),
        ("artifactregistry", "getLocations", _locations),
        ("compute", "getImage", _image),
        ("compute", "getNetblockIPRanges", _netblocks),
        ("container", "getEngineVersions", _engine_versions),
        ("container", "getRegistryImage", _registry),
        ("container", "getRegistryRepository", _registry),
        ("storage", "getObjectSignedUrl", _signed_url),
        ("storage", "getBucketObjectContent", _object_content),
    )
}
