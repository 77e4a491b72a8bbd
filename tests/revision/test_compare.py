"""What a change does to the declared resources, by the providers' rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from regionctl.engine import ChangeKind, Kind, Op, PropertyChange
from regionctl.render import UNKNOWN, Asset, Resource, Secret, Symbolic
from tests.revision.declared import (
    BUCKET,
    GROUP,
    INSTANCE,
    KEY,
    NETWORK,
    SERVICE,
    SUBNET,
    declaration,
    group,
    of,
    ops,
    plan,
    resource,
    step,
    urn,
)

VPC = resource(NETWORK, "vpc", name="main")


def subnet(**changes: Any) -> Resource:
    inputs = {"name": "nodes", "network": of(VPC, "id"), "region": "europe-west1", "ipCidrRange": "10.0.0.0/20"}
    return resource(SUBNET, "nodes", **{**inputs, **changes})


def database(**settings: Any) -> Resource:
    inputs = {"name": "main-1", "region": "europe-west1", "databaseVersion": "POSTGRES_17"}
    disk = {"diskSize": 100, "diskAutoresize": False}
    return resource(INSTANCE, "db", **inputs, settings={"tier": "db-custom-2-8192", **disk, **settings})


def with_options(changed: Resource, **options: Any) -> Resource:
    return replace(changed, options=replace(changed.options, **options))


def test_what_is_the_same_in_both_revisions_is_no_change() -> None:
    found = plan([VPC, subnet(), database()], [VPC, subnet(), database()])
    assert found.kind is Kind.REVISION
    assert not found.changes
    assert found.summary == {"create": 0, "update": 0, "replace": 0, "delete": 0, "same": 3}


def test_resources_are_added_and_removed() -> None:
    assert ops(plan([VPC], [database()])) == {"db": Op.CREATE, "vpc": Op.DELETE}


def test_a_nested_property_is_told_by_its_path() -> None:
    found = plan([database()], [database(tier="db-custom-4-16384")])
    assert step(found, "db").op is Op.UPDATE
    assert step(found, "db").diff == (
        PropertyChange(path="settings.tier", kind=ChangeKind.UPDATE, old="db-custom-2-8192", new="db-custom-4-16384"),
    )


def test_writing_out_a_default_is_no_change() -> None:
    assert ops(plan([VPC], [replace(VPC, inputs={**VPC.inputs, "autoCreateSubnetworks": True})])) == {}


def test_a_key_removed_in_the_middle_of_a_map_touches_no_other() -> None:
    buckets = [resource(BUCKET, f"bucket-{key}", name=f"acme-{key}", location="EU") for key in ("a", "b", "c")]
    assert ops(plan(buckets, [buckets[0], buckets[2]])) == {"bucket-b": Op.DELETE}


def test_a_property_that_forces_it_replaces() -> None:
    found = step(plan([VPC, subnet()], [VPC, subnet(region="us-east1")]), "nodes")
    assert found.op is Op.REPLACE
    assert found.replace_keys == ("region",)
    assert found.certain


def test_a_nested_property_that_forces_it_replaces() -> None:
    template = {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"}
    ring = "projects/p/locations/l/keyRings/r"
    old = resource(KEY, "key", name="k", keyRing=ring, versionTemplate=template)
    new = resource(KEY, "key", name="k", keyRing=ring, versionTemplate={**template, "protectionLevel": "HSM"})
    assert step(plan([old], [new]), "key").replace_keys == ("versionTemplate.protectionLevel",)


@pytest.mark.parametrize(("size", "op"), [(50, Op.REPLACE), (200, Op.UPDATE)])
def test_a_disk_may_grow_and_not_shrink(size: int, op: Op) -> None:
    assert ops(plan([database()], [database(diskSize=size)])) == {"db": op}


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("nodes", [Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT]),
        (None, [Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED]),
    ],
)
def test_a_given_name_is_free_again_first(name: str | None, order: list[Op]) -> None:
    found = plan([VPC, subnet(name=name)], [VPC, subnet(name=name, region="us-east1")])
    assert [step.op for step in found.steps if step.name == "nodes"] == order


@pytest.mark.parametrize("option", [True, False])
def test_the_program_overrules_the_order(option: bool) -> None:
    new = with_options(subnet(region="us-east1"), delete_before_replace=option)
    found = plan([VPC, subnet()], [VPC, new])
    first = next(step.op for step in found.steps if step.name == "nodes")
    assert first is (Op.DELETE_REPLACED if option else Op.CREATE_REPLACEMENT)


def test_a_replacement_cascades_to_what_takes_its_outputs() -> None:
    moved = resource(NETWORK, "vpc", name="other")
    service = resource(SERVICE, "api", location="europe-west1", annotations={"subnet": of(subnet(), "id")})
    found = plan([VPC, subnet(), service], [moved, subnet(), service])
    assert ops(found) == {"vpc": Op.REPLACE, "nodes": Op.REPLACE, "api": Op.UPDATE}
    assert step(found, "nodes").diff == (
        PropertyChange(path="network", kind=ChangeKind.UPDATE_REPLACE, old="${vpc.id}", new="[unknown]"),
    )
    assert [change.path for change in step(found, "api").diff] == ["annotations.subnet"]


def test_an_update_does_not_cascade() -> None:
    old, new = (resource(NETWORK, "vpc", name="main", routingMode=mode) for mode in ("REGIONAL", "GLOBAL"))
    assert ops(plan([old, subnet()], [new, subnet()])) == {"vpc": Op.UPDATE}


def test_what_depends_on_a_resource_that_is_deleted_first_goes_before_it() -> None:
    """Though the name that it takes stays the same."""
    other = resource("gcp:sql/database:Database", "other", name="other", instance="main-1")
    held = replace(
        resource("gcp:sql/database:Database", "app", name="app", instance="main-1"),
        property_dependencies={"instance": (database().urn,)},
    )
    found = plan([database(), held, other], [database(diskSize=50), held, other])
    assert ops(found) == {"db": Op.REPLACE, "app": Op.REPLACE}
    assert step(found, "app").replace_keys == ("instance",)
    assert step(found, "app").certain


def test_what_takes_an_output_that_may_stay_the_same_may_be_replaced() -> None:
    unnamed = resource(NETWORK, "vpc", project="a")
    moved = resource(NETWORK, "vpc", project="b")
    here = subnet(description=of(unnamed, "selfLink"), network="main")
    found = plan([unnamed, here], [moved, here])
    assert step(found, "vpc").certain
    assert step(found, "nodes").op is Op.REPLACE
    assert not step(found, "nodes").certain


def test_a_name_in_place_of_a_reference_may_replace() -> None:
    found = step(plan([VPC, subnet(network="main")], [VPC, subnet()]), "nodes")
    assert found.op is Op.REPLACE
    assert not found.certain


def test_a_reference_to_another_resource_replaces() -> None:
    other = resource(NETWORK, "other", name="other")
    found = step(plan([VPC, other, subnet()], [VPC, other, subnet(network=of(other, "id"))]), "nodes")
    assert found.op is Op.REPLACE
    assert found.certain


def test_giving_what_the_cloud_may_have_chosen_is_not_sure_to_change_anything() -> None:
    given = resource(NETWORK, "vpc", name="main", routingMode="REGIONAL")
    (change,) = step(plan([VPC], [given]), "vpc").diff
    assert (change.path, change.kind, change.certain) == ("routingMode", ChangeKind.ADD, False)


def test_the_order_of_a_set_is_no_change() -> None:
    def firewall(*ranges: str) -> Resource:
        return resource("gcp:compute/firewall:Firewall", "f", name="f", network="main", sourceRanges=list(ranges))

    assert ops(plan([firewall("10.0.0.0/8", "1.2.3.4/32")], [firewall("1.2.3.4/32", "10.0.0.0/8")])) == {}


def test_a_value_that_no_revision_knows_is_the_same() -> None:
    service = resource(SERVICE, "api", location="europe-west1", annotations={"of": UNKNOWN})
    assert ops(plan([service], [service])) == {}


def test_ignored_changes_are_ignored() -> None:
    new = with_options(database(tier="db-custom-4-16384", diskSize=50), ignore_changes=("settings.diskSize",))
    assert [change.path for change in step(plan([database()], [new]), "db").diff] == ["settings.tier"]
    everything = with_options(database(tier="db-custom-4-16384", diskSize=50), ignore_changes=("settings.*",))
    assert ops(plan([database()], [everything])) == {}


def test_a_program_may_ask_for_a_replacement() -> None:
    new = with_options(database(tier="db-custom-4-16384"), replace_on_changes=("settings",))
    found = step(plan([database()], [new]), "db")
    assert (found.op, found.replace_keys) == (Op.REPLACE, ("settings.tier",))
    assert found.diff[0].kind is ChangeKind.UPDATE_REPLACE


def test_another_provider_of_the_program_replaces() -> None:
    provider = "urn:pulumi:prod.eu-west::regionctl::pulumi:providers:gcp::other"
    assert step(plan([VPC], [with_options(VPC, provider=provider)]), "vpc").replace_keys == ("provider",)


def test_options_that_change_are_told_and_change_no_resource() -> None:
    old = with_options(database(), protect=True)
    new = with_options(database(), delete_before_replace=False)
    found = plan([old], [new])
    assert found.summary["same"] == 1
    assert [(change.path, change.old, change.new) for change in step(found, "db").options] == [
        ("deleteBeforeReplace", None, False),
        ("protect", True, None),
    ]
    assert found.changes == (step(found, "db"),)


def test_saying_what_holds_unsaid_is_no_change_of_options() -> None:
    assert not plan([VPC], [with_options(VPC, protect=False)]).changes


def test_a_stack_of_the_head_alone_is_created() -> None:
    assert ops(plan(None, [VPC, database()])) == {"vpc": Op.CREATE, "db": Op.CREATE}


def test_a_stack_of_the_base_alone_is_deleted_with_a_warning() -> None:
    found = plan([VPC, subnet()], None)
    assert list(ops(found)) == ["nodes", "vpc"]
    assert "regionctl down eu-west" in found.diagnostics[0].message


def test_secrets_are_masked_wherever_they_are() -> None:
    def holder(value: str) -> Resource:
        return resource(
            SERVICE, "api", location="europe-west1", annotations={"a": Secret(value)}, labels=Secret({"k": value})
        )

    found = plan([holder("canary-1")], [holder("canary-2")])
    assert {(change.old, change.new) for change in step(found, "api").diff} == {("[secret]", "[secret]")}
    assert "canary" not in repr(found)


def test_what_the_provider_calls_secret_is_masked_though_the_program_does_not() -> None:
    def user(password: str) -> Resource:
        return resource("gcp:sql/user:User", "user", name="u", instance="main-1", password=password)

    found = plan([user("canary-1")], [user("canary-2")])
    assert "canary" not in repr(found)
    assert step(found, "user").op is Op.UPDATE


def test_files_are_told_by_what_they_hold() -> None:
    old, new = (resource("test:index:Files", "f", code=Asset("text", text)) for text in ("one", "three"))
    (change,) = step(plan([old], [new]), "f").diff
    assert (change.path, change.old, change.new) == ("code", "[text asset, 3 characters]", "[text asset, 5 characters]")


def test_components_say_when_they_change() -> None:
    old = group("net")
    assert ops(plan([old], [replace(old, inputs={"size": 2})])) == {"net": Op.UPDATE}


def test_a_read_resource_with_another_id_is_another_one_to_those_that_use_it() -> None:
    theirs = replace(resource(NETWORK, "theirs"), read_id="projects/a/global/networks/n")
    moved = replace(theirs, read_id="projects/b/global/networks/n")
    found = plan([theirs, subnet(network=of(theirs, "id"))], [moved, subnet(network=of(theirs, "id"))])
    assert ops(found) == {"theirs": Op.READ, "nodes": Op.REPLACE}


def test_symbols_are_compared_by_what_they_name_and_not_by_how_they_are_written() -> None:
    long = Symbolic(f"${{vpc#{NETWORK}.id}}", of(VPC, "id").symbols)
    assert ops(plan([VPC, subnet()], [VPC, subnet(network=long)])) == {}


def test_the_outputs_are_those_of_the_head() -> None:
    from regionctl.review.revision import compare
    from tests.revision.declared import STACK

    found = compare(STACK, declaration(), declaration(VPC, link=of(VPC, "selfLink"), login=Secret("canary")))
    assert found.outputs == {"link": "${vpc.selfLink}", "login": "[secret]"}


def test_urns_are_as_pulumi_writes_them() -> None:
    inside = resource(NETWORK, "vpc", group("net"))
    assert inside.urn == urn(NETWORK, "vpc", GROUP)
