"""A fleet and its regions: frozen, closed models. Impossible ones cannot be made.

`RegionSpec` is a whole region: the fleet's defaults and the region's own differences are merged before (load.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo, WithJsonSchema, field_validator

from regionctl.model.program import SecretKind, Target
from regions.addresses import PRIVATE, REGION_PREFIX, UNREACHABLE
from regions.database import CacheSpec, DatabaseSpec
from regions.edge import EdgeSpec
from regions.exceptions import Day, ExceptionsSpec
from regions.kept_names import NamesSpec
from regions.keys import CACHE_AUTH, MIGRATE, BucketKey, SecretKey, WorkloadKey
from regions.locality import LocalityKey, LocalitySpec, Weight
from regions.locations import JURISDICTION_OF, Jurisdiction, known_location
from regions.model import (
    CompanyPrefix,
    Domain,
    Email,
    FleetName,
    FrozenMap,
    Generation,
    ImageDigest,
    Key,
    ProjectId,
    RegionName,
    Shape,
    Spec,
)
from regions.workloads import RegistrySpec, ServiceSpec, WorkerSpec

AUTH = "auth"  # the image, and the Cloud Run service, of the auth service
REQUIRED_SERVICES = ("api", "sync")
GENERATED_BYTES = 32  # of a generated secret, when its spec does not say


class Lifecycle(StrEnum):
    """planned -> active -> draining -> closed. Only an active region takes new workspaces, by its weight."""

    PLANNED = "planned"
    ACTIVE = "active"
    DRAINING = "draining"
    CLOSED = "closed"


def _network(value: object) -> object:
    if not isinstance(value, (str, IPv4Network)):
        raise ValueError("not an IPv4 range such as 10.4.0.0/16")
    try:
        return IPv4Network(value)
    except (AddressValueError, NetmaskValueError):
        raise ValueError("not an IPv4 range such as 10.4.0.0/16") from None
    except ValueError:
        raise ValueError(f"the range starts at {IPv4Network(value, strict=False)}") from None


def _whole_private_range(network: IPv4Network) -> IPv4Network:
    if network.prefixlen != REGION_PREFIX:
        raise ValueError(f"a /{network.prefixlen}: a /{REGION_PREFIX} is wanted")
    if not any(network.subnet_of(block) for block in PRIVATE):
        raise ValueError("not private: take a /16 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    if network == UNREACHABLE:
        raise ValueError("Cloud SQL cannot answer 172.17.0.0/16; take another /16")
    return network


Location = Annotated[
    str,
    Strict(),
    AfterValidator(known_location),
    WithJsonSchema({"type": "string", "enum": sorted(JURISDICTION_OF)}),
]
Addresses = Annotated[
    IPv4Network,
    BeforeValidator(_network),
    AfterValidator(_whole_private_range),
    WithJsonSchema({"type": "string", "pattern": rf"^[0-9]+\.[0-9]+\.0\.0/{REGION_PREFIX}$"}),
]


class Home(Spec):
    """A place in a cloud with addresses and a database of its own: a region, or the auth service's."""

    location: Location = Field(
        description="The Google Cloud region, such as europe-west1. A change replaces everything."
    )
    jurisdiction: Jurisdiction = Field(description="Whose law the data rests under; the location must lie in it.")
    addresses: Addresses = Field(description="A private /16 that overlaps no other of the fleet.")
    generation: Generation = 1
    database: DatabaseSpec
    exceptions: ExceptionsSpec = Field(
        default_factory=ExceptionsSpec,
        description="What may be otherwise than `regionctl check` wants, why, and until when.",
    )

    @field_validator("jurisdiction")
    @classmethod
    def _location_lies_in_it(cls, jurisdiction: Jurisdiction, info: ValidationInfo) -> Jurisdiction:
        location = info.data.get("location")
        if location and JURISDICTION_OF[location] is not jurisdiction:
            raise ValueError(f"{location} lies in jurisdiction {JURISDICTION_OF[location]}, not {jurisdiction}")
        return jurisdiction


