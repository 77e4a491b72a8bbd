"""What each rule guards, broken: a rule's id, the change, and other rules that the same change breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from regionctl.proofs.baseline.databases import FLAGS
from regionctl.proofs.values import at, fields, items
from regionctl.render import UNKNOWN, Declaration
from tests.proofs.changes import AUTH, EDGE, REGION, Adds, Change, Removes, Sets, Unprotects, custom

INSTANCE = "database-instance"
WITH_RULES = "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules"
GRANT = "gcp:projects/iAMMember:IAMMember"
WORKER_ACCOUNT = "serviceAccount:background@acme-prod-eu-west-1.iam.gserviceaccount.com"


@dataclass(frozen=True, kw_only=True)
class Break:
    rule: str
    change: Change
    also: tuple[str, ...] = ()
    stack: str = REGION

    def __str__(self) -> str:
        return f"{self.rule} {self.change}"


def sets(rule: str, name: str, path: str, value: Any = None, *also: str, stack: str = REGION) -> Break:
    return Break(rule=rule, change=Sets(name, path, value), also=also, stack=stack)


def adds(rule: str, kind: str, inputs: dict[str, Any], *also: str, stack: str = REGION) -> Break:
    return Break(rule=rule, change=Adds(kind, inputs), also=also, stack=stack)


def grants(rule: str, role: Any, *also: str, member: Any = WORKER_ACCOUNT) -> Break:
    return adds(rule, GRANT, {"project": "acme-prod-eu-west-1", "role": role, "member": member}, *also)


def lets_in(rule: str, ports: list[str], *also: str, protocol: str = "tcp", source: str = "0.0.0.0/0") -> Break:
    match = {"srcIpRanges": [source], "layer4Configs": [{"ipProtocol": protocol, "ports": ports}]}
    inputs = {"action": "allow", "direction": "INGRESS", "firewallPolicy": "main", "match": match, "priority": 1}
    return adds(rule, "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule", inputs, *also)


def classic(rule: str, inputs: dict[str, Any], *also: str) -> Break:
    return adds(rule, "gcp:compute/firewall:Firewall", inputs, *also)


@dataclass(frozen=True)
class SetsFlag:
    """A flag of the database, set to a value or left out."""

    name: str
    value: str | None

    def __call__(self, declaration: Declaration) -> Declaration:
        flags = items(at(custom(declaration, INSTANCE), "settings.databaseFlags"))
        others = [f for f in flags if fields(f)["name"] != self.name]
        mine = [{"name": self.name, "value": self.value}] * bool(self.value)
        return Sets(INSTANCE, "settings.databaseFlags", others + mine)(declaration)


def flag(name: str, value: str | None, rule: str) -> Break:
    return Break(rule=rule, change=SetsFlag(name, value))


def provider(**changes: Any) -> Adds:
    """A provider of identities for GitHub's pipelines that holds to every rule, but for the changes."""
    condition = (
        "assertion.repository_id == '1' && assertion.repository_owner_id == '2' && assertion.ref == 'refs/heads/main'"
    )
    inputs = {
        "attributeCondition": condition,
        "attributeMapping": {"google.subject": "assertion.sub"},
        "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
    }
    kept = {key: value for key, value in {**inputs, **changes}.items() if value is not None}
    return Adds("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider", kept)


READERS = ("baseline/secret-readers",)
FEDERATION = ("CKV_GCP_118", "CKV_GCP_125", "baseline/pipeline-identity")

