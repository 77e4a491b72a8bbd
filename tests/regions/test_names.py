"""Google Cloud's limits hold for every legal name, and nothing that is unique in the world is given out twice."""

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from regions import names
from regions.model import CompanyPrefix, Domain, FleetName, Key, RegionName
from regions.names import AuthNames, ProjectNames, RegionNames


def legal(kind: Any, pattern: str) -> st.SearchStrategy[str]:
    """Every text of the pattern that the type takes."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def taken(text: str) -> bool:
        try:
            return adapter.validate_python(text) == text
        except ValidationError:
            return False

    return st.from_regex(pattern, fullmatch=True).filter(taken)


COMPANIES = legal(CompanyPrefix, r"[a-z][a-z0-9]{1,5}")
FLEETS = legal(FleetName, r"[a-z][a-z0-9]{0,6}")
REGIONS = legal(RegionName, r"[a-z]([a-z0-9]|-(?=[a-z0-9])){1,11}")
DOMAINS = legal(Domain, r"[a-z0-9]{1,30}\.[a-z]{2,12}")
KEYS = legal(Key, r"[a-z]([a-z0-9]|-(?=[a-z])){1,19}")
GENERATIONS = st.integers(1, 99)

REGION_NAMES = st.builds(
    RegionNames, company=COMPANIES, fleet=FLEETS, domain=DOMAINS, region=REGIONS, generation=GENERATIONS
)
AUTH_NAMES = st.builds(AuthNames, company=COMPANIES, fleet=FLEETS, domain=DOMAINS, generation=GENERATIONS)
PROJECTS = st.one_of(REGION_NAMES, AUTH_NAMES)

RFC1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"


def holds(name: str, pattern: str, least: int, most: int) -> None:
    assert re.fullmatch(pattern, name), name
    assert least <= len(name) <= most, name


@given(PROJECTS)
def test_project_ids_hold_their_limits(project: ProjectNames) -> None:
    holds(project.project, RFC1035, 6, 30)
    assert not re.search("google|ssl|null|undefined", project.project)
    holds(project.project_title, r"[A-Za-z0-9'\"! -]+", 4, 30)


@given(PROJECTS, KEYS)
def test_names_within_every_project_hold_their_limits(project: ProjectNames, key: str) -> None:
    for name in (
        project.network,
        project.subnet(key),
        project.service_range,
        project.router,
        project.nat,
        project.firewall(key),
        project.repository,
    ):
        holds(name, RFC1035, 1, 63)
    for name in (project.service(key), project.job(key)):
        holds(name, RFC1035, 1, 49)
    holds(project.key_ring, r"[a-zA-Z0-9_-]+", 1, 63)
    holds(project.crypto_key(key), r"[a-zA-Z0-9_-]+", 1, 63)
    holds(project.secret(key), r"[a-zA-Z0-9_-]+", 1, 255)
    holds(project.log_bucket, r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", 1, 100)
    holds(project.log_sink, r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", 1, 100)
    holds(project.service_account(key), RFC1035, 6, 30)
    holds(project.database, r"[a-z][a-z0-9_]*", 1, 63)


@given(PROJECTS)
def test_a_database_instance_with_its_project_has_at_most_98_characters(project: ProjectNames) -> None:
    holds(f"{project.project}:{project.database_instance}", rf"{RFC1035}:{RFC1035}", 1, 98)


@given(REGION_NAMES, KEYS)
def test_a_regions_own_names_hold_their_limits(region: RegionNames, key: str) -> None:
    holds(region.cache, RFC1035, 1, 40)
    holds(region.worker_pool(key), RFC1035, 1, 49)
    holds(region.bucket(key), r"[a-z0-9][a-z0-9-]*[a-z0-9]", 3, 63)
    assert not re.search("^goog|google|g00gle", region.bucket(key))
    for name in (region.subscription, region.dead_letter_topic, region.dead_letter_subscription):
        holds(name, r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]*", 3, 255)
    for name in (
        region.load_balancer(key),
        region.certificate,
        region.dns_authorization,
        region.server_tls_policy,
        region.security_policy,
    ):
        holds(name, RFC1035, 1, 63)


@given(AUTH_NAMES)
def test_the_topic_holds_its_limits(auth: AuthNames) -> None:
    holds(auth.topic, r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]*", 3, 255)
    assert auth.topic_id == f"projects/{auth.project}/topics/{auth.topic}"


@given(REGION_NAMES, AUTH_NAMES)
def test_host_names_fit_a_certificates_common_name(region: RegionNames, auth: AuthNames) -> None:
    for host in (region.origin_host, auth.origin_host):
        holds(host, r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", 4, 63)


@given(PROJECTS, PROJECTS)
def test_no_two_generations_of_anything_share_a_project(one: ProjectNames, other: ProjectNames) -> None:
    assume(identity(one) != identity(other))
    assert one.project != other.project


# Names that look alike once they are joined by dashes.
COMPANY_WORDS, FLEET_WORDS = ("a1", "ab"), ("p", "b", "p1")
REGION_WORDS = ("eu", "eu-1", "eu-1-a", "eu-1-1", "eu-a", "p-eu", "b-eu")
KEY_WORDS = ("ab", "a-b1", "a1-ab", "ab-ab")


def every_confusable_region() -> list[RegionNames]:
    return [
        RegionNames(company=company, fleet=fleet, domain="d.io", region=region, generation=generation)
        for company, fleet, region, generation in product(COMPANY_WORDS, FLEET_WORDS, REGION_WORDS, (1, 2, 11))
    ]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(lambda names, _: names.project, id="project"),
        pytest.param(lambda names, key: names.bucket(key), id="bucket"),
        pytest.param(lambda names, key: f"{names.service_account(key)}@{names.project}", id="service account"),
    ],
)
def test_names_unique_in_the_world_never_collide(name: Callable[[RegionNames, str], str]) -> None:
    owners: dict[str, object] = {}
    by_key = name(every_confusable_region()[0], "ab") != name(every_confusable_region()[0], "a-b1")
    for region, key in product(every_confusable_region(), KEY_WORDS):
        owner = (identity(region), key) if by_key else identity(region)
        assert owners.setdefault(name(region, key), owner) == owner


@given(REGION_NAMES, KEYS, REGION_NAMES, KEYS)
def test_no_two_buckets_of_two_regions_collide(one: RegionNames, key: str, other: RegionNames, other_key: str) -> None:
    assume((identity(one), key) != (identity(other), other_key))
    assert one.bucket(key) != other.bucket(other_key)


@given(REGION_NAMES, KEYS)
def test_the_same_region_always_has_the_same_names(region: RegionNames, key: str) -> None:
    again = RegionNames(
        company=region.company,
        fleet=region.fleet,
        domain=region.domain,
        region=region.region,
        generation=region.generation,
    )
    assert (again.project, again.bucket(key)) == (region.project, region.bucket(key))


@given(REGION_NAMES)
def test_a_new_generation_renames_what_cannot_be_used_again(region: RegionNames) -> None:
    assume(region.generation < 99)
    following = RegionNames(
        company=region.company,
        fleet=region.fleet,
        domain=region.domain,
        region=region.region,
        generation=region.generation + 1,
    )
    for name in ("project", "database_instance", "key_ring", "log_bucket"):
        assert getattr(region, name) != getattr(following, name)
    assert region.origin_host == following.origin_host


def test_a_stack_is_named_by_fleet_and_region() -> None:
    assert names.stack("prod", "eu-west") == "prod.eu-west"


def identity(project: ProjectNames) -> tuple[str, str, str, int]:
    return project.company, project.fleet, project.home, project.generation