class SecretSpec(Spec):
    """A secret that a region needs. Never its value."""

    kind: SecretKind = Field(description="generated is made once and kept; provided is set by a human.")
    bytes: int = Field(
        default=GENERATED_BYTES, strict=True, ge=16, le=256, description="Random bytes of a generated secret."
    )
    rotation_days: int = Field(default=90, strict=True, ge=1, le=365)

    @field_validator("bytes")
    @classmethod
    def _only_a_generated_one_has_a_length(cls, length: int, info: ValidationInfo) -> int:
        if info.data.get("kind") is SecretKind.PROVIDED and length != GENERATED_BYTES:
            raise ValueError("for generated secrets; a provided one is as long as what is provided")
        return length


class BucketSpec(Spec):
    """A bucket of user files."""

    retention_days: int = Field(
        strict=True, ge=1, le=3650, description="Days that deleted objects can be brought back."
    )


class StorageSpec(Spec):
    buckets: FrozenMap[BucketKey, BucketSpec]


Amount = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
Currency = Annotated[str, Shape(r"[A-Z]{3}", "a currency of three letters (EUR) is", least=3, most=3)]


class BudgetSpec(Spec):
    """When the bill is mailed about."""

    monthly_usd: Amount | None = Field(
        default=None, description="What a month may cost, where the account pays in USD."
    )
    monthly: Amount | None = Field(
        default=None, validate_default=True, description="What a month may cost, in `currency`."
    )
    currency: Currency = Field(
        default="USD",
        description="The one that the organisation's billing account is billed in; Google takes no other.",
    )
    thresholds_percent: tuple[Annotated[int, Field(strict=True, ge=1, le=1000)], ...] = Field(
        max_length=10, description="Percents of the amount, rising; one at least."
    )

    @property
    def amount(self) -> int:
        """What a month may cost, in `currency`."""
        given = self.monthly if self.monthly_usd is None else self.monthly_usd
        assert given is not None, "one of the two is given"
        return given

    @field_validator("monthly")
    @classmethod
    def _there_is_one_amount(cls, monthly: int | None, info: ValidationInfo) -> int | None:
        if "monthly_usd" in info.data and (monthly is None) is (info.data["monthly_usd"] is None):
            raise ValueError("missing" if monthly is None else "`monthly_usd` is given too: leave one of them")
        return monthly

    @field_validator("currency")
    @classmethod
    def _dollars_are_dollars(cls, currency: str, info: ValidationInfo) -> str:
        if currency != "USD" and info.data.get("monthly_usd") is not None:
            raise ValueError(f"{currency}, and `monthly_usd` is in US dollars: write `monthly`")
        return currency

    @field_validator("thresholds_percent")
    @classmethod
    def _thresholds_rise(cls, thresholds: tuple[int, ...]) -> tuple[int, ...]:
        if not thresholds:
            raise ValueError("at least one is wanted")
        if list(thresholds) != sorted(set(thresholds)):
            raise ValueError("each threshold must be above the one before")
        return thresholds


class AlertsSpec(Spec):
    email: Email


