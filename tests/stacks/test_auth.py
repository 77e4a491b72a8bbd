from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

from regionctl.model.program import SecretKind
from regionctl.render import Declaration, render
from regions.spec import Lifecycle, SigningKey
from stacks.programs import programs
from tests.components.alone import at, every, is_secret, named, only, waits_for
from tests.stacks.fleets import PROD, fleet, regions

AUTH = render(programs(PROD)["prod.auth"])


def service_env(declaration: Declaration) -> dict[str, object]:
    (container,) = at(named(declaration, "auth-service"), "template.containers")
    return {env["name"]: env.get("value", env.get("valueSource")) for env in container["envs"]}


def test_the_service_runs_only_once_the_database_is_migrated() -> None:
    assert waits_for(AUTH, named(AUTH, "auth-service"), named(AUTH, "migrate-job"))


def test_it_serves_http_and_runs_no_task_of_its_own() -> None:
    kinds = {r.type.rpartition(":")[2] for r in AUTH.resources.values() if "cloudrunv2" in r.type}
    assert kinds == {"Service", "Job"}


def test_both_signing_keys_are_there_and_one_of_them_signs() -> None:
    env = service_env(AUTH)
    assert {"SIGNING_KEY_A", "SIGNING_KEY_B"} <= env.keys()
    assert env["SIGNING_KEY"] == "a"


def test_a_rotation_changes_one_variable_of_the_service() -> None:
    spec = fleet(auth=PROD.spec.auth.model_copy(update={"signing_key": SigningKey.B}))
    rotated = render(programs(replace(PROD, spec=spec))["prod.auth"])
    different = {urn for urn, resource in AUTH.resources.items() if rotated.resources[urn].inputs != resource.inputs}
    assert different == {named(AUTH, "auth-service").urn}
    assert service_env(rotated) == {**service_env(AUTH), "SIGNING_KEY": "b"}


def test_only_the_service_reads_the_signing_keys() -> None:
    grants = [g for g in every(AUTH, "SecretIamMember") if "signing-key" in g.name]
    assert [at(grant, "member") for grant in grants] == ["${workloads-auth.member}"] * 2


def test_only_the_service_reads_the_mail_relays_password() -> None:
    (grant,) = [g for g in every(AUTH, "SecretIamMember") if "smtp-password" in g.name]
    assert at(grant, "member") == "${workloads-auth.member}"


def test_it_knows_every_account_of_every_region_that_is_not_closed() -> None:
    declared = {r.name: r for r in regions(eu_west=Lifecycle.CLOSED)}
    env = service_env(render(programs(replace(PROD, regions=declared))["prod.auth"]))
    callers = json.loads(str(env["CALLERS"]))
    assert Counter(callers.values()) == {"ap-south": 3, "us-east": 3}
    shown = render(programs(PROD)["prod.us-east"])
    (account,) = [r for r in every(shown, "Account") if r.name == "identity-api"]
    email = f"{at(account, 'accountId')}@{at(account, 'project')}.iam.gserviceaccount.com"
    assert callers[email] == "us-east"


def test_its_audience_is_where_regions_call_it() -> None:
    shown = render(programs(PROD)["prod.us-east"])
    (container,) = at(named(shown, "api-service"), "template.containers")
    (url,) = [env["value"] for env in container["envs"] if env["name"] == "AUTH_URL"]
    assert service_env(AUTH)["AUDIENCE"] == url


def test_the_edges_token_is_a_secret_output() -> None:
    assert is_secret(AUTH.outputs["edge_token"])
    assert [name for name, value in AUTH.outputs.items() if is_secret(value)] == ["edge_token"]


def test_everything_it_needs_is_generated_but_the_password_of_somebody_elses_relay() -> None:
    slots = programs(PROD)["prod.auth"].secrets
    generated = {key: slot.bytes for key, slot in slots.items() if slot.kind is SecretKind.GENERATED}
    assert generated == dict.fromkeys(("database-password", "edge-token", "signing-key-a", "signing-key-b"), 32)
    assert slots.keys() - generated.keys() == {"smtp-password"}


def test_regions_reach_it_without_the_edges_certificate() -> None:
    assert "serverTlsPolicy" not in only(AUTH, "RegionTargetHttpsProxy").inputs


def test_it_can_reach_its_mail_relay_and_no_region() -> None:
    allowed = [r for r in every(AUTH, "RegionNetworkFirewallPolicyRule") if at(r, "action") == "allow"]
    assert {rule.name for rule in allowed} == {
        "firewall-allow-google",
        "firewall-allow-mail",
        "firewall-allow-services",
    }
    (mail,) = [rule for rule in allowed if rule.name == "firewall-allow-mail"]
    assert at(mail, "match.destFqdns") == [PROD.spec.auth.mail.host]


def test_it_publishes_and_regions_that_are_not_closed_subscribe() -> None:
    closed = replace(PROD, regions={r.name: r for r in regions(eu_west=Lifecycle.CLOSED)})
    grants = {g.name for g in every(render(programs(closed)["prod.auth"]), "TopicIAMMember") if "events" in g.name}
    assert grants == {"events-publisher-auth", "events-subscriber-ap-south", "events-subscriber-us-east"}


def test_it_says_which_regions_may_listen() -> None:
    changed = replace(PROD, regions={r.name: r for r in regions(eu_west=Lifecycle.CLOSED)})
    assert render(programs(changed)["prod.auth"]).outputs["listening"] == ["ap-south", "us-east"]
