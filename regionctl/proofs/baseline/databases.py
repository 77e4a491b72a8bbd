"""Databases and caches (Cloud SQL for PostgreSQL, Memorystore for Redis): who reaches them and how, what can be
brought back, what is written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at, fields, is_known, items, opened, shown
from regionctl.render import Resource

from .network import is_open
from .rule import Objection, Objections, Rule, both, equals, of, wrong

_CLOUD_SQL = "Cloud SQL"
SQL_INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"

# The newest major version that Checkov asks for (CKV_GCP_79).
CURRENT_POSTGRESQL = 17
_POSTGRESQL = re.compile(r"POSTGRES_(\d+)")

_DEBUG = ("debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice")
# Flag, the values that will do, and what the rule is called. Both of CIS and Checkov hold: the narrower one counts.
FLAGS: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...] = (
    ("log_checkpoints", ("on",), "CKV_GCP_51", ("AVD-GCP-0025",)),
    ("log_connections", ("on",), "CKV_GCP_52", ("AVD-GCP-0016", "CIS 6.2.2")),
    ("log_disconnections", ("on",), "CKV_GCP_53", ("AVD-GCP-0022", "CIS 6.2.3")),
    ("log_lock_waits", ("on",), "CKV_GCP_54", ("AVD-GCP-0020",)),
    ("log_min_messages", (*_DEBUG, "warning"), "CKV_GCP_55", ("AVD-GCP-0018", "CIS 6.2.5")),
    ("log_temp_files", ("0",), "CKV_GCP_56", ("AVD-GCP-0014",)),
    ("log_min_duration_statement", ("-1",), "CKV_GCP_57", ("AVD-GCP-0021", "CIS 6.2.7")),
    ("log_hostname", ("on",), "CKV_GCP_108", ()),
    ("log_min_error_statement", (*_DEBUG, "warning", "error"), "CKV_GCP_109", ("CIS 6.2.6",)),
    ("cloudsql.enable_pgaudit", ("on",), "CKV_GCP_110", ("CIS 6.2.8",)),
    ("log_statement", ("ddl", "mod", "all"), "CKV_GCP_111", ("CIS 6.2.4",)),
)


def _not_open(instance: Resource, _graph: Graph) -> Iterator[Objection]:
    for index, network in enumerate(items(at(instance, "settings.ipConfiguration.authorizedNetworks"))):
        value = opened(fields(network).get("value"))
        if is_open(value):
            path = f"settings.ipConfiguration.authorizedNetworks[{index}].value"
            yield Objection(path=path, message=f"{shown(value)}: everybody")


def _current(instance: Resource, _graph: Graph) -> Iterator[Objection]:
    version = at(instance, "databaseVersion")
    major = _POSTGRESQL.fullmatch(version) if is_known(version) and isinstance(version, str) else None
    if major is None or int(major[1]) < CURRENT_POSTGRESQL:
        yield wrong("databaseVersion", version, f"POSTGRES_{CURRENT_POSTGRESQL} or newer")


def _postgresql(instance: Resource) -> bool:
    """Whether it may be one."""
    version = at(instance, "databaseVersion")
    return not is_known(version) or str(version).startswith("POSTGRES")


def _flag(name: str, wanted: tuple[str, ...]) -> Objections:
    def objections(instance: Resource, _graph: Graph) -> Iterator[Objection]:
        flags = list(enumerate(items(at(instance, "settings.databaseFlags"))))
        set_here = [(i, opened(fields(f).get("value"))) for i, f in flags if fields(f).get("name") == name]
        if not set_here:
            yield Objection(path="settings.databaseFlags", message=f"{name} is not set; {_either(wanted)} is wanted")
        for index, value in set_here:
            if value not in wanted:
                path = f"settings.databaseFlags[{index}].value"
                yield Objection(path=path, message=f"{name} is {shown(value)}; {_either(wanted)} is wanted")

    return objections


def _either(wanted: tuple[str, ...]) -> str:
    return " or ".join(wanted) if len(wanted) < 4 else f"{wanted[-1]} or more"


def _flag_rule(name: str, wanted: tuple[str, ...], number: str, also: tuple[str, ...]) -> Rule:
    return Rule(
        id=number,
        also=also,
        area=_CLOUD_SQL,
        claim=f"{name} is {_either(wanted)}",
        mend=f"leave {name} to the component's defaults, or set it to {_either(wanted)}",
        subjects=of(SQL_INSTANCE, when=_postgresql),
        objections=_flag(name, wanted),
    )


RULES_OF_SQL = (
    Rule(
        id="CKV_GCP_6",
        also=("AVD-GCP-0015", "CIS 6.4"),
        area=_CLOUD_SQL,
        claim="a database takes encrypted connections only",
        mend="set ip_configuration.ssl_mode to ENCRYPTED_ONLY",
        subjects=of(SQL_INSTANCE),
        objections=equals("settings.ipConfiguration.sslMode", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"),
    ),
    Rule(
        id="CKV_GCP_11",
        also=("CIS 6.5",),
        area=_CLOUD_SQL,
        claim="a database is not open to the internet",
        mend="remove the range; workloads reach the database by its private address",
        subjects=of(SQL_INSTANCE),
        objections=_not_open,
    ),
    Rule(
        id="CKV_GCP_60",
        also=("AVD-GCP-0017", "CIS 6.6"),
        area=_CLOUD_SQL,
        claim="a database has no public address",
        mend="set ip_configuration.ipv4_enabled=False",
        subjects=of(SQL_INSTANCE),
        objections=equals("settings.ipConfiguration.ipv4Enabled", False),
    ),
    Rule(
        id="CKV_GCP_14",
        also=("AVD-GCP-0024", "CIS 6.7"),
        area=_CLOUD_SQL,
        claim="a database is backed up and can be restored to any second",
        mend="set backup_configuration with enabled=True and point_in_time_recovery_enabled=True",
        subjects=of(SQL_INSTANCE),
        objections=both(
            equals("settings.backupConfiguration.enabled", True),
            equals("settings.backupConfiguration.pointInTimeRecoveryEnabled", True),
        ),
    ),
    Rule(
        id="CKV_GCP_79",
        area=_CLOUD_SQL,
        claim="a database runs a current major version",
        mend="raise database.major_version in the spec",
        subjects=of(SQL_INSTANCE),
        objections=_current,
    ),
    *(_flag_rule(*row) for row in FLAGS),
)


_MEMORYSTORE = "Memorystore"
REDIS_INSTANCE = "gcp:redis/instance:Instance"

RULES_OF_REDIS = (
    Rule(
        id="CKV_GCP_95",
        area=_MEMORYSTORE,
        claim="a cache asks for a password",
        mend="set auth_enabled=True",
        subjects=of(REDIS_INSTANCE),
        objections=equals("authEnabled", True),
    ),
    Rule(
        id="CKV_GCP_97",
        area=_MEMORYSTORE,
        claim="a cache speaks TLS",
        mend="set transit_encryption_mode to SERVER_AUTHENTICATION",
        subjects=of(REDIS_INSTANCE),
        objections=equals("transitEncryptionMode", "SERVER_AUTHENTICATION"),
    ),
)
