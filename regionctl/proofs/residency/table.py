"""What each type of resource keeps and where, or why it keeps nothing. A type without a row fails the check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from regionctl.proofs.baseline.grants import is_grant
from regionctl.proofs.values import MISSING, at
from regionctl.render import Resource

from .encryption import KEY, KEY_RING, ring_of
from .places import Trace, only, stated, stated_in_each, through

BUCKET = "gcp:storage/bucket:Bucket"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
LOG_SINK = "gcp:logging/projectSink:ProjectSink"
SECRET = "gcp:secretmanager/secret:Secret"
TOPIC = "gcp:pubsub/topic:Topic"
WORKER = "cloudflare:index/workersScript:WorkersScript"

GLOBAL = "global"
DEFAULT_SINK = "_Default"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of data at rest. `of_users`: it holds, or may hold, what users brought.

    `key` is the property that names the key it is encrypted with, where the service takes one: of the resource that
    says the place.
    """

    name: str
    what: str
    of_users: bool
    trace: Trace
    key: str | None = None
    kept: Callable[[Resource], bool] = lambda _: True


Row = tuple[Kind, ...] | str  # what is kept; or, as text, why nothing is

_REGION = stated("region")
_LOCATION = stated("location")
# https://cloud.google.com/sql/docs/postgres/backup-recovery/backups#custom-backup-locations
_BACKUPS = stated(
    "settings.backupConfiguration.location", left_out="left out, backups go to the multi-region that is nearest"
)
# https://cloud.google.com/pubsub/docs/resource-location-restriction
_MESSAGES = stated_in_each(
    "messageStoragePolicy.allowedPersistenceRegions", left_out="without a storage policy, messages rest anywhere"
)
_REPLICAS = stated_in_each(
    "replication.userManaged.replicas", "location", left_out="without replicas of its own, a secret rests anywhere"
)

_REPLICA_KEY = "replication.userManaged.replicas.*.customerManagedEncryption.kmsKeyName"


def _recovers(instance: Resource) -> bool:
    return at(instance, "settings.backupConfiguration.pointInTimeRecoveryEnabled") is not False


def _backed_up(instance: Resource) -> bool:
    return at(instance, "settings.backupConfiguration.enabled") is not False


def _sends_on(sink: Resource) -> bool:
    """The sink `_Default`, which every project has, must be turned off: a rule of its own says so."""
    return at(sink, "disabled") is not True and at(sink, "name") != DEFAULT_SINK


def _logs_at_cloudflare(script: Resource) -> bool:
    return at(script, "observability.enabled") not in (False, MISSING)


def _logs_every_request(script: Resource) -> bool:
    """Cloudflare does by itself, where nobody turns it off."""
    return _logs_at_cloudflare(script) and at(script, "observability.logs.invocationLogs") is not False


_NETWORK = "names, addresses and rules of the network; what passes is not kept, and its logs go to the log bucket"
_BALANCER = "rules of the load balancer; requests are not kept, and their logs go to the log bucket"
_IDENTITY = "who may do what: names of accounts and roles"
_PROJECT = "settings of the project"
_WATCH = "which metrics are watched, charted and alerted on: no values"
_EDGE = "rules and names of the edge: no data of users"

