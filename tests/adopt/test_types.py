"""The table of types holds what the SDK documents, for every type of a region's stack."""

from __future__ import annotations

import re

import pytest

from regionctl.adopt.kinds import types
from regionctl.providers.schema import package
from tests.adopt.clouds import us_east

# Their import sections name another format first than the one that says the most.
_OTHERWISE = {
    "gcp:compute/routerNat:RouterNat": "{{project}}/{{region}}/{{router}}/{{name}}",
    "gcp:dns/recordSet:RecordSet": "projects/{{project}}/managedZones/{{zone}}/rrsets/{{name}}/{{type}}",
    "gcp:logging/projectSink:ProjectSink": "projects/{{project_id}}/sinks/{{name}}",
    "gcp:monitoring/dashboard:Dashboard": "projects/{{project}}/dashboards/{{dashboard_id}}",
    "gcp:projects/service:Service": "{{project_id}}/{{service}}",
    "gcp:servicenetworking/connection:Connection": "{{peering-network}}:{{service}}",
    "gcp:sql/user:User": "{{project_id}}/{{instance}}/{{name}}",
}
_RENAMED = {"managedZone": "zone", "region": "region"}


def documented(token: str) -> list[str]:
    """The formats of a type's import section, with one spelling of their variables."""
    sdk = package("gcp")
    text = sdk._module_of(*sdk.types[token])
    section = re.search(r"## Import\n(.*?)(?:\n\s*:param|\n\s*\"\"\")", text, re.DOTALL)
    return re.findall(r"\* `([^`]*)`", section[1]) if section else []


def spelled(template: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: "{{" + _snake(_RENAMED.get(m[1], m[1])) + "}}", template)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_every_type_of_a_region_is_in_the_table() -> None:
    _, declaration = us_east()
    assert {one.type for one in declaration.resources.values() if one.custom} - types().keys() == set()


@pytest.mark.parametrize("token", sorted(types()))
def test_an_import_id_has_a_documented_form(token: str) -> None:
    formats = documented(token)
    template = types()[token].import_id
    if not formats or not template or template.startswith(("{name}", "{id}")):
        return  # a name that the cloud gives, or a type whose documentation the SDK leaves out
    assert _OTHERWISE.get(token, spelled(template)) in formats


def test_no_two_types_have_the_same_name_in_an_export() -> None:
    for names in ("terraform", "asset"):
        told = [getattr(row, names) for row in types().values() if getattr(row, names)]
        assert sorted(told) == sorted(set(told))


def test_an_import_id_is_made_of_links_and_names_alike() -> None:
    row = types()["gcp:compute/regionSecurityPolicyRule:RegionSecurityPolicyRule"]
    link = "https://www.googleapis.com/compute/v1/projects/p/regions/r/securityPolicies/origin"
    for policy in (link, "projects/p/regions/r/securityPolicies/origin", "origin"):
        properties = {"region": "r", "securityPolicy": policy, "priority": 1000}
        assert row.id_of(properties, "p") == "projects/p/regions/r/securityPolicies/origin/priority/1000"


def test_an_import_id_that_is_not_told_whole_is_none() -> None:
    assert types()["gcp:compute/subnetwork:Subnetwork"].id_of({"name": "workloads"}, "p") is None
