from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import partial

import pytest

from regionctl.model.program import Target
from regionctl.render import UNKNOWN, Declaration, render
from regions.load import Fleet
from regions.spec import Lifecycle
from stacks.programs import edge_program, programs
from stacks.secret_slots import CLOUDFLARE_TOKEN
from stacks.worker_code import WORKER_DIR
from tests.components.alone import at, every, is_secret, only
from tests.stacks.fleets import PROD, fleet, regions

MANIFEST = json.loads((WORKER_DIR / "bindings.json").read_text())


def of(changed: Fleet = PROD) -> Declaration:
    return render(programs(changed)["prod.edge"])


def with_regions(**lifecycles: Lifecycle) -> Fleet:
    return replace(PROD, regions={region.name: region for region in regions(**lifecycles)})


EDGE = of()


def bindings(declaration: Declaration = EDGE) -> dict[str, dict[str, object]]:
    return {binding["name"]: binding for binding in at(only(declaration, "WorkersScript"), "bindings")}


def test_the_worker_is_bound_to_what_it_asks_for_and_to_nothing_else() -> None:
    assert {name: binding["type"] for name, binding in bindings().items()} == {
        binding["name"]: binding["kind"] for binding in MANIFEST["bindings"]
    }


@pytest.mark.parametrize("name", [binding["name"] for binding in MANIFEST["bindings"]])
def test_a_binding_is_secret_exactly_where_the_worker_says_so(name: str) -> None:
    secret = any(is_secret(value) for value in bindings()[name].values())
    assert secret is (bindings()[name]["type"] == "secret_text")


def test_every_module_of_the_worker_is_uploaded_as_it_lies_there() -> None:
    script = only(EDGE, "WorkersScript")
    uploaded = {name: base64.b64decode(file["contentBase64"]).decode() for name, file in at(script, "files").items()}
    uploaded[at(script, "mainModule")] = at(script, "content")
    assert uploaded == {file.name: file.read_text() for file in (WORKER_DIR / "src").glob("*.js")}


def test_the_edge_needs_the_stacks_that_it_reads() -> None:
    read = {reference.name for reference in every(EDGE, "StackReference")}
    assert read == set(programs(PROD)["prod.edge"].needs) == {"prod.auth", "prod.eu-west", "prod.us-east"}


def test_a_stack_is_read_by_the_name_that_every_backend_takes() -> None:
    assert {reference.read_id for reference in every(EDGE, "StackReference")} == {
        "organization/regionctl/prod.auth",
        "organization/regionctl/prod.eu-west",
        "organization/regionctl/prod.us-east",
    }


def test_a_planned_region_is_neither_read_nor_in_dns() -> None:
    assert not [r for r in EDGE.resources.values() if "ap-south" in r.name]


def test_a_region_that_opens_is_read_and_gets_its_records() -> None:
    declaration = of(with_regions(ap_south=Lifecycle.ACTIVE))
    assert {r.name for r in declaration.resources.values() if "ap-south" in r.name} == {
        "prod.ap-south",
        "origins-ap-south-address",
        "origins-ap-south-certificate",
    }


def test_an_origins_address_is_what_its_stack_was_given() -> None:
    (record,) = (r for r in every(EDGE, "DnsRecord") if r.name == "origins-eu-west-address")
    assert (at(record, "name"), at(record, "content")) == ("eu-west.origin.app.example.com", UNKNOWN)
    assert [urn.rpartition("::")[2] for urn in record.property_dependencies["content"]] == ["prod.eu-west"]


def test_no_origin_is_proxied_since_a_client_certificate_would_not_reach_it() -> None:
    assert {at(record, "proxied") for record in every(EDGE, "DnsRecord")} == {False}


def test_the_worker_waits_for_the_auth_services_dns_and_token() -> None:
    waits = {urn.rpartition("::")[2] for urn in only(EDGE, "WorkersScript").property_dependencies["bindings"]}
    assert {"prod.auth", "origins-auth-address"} <= waits


def test_with_no_region_to_route_to_there_is_no_worker_and_the_public_domain_is_left_alone() -> None:
    declaration = of(with_regions(us_east=Lifecycle.PLANNED, eu_west=Lifecycle.PLANNED))
    assert not every(declaration, "WorkersScript") + every(declaration, "WorkersCustomDomain")
    assert {record.name for record in every(declaration, "DnsRecord")} == {
        "origins-auth-address",
        "origins-auth-certificate",
    }
    assert json.loads(str(declaration.outputs["regions"]))["regions"] == {}


def test_a_planned_region_that_has_an_origin_gets_its_records_and_no_requests() -> None:
    program = edge_program(PROD, opening=["ap-south"])
    declaration = render(program)
    assert {r.name for r in declaration.resources.values() if "ap-south" in r.name} == {
        "prod.ap-south",
        "origins-ap-south-address",
        "origins-ap-south-certificate",
    }
    assert "prod.ap-south" in program.needs
    assert bindings(declaration) == bindings()


def test_a_region_that_did_not_come_up_is_not_routed_to_and_not_read() -> None:
    program = edge_program(PROD, held_back=["eu-west"])
    declaration = render(program)
    assert "prod.eu-west" not in program.needs
    assert not [r for r in declaration.resources.values() if "eu-west" in r.name]
    assert json.loads(str(bindings(declaration)["REGIONS"]["json"]))["regions"].keys() == {"us-east"}


def test_a_closed_region_has_no_records_even_where_it_has_an_origin() -> None:
    program = edge_program(with_regions(ap_south=Lifecycle.CLOSED), opening=["ap-south"])
    assert render(program).resources.keys() == EDGE.resources.keys()


def test_what_is_held_back_keeps_the_records_that_it_has() -> None:
    declaration = render(edge_program(PROD, opening=["eu-west"], held_back=["eu-west"]))
    assert "origins-eu-west-address" in {record.name for record in every(declaration, "DnsRecord")}
    assert json.loads(str(bindings(declaration)["REGIONS"]["json"]))["regions"].keys() == {"us-east"}


@pytest.mark.parametrize(("target", "asked"), [(Target.SANDBOX, False), (Target.CLOUD, True)])
def test_only_the_real_cloudflare_asks_for_a_token(target: Target, asked: bool) -> None:
    program = programs(replace(PROD, spec=fleet(target=target)))["prod.edge"]
    assert (CLOUDFLARE_TOKEN in program.secrets) is asked
    providers = every(render(program), "cloudflare")
    assert [is_secret(provider.inputs["apiToken"]) for provider in providers] == ([True] if asked else [])


def test_everything_of_a_cloud_fleets_edge_is_made_by_the_provider_with_the_token() -> None:
    declaration = render(programs(replace(PROD, spec=fleet(target=Target.CLOUD)))["prod.edge"])
    (provider,) = every(declaration, "cloudflare")
    made = [r for r in declaration.resources.values() if r.type.startswith("cloudflare:")]
    assert {resource.options.provider for resource in made} == {provider.urn}


def test_plain_pulumi_runs_it_too() -> None:
    from stacks.programs import run_stack

    program = replace(programs(PROD)["prod.edge"], run=partial(run_stack, "prod.edge"))
    assert render(program).resources.keys() == EDGE.resources.keys()