NETWORK = [
    sets("CKV_GCP_27", "project-project", "autoCreateNetwork", True),
    sets("CKV_GCP_27", "project-project", "autoCreateNetwork"),
    sets("CKV_GCP_27", "network-vpc", "name", "default"),
    sets("CKV_GCP_26", "network-workloads", "logConfig"),
    sets("CKV_GCP_74", "network-workloads", "privateIpGoogleAccess", False),
    lets_in("CKV_GCP_2", ["22"], "AVD-GCP-0027"),
    lets_in("CKV_GCP_2", ["20-30"], "AVD-GCP-0027", source="0.0.0.0/1"),
    lets_in("CKV_GCP_3", ["3389"], "AVD-GCP-0027", source="::/0"),
    lets_in("CKV_GCP_3", ["3000-4000"], "AVD-GCP-0027", protocol="udp"),
    lets_in("AVD-GCP-0027", ["443"]),
    lets_in("AVD-GCP-0027", [], "CKV_GCP_2", "CKV_GCP_3", protocol="all"),
    classic("AVD-GCP-0027", {"allows": [{"protocol": "icmp"}], "direction": "INGRESS"}),
    classic("CKV_GCP_2", {"allows": [{"protocol": "tcp", "ports": ["22"]}]}, "AVD-GCP-0027"),
    classic("AVD-GCP-0035", {"allows": [{"protocol": "tcp", "ports": ["443"]}], "direction": "EGRESS"}),
    sets("AVD-GCP-0035", "firewall-allow-google", "match.destIpRanges", ["0.0.0.0/0"]),
    sets("AVD-GCP-0035", "firewall-allow-google", "match", UNKNOWN),
    sets("AVD-GCP-0035", "firewall-allow-google", "match.destIpRanges", ["128.0.0.0/2"]),
    adds("AVD-GCP-0027", WITH_RULES, {"name": "more", "rules": UNKNOWN}, "CKV_GCP_2", "CKV_GCP_3"),
    Break(rule="AVD-GCP-0035", change=Removes("firewall-deny-egress")),
    Break(rule="AVD-GCP-0035", change=Removes("firewall-association")),
    sets("AVD-GCP-0035", "firewall-deny-egress", "disabled", True),
    sets("AVD-GCP-0035", "firewall-deny-egress", "firewallPolicy", "another"),
    sets("AVD-GCP-0035", "firewall-deny-egress", "match.layer4Configs", [{"ipProtocol": "tcp"}]),
]
LOAD_BALANCER = [
    sets("CKV_GCP_4", "ingress-ssl-policy", "minTlsVersion", "TLS_1_1"),
    sets("CKV_GCP_4", "ingress-ssl-policy", "minTlsVersion"),
    sets("CKV_GCP_4", "ingress-ssl-policy", "profile", "COMPATIBLE"),
    sets("CKV_GCP_4", "ingress-proxy", "sslPolicy"),
    sets("CKV_GCP_4", "ingress-proxy", "sslPolicy", "projects/p/global/sslPolicies/global"),
    Break(rule="CKV_GCP_73", change=Removes("armor-deny-log4j")),
    sets("CKV_GCP_73", "armor-deny-log4j", "action", "allow"),
    sets("CKV_GCP_73", "armor-deny-log4j", "preview", True),
    sets("CKV_GCP_73", "armor-deny-log4j", "securityPolicy", "another"),
    sets("CKV_GCP_73", "ingress-api-backend", "securityPolicy"),
    sets("CIS 2.16", "ingress-sync-backend", "logConfig.enable", False),
    sets("CIS 2.16", "ingress-sync-backend", "logConfig.sampleRate", 0.1),
    sets("CIS 2.16", "ingress-auth-backend", "logConfig", stack=AUTH),
]
SQL = [
    sets("CKV_GCP_6", INSTANCE, "settings.ipConfiguration.sslMode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
    sets("CKV_GCP_6", INSTANCE, "settings.ipConfiguration.sslMode"),
    sets("CKV_GCP_11", INSTANCE, "settings.ipConfiguration.authorizedNetworks", [{"value": "0.0.0.0/0"}]),
    sets("CKV_GCP_60", INSTANCE, "settings.ipConfiguration.ipv4Enabled", True),
    sets("CKV_GCP_60", INSTANCE, "settings.ipConfiguration.ipv4Enabled"),
    sets("CKV_GCP_14", INSTANCE, "settings.backupConfiguration.enabled", False),
    sets("CKV_GCP_14", INSTANCE, "settings.backupConfiguration.pointInTimeRecoveryEnabled", False),
    sets("CKV_GCP_14", INSTANCE, "settings.backupConfiguration", stack=AUTH),
    sets("CKV_GCP_79", INSTANCE, "databaseVersion", "POSTGRES_14"),
    sets("CKV_GCP_79", INSTANCE, "databaseVersion", UNKNOWN),
    *(flag(name, None, rule) for name, _, rule, _ in FLAGS),
    *(flag(name, "off", rule) for name, _, rule, _ in FLAGS),
    flag("log_min_messages", "panic", "CKV_GCP_55"),
    flag("log_statement", "none", "CKV_GCP_111"),
]
REDIS = [
    sets("CKV_GCP_95", "cache-instance", "authEnabled", False),
    sets("CKV_GCP_97", "cache-instance", "transitEncryptionMode", "DISABLED"),
    sets("CKV_GCP_97", "cache-instance", "transitEncryptionMode"),
]
KMS = [
    sets("CKV_GCP_43", "keys-database", "rotationPeriod", "7776001s"),
    sets("CKV_GCP_43", "keys-database", "rotationPeriod"),
    Break(rule="CKV_GCP_82", change=Unprotects("keys-storage")),
    sets("CKV_GCP_112", "keys-cache-redis", "member", "allUsers"),
    adds("CKV_GCP_112", "gcp:kms/keyRingIAMBinding:KeyRingIAMBinding", {"members": ["allAuthenticatedUsers"]}),
]
RUN = [
    sets("CKV_GCP_102", "api-service", "ingress", "INGRESS_TRAFFIC_ALL"),
    sets("CKV_GCP_102", "auth-service", "ingress", stack=AUTH),
    adds("CKV_GCP_102", "gcp:cloudrunv2/serviceIamMember:ServiceIamMember", {"member": "allUsers", "role": "r"}),
    sets("baseline/workload-account", "api-service", "template.serviceAccount", None, *READERS),
    sets("baseline/workload-account", "migrate-job", "template.template.serviceAccount", "a@example.com", *READERS),
]
STORAGE = [
    sets("CKV_GCP_28", "storage-uploads-user-api", "member", "allUsers"),
    adds("CKV_GCP_28", "gcp:storage/bucketAccessControl:BucketAccessControl", {"entity": "allUsers"}),
    adds("CKV_GCP_28", "gcp:storage/bucketACL:BucketACL", {"predefinedAcl": "publicRead"}),
    adds("CKV_GCP_28", "gcp:storage/bucketACL:BucketACL", {"roleEntities": ["READER:allUsers"]}),
    sets("CKV_GCP_114", "storage-uploads-bucket", "publicAccessPrevention", "inherited"),
    sets("CKV_GCP_29", "storage-access-logs", "uniformBucketLevelAccess", False),
    sets("CKV_GCP_78", "storage-uploads-bucket", "versioning.enabled", False),
    sets("CKV_GCP_62", "storage-uploads-bucket", "logging.logBucket", "acme-prod-eu-west-1-uploads"),
    adds("CKV_GCP_62", "gcp:storage/bucket:Bucket", {}, "CKV_GCP_114", "CKV_GCP_29", "CKV_GCP_78", "AVD-GCP-0066"),
    sets("AVD-GCP-0066", "storage-uploads-bucket", "encryption"),
]
IAM = [
    grants("CKV_GCP_117", "roles/viewer"),
    grants("CKV_GCP_117", "roles/owner", "CKV_GCP_42", "CKV_GCP_49"),
    grants("CKV_GCP_41", "roles/iam.serviceAccountTokenCreator", "CKV_GCP_49"),
    grants("CKV_GCP_49", "roles/iam.workloadIdentityUser"),
    grants("CKV_GCP_42", "roles/cloudsql.admin"),
    grants("CKV_GCP_42", UNKNOWN, "CKV_GCP_41", "CKV_GCP_49", "CKV_GCP_117", "baseline/secret-readers"),
    grants("CKV_GCP_46", "roles/run.developer", member="serviceAccount:1-compute@developer.gserviceaccount.com"),
    grants("CKV_GCP_46", "roles/run.developer", "AVD-GCP-0003", member=UNKNOWN),
    Break(rule="baseline/default-account", change=Removes("project-default-accounts")),
    sets("baseline/default-account", "project-default-accounts", "project", "another"),
    grants("AVD-GCP-0003", "roles/run.developer", member="user:jane@acme.example"),
    sets("AVD-GCP-0003", "events-subscriber-background", "member", "user:jane@acme.example"),
    adds(
        "AVD-GCP-0003",
        "gcp:projects/iAMPolicy:IAMPolicy",
        {"policyData": '{"bindings": [{"role": "roles/run.developer", "members": ["user:jane@acme.example"]}]}'},
    ),
    adds("CIS 1.4", "gcp:serviceaccount/key:Key", {"serviceAccountId": "run-api"}),
    Break(rule="AVD-GCP-0079", change=Removes("project-audit-logs")),
    sets("AVD-GCP-0079", "project-audit-logs", "service", "storage.googleapis.com"),
    sets("AVD-GCP-0079", "project-audit-logs", "auditLogConfigs", [{"logType": "ADMIN_READ"}]),
    sets("AVD-GCP-0079", "project-audit-logs", "auditLogConfigs[0].exemptedMembers", ["user:jane@acme.example"]),
    Break(rule="CKV_GCP_118", change=provider(attributeCondition=None), also=FEDERATION),
    Break(rule="CKV_GCP_125", change=provider(attributeMapping=None)),
    Break(
        rule="CKV_GCP_125", change=provider(attributeCondition="assertion.sub == 'repo:acme/*'"), also=FEDERATION[2:]
    ),
    Break(
        rule="baseline/pipeline-identity",
        change=provider(attributeCondition="assertion.sub == 'repo:acme/product:ref:refs/heads/main'"),
    ),
]
PUBSUB = [
    sets("CKV_GCP_83", "rotation-topic", "kmsKeyName"),
    sets("CKV_GCP_99", "events-subscriber-background", "member", "allUsers"),
    sets("CKV_GCP_99", "events-publisher-auth", "member", "allAuthenticatedUsers", stack=AUTH),
    sets("baseline/message-storage", "rotation-topic", "messageStoragePolicy"),
    sets("baseline/message-storage", "rotation-topic", "messageStoragePolicy.allowedPersistenceRegions[0]", "us-east1"),
    sets(
        "baseline/message-storage",
        "events-topic",
        "messageStoragePolicy.allowedPersistenceRegions",
        ["us-east1", "eu"],
        stack=AUTH,
    ),
]
SECRETS = [
    sets("baseline/secret-place", "secrets-session-key", "replication", {"auto": {}}, "baseline/secret-key"),
    sets("baseline/secret-place", "secrets-session-key", "replication.userManaged.replicas[0].location", "us-east1"),
    sets("baseline/secret-key", "secrets-session-key", "replication.userManaged.replicas[0].customerManagedEncryption"),
    sets("baseline/secret-due", "secrets-session-key", "rotation"),
    sets("baseline/secret-readers", "secrets-session-key-api", "member", "group:everybody@acme.example"),
    grants("baseline/secret-readers", "roles/secretmanager.secretAccessor"),
    sets("baseline/secret-literal", "secrets-session-key-version", "secretData", "hunter2"),
    sets("baseline/secret-literal", "database-user-migrate", "password", "hunter2"),
    sets("baseline/secret-literal", "worker-script", "bindings[2].text", "hunter2", stack=EDGE),
]
BUDGET = [
    Break(rule="baseline/budget", change=Removes("budget-budget")),
    sets("baseline/budget", "budget-budget", "thresholdRules", []),
    sets("baseline/budget", "budget-budget", "allUpdatesRule.monitoringNotificationChannels"),
    sets("baseline/budget", "budget-budget", "budgetFilter.projects", ["projects/1"]),
]

BREAKS = [
    *NETWORK,
    *LOAD_BALANCER,
    *SQL,
    *REDIS,
    *KMS,
    *RUN,
    *STORAGE,
    *IAM,
    *PUBSUB,
    *SECRETS,
    *BUDGET,
]
