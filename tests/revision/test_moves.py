"""Which resource of the base a resource of the head is: by URN, by alias, by a parent's alias."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionctl.engine import Op, Plan
from regionctl.render import Alias, Options, Resource
from tests.revision.declared import BUCKET, GROUP, NETWORK, PREFIX, SUBNET, group, of, ops, plan, resource, step, urn


def aliased(one: Resource, *aliases: Alias) -> Resource:
    return replace(one, options=Options(aliases=aliases))


def renamed(found: Plan) -> dict[str, str]:
    """The old name of what has moved."""
    return {step.name: step.old_urn.rpartition("::")[2] for step in found.steps if step.old_urn}


OLD = resource(NETWORK, "old", name="main")
NEW = resource(NETWORK, "new", name="main")


@pytest.mark.parametrize("alias", [Alias(name="old"), Alias(urn=OLD.urn)])
def test_a_rename_by_alias_is_no_change(alias: Alias) -> None:
    found = plan([OLD], [aliased(NEW, alias)])
    assert ops(found) == {}
    assert found.summary["same"] == 1
    assert renamed(found) == {"new": "old"}


def test_a_rename_without_an_alias_deletes_and_creates() -> None:
    assert ops(plan([OLD], [NEW])) == {"new": Op.CREATE, "old": Op.DELETE}


def test_what_uses_a_renamed_resource_does_not_change() -> None:
    users = [resource(SUBNET, "nodes", name="nodes", network=of(network, "id")) for network in (OLD, NEW)]
    assert ops(plan([OLD, users[0]], [aliased(NEW, Alias(name="old")), users[1]])) == {}


def test_an_alias_of_nothing_is_a_new_resource() -> None:
    assert ops(plan([OLD], [OLD, aliased(NEW, Alias(name="older"))])) == {"new": Op.CREATE}


def test_the_resources_own_name_comes_before_its_aliases() -> None:
    found = plan([OLD, NEW], [aliased(NEW, Alias(name="old"))])
    assert ops(found) == {"old": Op.DELETE}
    assert not step(found, "new").old_urn


def test_a_generated_name_stays_with_a_rename() -> None:
    old, new = (replace(network, inputs={}) for network in (OLD, NEW))
    assert ops(plan([old], [aliased(new, Alias(name="old"))])) == {}


def test_a_resource_may_move_into_a_component() -> None:
    net = group("net")
    inside = aliased(resource(NETWORK, "old", net, name="main"), Alias(no_parent=True))
    found = plan([OLD], [net, inside])
    assert ops(found) == {"net": Op.CREATE}
    assert step(found, "old").old_urn == OLD.urn


def test_children_move_with_a_component_that_has_another_type() -> None:
    was = replace(group("net"), type="test:index:Old", urn=urn("test:index:Old", "net"))
    now = aliased(group("net"), Alias(type="test:index:Old"))
    found = plan([was, resource(NETWORK, "vpc", was)], [now, resource(NETWORK, "vpc", now)])
    assert ops(found) == {}
    assert step(found, "vpc").old_urn == f"{PREFIX}test:index:Old${NETWORK}::vpc"


def test_a_childs_name_that_starts_with_its_parents_moves_with_it() -> None:
    was = group("store")
    now = aliased(group("files"), Alias(name="store"))
    base = [was, resource(BUCKET, "store-uploads", was), resource(BUCKET, "other", was)]
    head = [now, resource(BUCKET, "files-uploads", now), resource(BUCKET, "other", now)]
    found = plan(base, head)
    assert ops(found) == {}
    assert renamed(found) == {"files": "store", "files-uploads": "store-uploads"}


def test_a_move_through_two_parents_is_found() -> None:
    base = [outer := group("a"), inner := group("a-in", outer), resource(BUCKET, "a-in-files", inner)]
    head = [
        aliased(group("b"), Alias(name="a")),
        group("b-in", group("b")),
        resource(BUCKET, "b-in-files", group("b-in", group("b"))),
    ]
    found = plan(base, head)
    assert renamed(found) == {"b": "a", "b-in": "a-in", "b-in-files": "a-in-files"}
    assert {one.parent for one in head[1:]} == {urn(GROUP, "b"), urn(GROUP, "b-in", GROUP)}