class RegionSpec(Home):
    """One region, whole: what `regionctl up` makes of it depends on nothing else but the fleet."""

    fleet: FleetName
    name: RegionName
    lifecycle: Lifecycle
    locality: LocalityKey = Field(description="The locality of the fleet that it belongs to, of the same jurisdiction.")
    weight: Weight = Field(
        default=100, description="Its share of the locality's new workspaces, beside the others' weights. 0: none."
    )
    cache: CacheSpec
    services: FrozenMap[WorkloadKey, ServiceSpec]
    workers: FrozenMap[WorkloadKey, WorkerSpec]
    release: FrozenMap[Key, ImageDigest] = Field(
        description="An image for each service and worker, and `migrate`: sha256 digests in the release registry."
    )
    secrets: FrozenMap[SecretKey, SecretSpec]
    storage: StorageSpec
    budget: BudgetSpec
    alerts: AlertsSpec
    # Cloud Run kills an instance ten seconds after it told it to end:
    # https://cloud.google.com/run/docs/container-contract#instance-shutdown
    drain_timeout_s: int = Field(
        default=10, strict=True, ge=0, le=10, description="What running work gets to end before an instance stops."
    )
    names: NamesSpec = Field(
        default_factory=NamesSpec, description="Names from before this repository, of a region that was adopted."
    )

    @property
    def open_weight(self) -> int:
        """What counts of its weight: nothing unless it is active."""
        return self.weight if self.lifecycle is Lifecycle.ACTIVE else 0

    @field_validator("services")
    @classmethod
    def _the_load_balancer_has_what_it_routes_to(cls, services: Mapping[str, ServiceSpec]) -> Mapping[str, ServiceSpec]:
        missing = [service for service in REQUIRED_SERVICES if service not in services]
        if missing:
            raise ValueError(f"{' and '.join(missing)} missing")
        return services

    @field_validator("workers")
    @classmethod
    def _no_worker_is_a_service(
        cls, workers: Mapping[str, WorkerSpec], info: ValidationInfo
    ) -> Mapping[str, WorkerSpec]:
        both = sorted(workers.keys() & info.data.get("services", {}).keys())
        if both:
            raise ValueError(f"{', '.join(both)} is a service already")
        return workers

    @field_validator("release")
    @classmethod
    def _every_workload_has_its_image(cls, release: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        if not {"services", "workers"} <= info.data.keys():
            return release
        _check_images(release, {*info.data["services"], *info.data["workers"], MIGRATE})
        return release

    @field_validator("secrets")
    @classmethod
    def _every_grant_on_a_secret_has_a_name_of_its_own(
        cls, secrets: Mapping[str, SecretSpec], info: ValidationInfo
    ) -> Mapping[str, SecretSpec]:
        """Grants are called `<secret>-<workload>`."""
        seen: dict[str, str] = {}
        for secret in (*secrets, CACHE_AUTH):
            for workload in (*info.data.get("services", ()), *info.data.get("workers", ())):
                grant = f"{workload} of {secret}"
                other = seen.setdefault(f"{secret}-{workload}", grant)
                if other != grant:
                    raise ValueError(f"the grants to {other} and {grant} would have one name; rename one of the keys")
        return secrets


def _check_images(release: Mapping[str, str], wanted: set[str]) -> None:
    if missing := sorted(wanted - release.keys()):
        raise ValueError(f"no image for {', '.join(missing)}")
    if extra := sorted(release.keys() - wanted):
        raise ValueError(f"{', '.join(extra)} is no service, no worker and not {MIGRATE}")


ResourceNumber = Annotated[str, Shape(r"[0-9]{6,20}", "the number of an organisation or folder, in quotes, is")]


class OrganisationSpec(Spec):
    """Where the projects are made. Without it they are taken as made by hand."""

    id: ResourceNumber
    folder: ResourceNumber | None = None
    billing_account: Annotated[
        str, Shape(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", "a billing account (01AB23-CD45EF-678901) is", most=20)
    ]


def _without_credentials(url: str) -> str:
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise ValueError("credentials do not belong in a file; take them from the environment")
    return url


class StateSpec(Spec):
    """Where Pulumi keeps state, and what encrypts its secrets."""

    backend: (
        Annotated[
            str,
            Shape(r"(file|gs|s3|azblob|https)://\S+", "the URL of a Pulumi backend (gs://bucket, https://...) is"),
            AfterValidator(_without_credentials),
        ]
        | None
    ) = Field(default=None, description="A Pulumi backend's URL; without it, files in .regionctl/ of the checkout.")
    secrets_provider: Annotated[
        str,
        Shape(
            r"passphrase|(gcpkms|awskms|azurekeyvault|hashivault)://\S+",
            "passphrase, or the URL of a key (gcpkms://projects/...), is",
        ),
    ] = Field(default="passphrase", description="passphrase, or a key: gcpkms://projects/...")


class SigningKey(StrEnum):
    """One of the two keys that the auth service signs with in turn."""

    A = "a"
    B = "b"


class MailSpec(Spec):
    """The mail server that the auth service hands its mail to, encrypted: codes to sign in by, and invitations.

    Its password is the auth stack's secret `smtp-password`.
    """

    host: Domain = Field(
        description="Of a relay that speaks STARTTLS; the only host beside Google's that auth may reach."
    )
    # Cloud Run lets no traffic out on port 25. https://cloud.google.com/run/docs/troubleshooting
    port: int = Field(
        default=587, strict=True, ge=26, le=65_535, description="Usually 587; Google lets nothing out on 25."
    )
    user: Annotated[str, Shape(r"[!-~]+", "the relay's user is", most=254)] = Field(
        description="As whom the auth service logs in there."
    )
    sender: Email = Field(description="What stands in From; the relay must be allowed to send for its domain.")


class AuthSpec(Home):
    """The auth service's home: HTTP, a database, and the topic that every region listens to."""

    service: ServiceSpec
    release: FrozenMap[Key, ImageDigest] = Field(
        description="The images of `auth` and `migrate`: sha256 digests in the release registry."
    )
    signing_key: SigningKey = Field(description="Which of the two keys signs; both are published.")
    mail: MailSpec
    budget: BudgetSpec
    alerts: AlertsSpec

    @field_validator("release")
    @classmethod
    def _service_and_migration_have_their_images(cls, release: Mapping[str, str]) -> Mapping[str, str]:
        _check_images(release, {AUTH, MIGRATE})
        return release


GitHubId = Annotated[str, Shape(r"[0-9]{1,20}", "the number of a repository or owner, in quotes, is", most=20)]
Environment = Annotated[
    str, Shape(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "a name of letters, digits, dashes, dots and underscores is", most=63)
]


class CiSpec(Spec):
    """The repository whose pipelines plan and deploy. Names can be taken over by somebody else, ids cannot.
    `gh api repos/OWNER/NAME --jq '.id, .owner.id'` tells both."""

    repository: Annotated[
        str, Shape(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", "a repository on GitHub (owner/name) is", most=140)
    ] = Field(description="On GitHub: owner/name. For people to read; the ids decide.")
    repository_id: GitHubId
    owner_id: GitHubId
    plan_environments: tuple[Environment, ...] = Field(
        default=("read-only",), min_length=1, description="Whose jobs may plan and look for drift."
    )
    deploy_environments: tuple[Environment, ...] = Field(
        default=(), description="Whose jobs may apply; without any, the one called as the fleet is."
    )
    generation: Generation = 1
    exceptions: ExceptionsSpec = Field(default_factory=ExceptionsSpec)

    @field_validator("deploy_environments")
    @classmethod
    def _no_job_may_do_both(cls, deploy: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if both := sorted({*deploy} & {*info.data.get("plan_environments", ())}):
            raise ValueError(f"{', '.join(both)} is among plan_environments: its jobs could apply what nobody approved")
        return deploy


class FleetSpec(Spec):
    """One environment: a public domain, its auth service, and what all of its regions have in common."""

    name: FleetName
    company: CompanyPrefix = Field(description="Starts the names that must be unique in the whole world.")
    domain: Domain = Field(description="The one public domain, whatever the region.")
    organisation: OrganisationSpec | None = None
    target: Target = Field(description="sandbox: emulated clouds on this disk. cloud: the real ones.")
    quota_project: ProjectId | None = Field(
        default=None,
        description="The project that Google counts calls for where people apply under their own account. It exists"
        " before the fleet does, with the APIs of budgets, organisation policies and projects enabled.",
    )
    state: StateSpec = StateSpec()
    release_registry: RegistrySpec
    auth: AuthSpec
    localities: FrozenMap[LocalityKey, LocalitySpec] = Field(
        description="Where users can be, in words that they know. Each region belongs to one."
    )
    edge: EdgeSpec
    ci: CiSpec | None = Field(
        default=None, description="As whom CI comes to the cloud: the stack `ci`, where it is said."
    )
    first_rotation: Day = Field(
        description="When a new secret is due first: a day ahead. Those that exist keep theirs."
    )
    defaults: Mapping[str, object] = Field(description="What every region has, unless its own file says otherwise.")
