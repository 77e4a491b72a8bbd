"""Which setting of a region's spec is read from which property of what exists.

A setting whose resource is not the only one of its kind, or whose value the spec cannot say, is not guessed: it is a
`Question`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Any, Final

from components.database import BASELINE_FLAGS
from regionctl.adopt.inventory import Expression, Found
from regionctl.model.errors import Position
from regionctl.model.path import split
from regions.addresses import REGION_PREFIX
from regions.keys import MIGRATE
from regions.locations import JURISDICTION_OF


@dataclass(frozen=True)
class Choice:
    """A resource, and why it is that one."""

    found: Found
    because: str


def only(candidates: Sequence[Found]) -> Choice | None:
    """What there is one of in a region, where the export has one."""
    return Choice(candidates[0], "the only one") if len(candidates) == 1 else None


def choose(keys: Sequence[str], candidates: Sequence[Found], kept: Mapping[str, str]) -> dict[str, Choice]:
    """For each key the one candidate whose name was kept for it, is it, or has it as a word. Keys that none or several
    fit are left out: what is alone may still be something else."""
    chosen: dict[str, Choice] = {}
    for fits, because in (
        (lambda key, found: kept.get(key) == found.name, "named under `names`"),
        (lambda key, found: found.name == key, "it has that name"),
        (_is_a_word, "the only one with that word in its name"),
    ):
        open_ = [key for key in keys if key not in chosen]
        left = [found for found in candidates if all(found is not one.found for one in chosen.values())]
        for key in open_:
            fitting = [found for found in left if fits(key, found)]
            if len(fitting) == 1 and not any(other != key and fits(other, fitting[0]) for other in open_):
                chosen[key] = Choice(fitting[0], because)
    return chosen


def _is_a_word(key: str, found: Found) -> bool:
    words, wanted = re.split(r"[^a-z0-9]+", found.name.lower()), key.split("-")
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
CACHE: Final = "gcp:redis/instance:Instance"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
SERVICE: Final = "gcp:cloudrunv2/service:Service"
WORKER_POOL: Final = "gcp:cloudrunv2/workerPool:WorkerPool"
JOB: Final = "gcp:cloudrunv2/job:Job"
BUCKET: Final = "gcp:storage/bucket:Bucket"
SECRET: Final = "gcp:secretmanager/secret:Secret"
CHANNEL: Final = "gcp:monitoring/notificationChannel:NotificationChannel"

Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One setting: its path in the spec, its value, the resource and property it was read from."""

    path: Path
    value: Any
    read_from: str
    where: Position


@dataclass(frozen=True, kw_only=True)
class Question:
    """A setting that could not be read, and why."""

    path: Path
    why: str
    where: Position | None = None


@dataclass(frozen=True, kw_only=True)
class _Row:
    """`convert` gives the spec's value, or None for one that a spec cannot say."""

    setting: str
    property: str
    convert: Callable[[Any], Any] = lambda value: value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else None


def _version(value: Any) -> Any:
    """POSTGRES_17 -> 17"""
    match = re.fullmatch(r"POSTGRES_(\d+)", str(value))
    return int(match[1]) if match else None


def _seconds(value: Any) -> Any:
    match = re.fullmatch(r"(\d+)s", str(value))
    return int(match[1]) if match else None


def _days(value: Any) -> Any:
    seconds = _seconds(value)
    return seconds // 86_400 if seconds and seconds % 86_400 == 0 else None


def _cpus(value: Any) -> Any:
    """`2`, or `2000m`."""
    match = re.fullmatch(r"(\d+)(m?)", str(value))
    if not match or (match[2] and int(match[1]) % 1000):
        return None
    return int(match[1]) // (1000 if match[2] else 1)


def _mebibytes(value: Any) -> Any:
    match = re.fullmatch(r"(\d+)(Mi|Gi)", str(value))
    return int(match[1]) * (1024 if match[2] == "Gi" else 1) if match else None


def _digest(value: Any) -> Any:
    match = re.search(r"@(sha256:[0-9a-f]{64})$", str(value))
    return match[1] if match else None