TABLE: Mapping[str, Row] = {
    INSTANCE: (
        Kind(name="database", what="the database", of_users=True, trace=_REGION, key="encryptionKeyName"),
        Kind(
            name="backups",
            what="daily backups of the database",
            of_users=True,
            trace=_BACKUPS,
            key="encryptionKeyName",
            kept=_backed_up,
        ),
        # https://cloud.google.com/sql/docs/postgres/backup-recovery/pitr: in the region of the instance
        Kind(
            name="recovery logs",
            what="write-ahead logs, for recovery to any second",
            of_users=True,
            trace=_REGION,
            key="encryptionKeyName",
            kept=_recovers,
        ),
    ),
    "gcp:sql/database:Database": "a name in the instance, which is listed",
    "gcp:sql/user:User": "a name and a password's hash in the instance, which is listed",
    "gcp:redis/instance:Instance": (
        Kind(name="cache", what="the cache and its replica", of_users=True, trace=_REGION, key="customerManagedKey"),
    ),
    BUCKET: (
        Kind(
            name="objects",
            what="objects and their earlier versions",
            of_users=True,
            trace=_LOCATION,
            key="encryption.defaultKmsKeyName",
        ),
    ),
    TOPIC: (
        Kind(
            name="messages",
            what="messages, until they are taken or a week old",
            of_users=True,
            trace=_MESSAGES,
            key="kmsKeyName",
        ),
    ),
    "gcp:pubsub/subscription:Subscription": (
        Kind(
            name="waiting messages",
            what="messages of the topic that wait to be taken",
            of_users=True,
            trace=through("topic", TOPIC, _MESSAGES),
            key="kmsKeyName",
        ),
    ),
    SECRET: (
        Kind(
            name="secrets",
            what="secrets of the services",
            of_users=False,
            trace=_REPLICAS,
            key=_REPLICA_KEY,
        ),
    ),
    "gcp:secretmanager/secretVersion:SecretVersion": (
        Kind(
            name="secrets",
            what="the value of a secret",
            of_users=False,
            trace=through("secret", SECRET, _REPLICAS),
            key=_REPLICA_KEY,
        ),
    ),
    KEY_RING: (Kind(name="keys", what="the ring of the keys", of_users=False, trace=_LOCATION),),
    KEY: (Kind(name="keys", what="a key that data is encrypted with", of_users=False, trace=ring_of),),
    LOG_BUCKET: (
        Kind(
            name="logs",
            what="log entries: requests, network flows, services, database, reads and writes of data",
            of_users=True,
            trace=_LOCATION,
            key="cmekSettings.kmsKeyName",
        ),
    ),
    LOG_SINK: (
        Kind(
            name="routed logs",
            what="log entries that a sink sends on",
            of_users=True,
            trace=through("destination", LOG_BUCKET, _LOCATION),
            key="cmekSettings.kmsKeyName",
            kept=_sends_on,
        ),
    ),
    "gcp:artifactregistry/repository:Repository": (
        Kind(name="images", what="images of the releases", of_users=False, trace=_LOCATION, key="kmsKeyName"),
    ),
    "gcp:cloudrunv2/service:Service": (
        Kind(name="instances", what="memory and files of instances, gone with them", of_users=True, trace=_LOCATION),
    ),
    "gcp:cloudrunv2/workerPool:WorkerPool": (
        Kind(name="instances", what="memory and files of instances, gone with them", of_users=True, trace=_LOCATION),
    ),
    "gcp:cloudrunv2/job:Job": (
        Kind(name="instances", what="memory and files of instances, gone with them", of_users=True, trace=_LOCATION),
    ),
    # https://cloud.google.com/monitoring/docs/region-support: Cloud Monitoring is a global product
    "gcp:monitoring/notificationChannel:NotificationChannel": (
        Kind(name="alert addresses", what="whom alerts are mailed to", of_users=False, trace=only(GLOBAL)),
    ),
    # https://developers.cloudflare.com/kv/concepts/how-kv-works/
    "cloudflare:index/workersKvNamespace:WorkersKvNamespace": (
        Kind(name="key-value", what="what the Worker remembers", of_users=True, trace=only(GLOBAL)),
    ),
    # https://developers.cloudflare.com/workers/observability/logs/workers-logs/#invocation-logs
    WORKER: (
        Kind(
            name="edge logs",
            what="what the Worker logs about a request",
            of_users=True,
            trace=only(GLOBAL),
            kept=_logs_at_cloudflare,
        ),
        Kind(
            name="invocation logs",
            what="the URL and headers of each request",
            of_users=True,
            trace=only(GLOBAL),
            kept=_logs_every_request,
        ),
        Kind(name="edge secrets", what="secrets of the Worker", of_users=False, trace=only(GLOBAL)),
    ),
    "cloudflare:index/mtlsCertificate:MtlsCertificate": (
        Kind(name="edge secrets", what="the Worker's client certificate", of_users=False, trace=only(GLOBAL)),
    ),
    "cloudflare:index/dnsRecord:DnsRecord": _EDGE,
    "cloudflare:index/ruleset:Ruleset": _EDGE,
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": _EDGE,
    "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": _EDGE,
    "cloudflare:index/zoneSetting:ZoneSetting": _EDGE,
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": _IDENTITY,
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": _IDENTITY,
    "gcp:billing/budget:Budget": "a sum of money and whom to tell; it belongs to the billing account",
    "gcp:certificatemanager/certificate:Certificate": _BALANCER,
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": _BALANCER,
    "gcp:certificatemanager/trustConfig:TrustConfig": _BALANCER,
    "gcp:compute/address:Address": _NETWORK,
    "gcp:compute/forwardingRule:ForwardingRule": _BALANCER,
    "gcp:compute/globalAddress:GlobalAddress": _NETWORK,
    "gcp:compute/network:Network": _NETWORK,
    "gcp:compute/regionBackendService:RegionBackendService": _BALANCER,
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": _BALANCER,
    "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy": _NETWORK,
    "gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation": _NETWORK,
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule": _NETWORK,
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": _BALANCER,
    "gcp:compute/regionSecurityPolicyRule:RegionSecurityPolicyRule": _BALANCER,
    "gcp:compute/regionSslPolicy:RegionSslPolicy": _BALANCER,
    "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": _BALANCER,
    "gcp:compute/regionUrlMap:RegionUrlMap": _BALANCER,
    "gcp:compute/router:Router": _NETWORK,
    "gcp:compute/routerNat:RouterNat": _NETWORK,
    "gcp:compute/subnetwork:Subnetwork": _NETWORK,
    "gcp:dns/managedZone:ManagedZone": _NETWORK,
    "gcp:dns/recordSet:RecordSet": _NETWORK,
    "gcp:monitoring/alertPolicy:AlertPolicy": _WATCH,
    "gcp:monitoring/dashboard:Dashboard": _WATCH,
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": _WATCH,
    "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy": _BALANCER,
    "gcp:organizations/project:Project": _PROJECT,
    "gcp:orgpolicy/policy:Policy": _PROJECT,
    "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts": _PROJECT,
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": _PROJECT,
    "gcp:projects/serviceIdentity:ServiceIdentity": _IDENTITY,
    "gcp:serviceaccount/account:Account": _IDENTITY,
    "gcp:servicenetworking/connection:Connection": _NETWORK,
    "pulumi:pulumi:StackReference": "a reading of another stack's outputs",
    "pulumi:providers:cloudflare": "which credentials a provider takes",
    "pulumi:providers:gcp": "which credentials a provider takes",
}


API = "gcp:projects/service:Service"
# Services that keep nothing but what the resources above declare. Others (tracing, builds, analytics) have stores of
# their own, which appear once they are switched on.
KNOWN_APIS = frozenset(
    {
        "artifactregistry",
        "billingbudgets",
        "certificatemanager",
        "cloudkms",
        "cloudresourcemanager",
        "compute",
        "dns",
        "iam",
        "iamcredentials",
        "logging",
        "monitoring",
        "networksecurity",
        "orgpolicy",
        "pubsub",
        "redis",
        "run",
        "secretmanager",
        "servicenetworking",
        "sqladmin",
        "storage",
        "sts",
    }
)


def row_of(resource: Resource) -> Row | None:
    """The row about a resource's type, or the service that it switches on; None where nobody has classified it."""
    if resource.type == API:
        known = str(at(resource, "service")).removesuffix(".googleapis.com") in KNOWN_APIS
        return _PROJECT if known else None
    return _IDENTITY if is_grant(resource) else TABLE.get(resource.type)