_DATABASE: Final = (
    _Row(setting="tier", property="settings.tier"),
    _Row(setting="disk_gb", property="settings.diskSize"),
    _Row(setting="availability", property="settings.availabilityType", convert=_lower),
    _Row(setting="backups_kept", property="settings.backupConfiguration.backupRetentionSettings.retainedBackups"),
    _Row(setting="pitr_days", property="settings.backupConfiguration.transactionLogRetentionDays"),
    _Row(setting="major_version", property="databaseVersion", convert=_version),
    _Row(setting="deletion_protection", property="settings.deletionProtectionEnabled"),
)
_CACHE: Final = (
    _Row(setting="memory_gb", property="memorySizeGb"),
    _Row(setting="tier", property="tier", convert=_lower),
    _Row(setting="version", property="redisVersion"),
)
_WORKLOAD: Final = (
    _Row(setting="cpu", property="template.containers[0].resources.limits.cpu", convert=_cpus),
    _Row(setting="memory_mib", property="template.containers[0].resources.limits.memory", convert=_mebibytes),
)
_SERVICE: Final = (
    *_WORKLOAD,
    _Row(setting="min_instances", property="template.scaling.minInstanceCount"),
    _Row(setting="max_instances", property="template.scaling.maxInstanceCount"),
    _Row(setting="concurrency", property="template.maxInstanceRequestConcurrency"),
    _Row(setting="timeout_s", property="template.timeout", convert=_seconds),
)
_WORKER: Final = (
    *_WORKLOAD,
    _Row(setting="instances", property="scaling.manualInstanceCount"),
)
_IMAGE: Final = "template.containers[0].image"
_JOB_IMAGE: Final = "template.template.containers[0].image"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys of the fleet's defaults, by group: what a region has of each."""

    services: Sequence[str]
    workers: Sequence[str]
    secrets: Sequence[str]
    buckets: Sequence[str]


class Readings:
    """Everything that could be read, and what could not."""

    def __init__(self, resources: Sequence[Found], kept: Mapping[str, Any], location: str | None = None) -> None:
        """`location` is where a human says that the region lies; else its database says it."""
        self._resources = resources
        self._kept = kept
        self.found: list[Reading] = []
        self.questions: list[Question] = []
        self.location = location
        self.chosen: dict[Path, Choice] = {}  # what the spec's keys are called by, by entry of `names` and key

    def read(self, keys: Keys) -> None:
        self._database()
        self._addresses()
        self._cache()
        for key, found in self._chosen(SERVICE, keys.services, "service", ("services",)):
            self._rows(("services", key), found, _SERVICE)
            self._say(("release", key), found, _IMAGE, _digest)
        for key, found in self._chosen(WORKER_POOL, keys.workers, "worker_pool", ("workers",)):
            self._rows(("workers", key), found, _WORKER)
            self._say(("release", key), found, _IMAGE, _digest)
        for key, found in self._chosen(JOB, [MIGRATE], "job", ("release",)):
            self._say(("release", key), found, _JOB_IMAGE, _digest)
        self._secrets(keys.secrets)
        self._buckets(keys.buckets)
        self._email()

    def _of(self, type_: str) -> list[Found]:
        """The resources of a type, without those that lie in another region of Google Cloud."""
        elsewhere = JURISDICTION_OF.keys() - {self.location} if self.location else frozenset()
        return [found for found in self._resources if found.type == type_ and found.location not in elsewhere]

    def _only(
        self, type_: str, path: Path, name: str | None = None, fits: Callable[[Found], bool] = lambda _: True
    ) -> Found | None:
        every = self._of(type_)
        named = [found for found in every if (found.name == name if name else fits(found))]
        if len(named) == 1:
            return named[0]
        short = type_.rpartition(":")[2]
        if not named:
            others = ", ".join(f"{found.name} ({found.where})" for found in every)
            why = f"the export has no {short}" + (f" that a region could have, but {others}" if others else "")
            self.questions.append(Question(path=path, why=why))
        else:
            several = ", ".join(f"{found.name} ({found.where})" for found in named)
            why = f"which {short} is it? there are {several}; name it under `names` and plan again"
            self.questions.append(Question(path=path, why=why, where=named[0].where))
        return None

    def _say(self, path: Path, found: Found, property_: str, convert: Callable[[Any], Any]) -> None:
        value = found.value(property_)
        if value is None:
            return
        where = found.place(property_)
        containers = found.value("template.containers")
        sidecars = ".containers[0]." in property_ and isinstance(containers, list) and len(containers) > 1
        said = None if isinstance(value, Expression) or sidecars else convert(value)
        if said is None:
            why = f"{found.name} has {property_} {str(value)!r}, which a spec cannot say"
            if sidecars:
                why = f"{found.name} has several containers: which one's {split(property_)[1]} is it?"
            self.questions.append(Question(path=path, why=why, where=where))
        else:
            self.found.append(Reading(path=path, value=said, read_from=f"{found.name}: {property_}", where=where))

    def _rows(self, prefix: Path, found: Found, rows: Sequence[_Row]) -> None:
        for row in rows:
            self._say((*prefix, row.setting), found, row.property, row.convert)

    def _database(self) -> None:
        instance = self._only(INSTANCE, ("database",), self._kept.get("database_instance"), _is_postgres)
        if instance is None:
            return
        if self.location is None:
            self._say(("location",), instance, "region", lambda value: value if str(value) in JURISDICTION_OF else None)
            self.location = instance.location
        self._rows(("database",), instance, _DATABASE)
        flags = instance.value("settings.databaseFlags")
        where = instance.place("settings.databaseFlags")
        for flag in flags if isinstance(flags, list) else ():
            name, value = (flag.get("name"), flag.get("value")) if isinstance(flag, Mapping) else (None, None)
            if not isinstance(name, str) or not isinstance(value, str):
                why = f"{instance.name} has a flag that the export does not spell out"
                self.questions.append(Question(path=("database", "flags"), why=why, where=where))
            elif BASELINE_FLAGS.get(name) != value:
                read_from = f"{instance.name}: settings.databaseFlags"
                path = ("database", "flags", name)
                self.found.append(Reading(path=path, value=value, read_from=read_from, where=where))

    def _addresses(self) -> None:
        """The /16 that the region's subnets lie in."""
        subnets = [found for found in self._resources if found.type == SUBNETWORK and found.location == self.location]
        ranges = {found.name: network for found in subnets if (network := _network(found.value("ipCidrRange")))}
        wide = {network.supernet(new_prefix=REGION_PREFIX) for network in ranges.values() if network.prefixlen > 15}
        if len(wide) == 1:
            names = ", ".join(f"{name} {network}" for name, network in ranges.items())
            self.found.append(
                Reading(path=("addresses",), value=str(wide.pop()), read_from=f"holds {names}", where=subnets[0].where)
            )
            return
        told = ", ".join(f"{name} {network}" for name, network in ranges.items())
        place = f"in {self.location}" if self.location else "of a known location"
        why = f"no single /{REGION_PREFIX} holds {told}" if told else f"the export has no subnet {place}"
        where = subnets[0].where if subnets else None
        self.questions.append(Question(path=("addresses",), why=f"{why}; the next free one stands there", where=where))

    def _cache(self) -> None:
        cache = self._only(CACHE, ("cache",), self._kept.get("cache"))
        if cache is not None:
            self._rows(("cache",), cache, _CACHE)

    def _chosen(self, type_: str, keys: Sequence[str], names: str, prefix: Path) -> Iterator[tuple[str, Found]]:
        candidates = self._of(type_)
        chosen = choose(keys, candidates, _names(self._kept.get(names)))
        for key in keys:
            if key in chosen:
                self.chosen[names, key] = chosen[key]
                yield key, chosen[key].found
            else:
                why = f"none of the export's {type_.rpartition(':')[2]} resources is surely {key!r}"
                self.questions.append(Question(path=(*prefix, key), why=why))

    def _secrets(self, keys: Sequence[str]) -> None:
        for key, found in self._chosen(SECRET, keys, "secret", ("secrets",)):
            self._say(("secrets", key, "rotation_days"), found, "rotation.rotationPeriod", _days)

    def _buckets(self, keys: Sequence[str]) -> None:
        for key, found in self._chosen(BUCKET, keys, "bucket", ("storage", "buckets")):
            path = ("storage", "buckets", key, "retention_days")
            self._say(path, found, "lifecycleRules[0].condition.daysSinceNoncurrentTime", lambda days: days)

    def _email(self) -> None:
        channels = [found for found in self._resources if found.type == CHANNEL and found.value("labels.email_address")]
        if len(channels) == 1:
            self._say(("alerts", "email"), channels[0], "labels.email_address", str)


def _is_postgres(found: Found) -> bool:
    version = found.value("databaseVersion")
    return not isinstance(version, str) or version.startswith("POSTGRES")


def _names(kept: Any) -> Mapping[str, str]:
    return kept if isinstance(kept, Mapping) else {}


def _network(value: Any) -> IPv4Network | None:
    try:
        return IPv4Network(str(value))
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
