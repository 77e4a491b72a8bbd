"""The blast radius: what is touched, what may be lost, what is down, and whether the regions stay alike."""

from __future__ import annotations

import pytest

from regionctl.engine import Op, Plan
from regionctl.providers.catalogue import entries
from regionctl.review.folding import BlastRadius, Downtime, Parity, blast_radius, fold
from tests.folding.plans import ALERT, NETWORK, SQL, TOKENS, change, plan, step

US, EU, AP = TOKENS
SERVICE = "gcp:cloudrunv2/service:Service"
REDIS = "gcp:redis/instance:Instance"


def radius(*plans: Plan) -> BlastRadius:
    return blast_radius(plans, fold(plans, TOKENS))


def test_it_names_the_stacks_that_change() -> None:
    assert radius(plan(US, step(US)), plan(EU), plan("prod.auth", step("prod.auth", op=Op.SAME))).stacks == (US,)


@pytest.mark.parametrize(
    ("type_", "path", "downtime"),
    [
        (SQL, "settings.tier", Downtime.RESTART),
        (SQL, "settings.databaseFlags[2].value", Downtime.RESTART),
        (SQL, "settings.backupConfiguration.pointInTimeRecoveryEnabled", Downtime.RESTART),
        (SQL, "settings.backupConfiguration.backupRetentionSettings.retainedBackups", Downtime.NONE),
        (SQL, "settings.diskSize", Downtime.NONE),
        (SQL, "settings.userLabels.team", Downtime.NONE),
        (SQL, "settings.userLabels", Downtime.NONE),
        (SQL, "settings.userLabelsOfAnotherKind", Downtime.RESTART),
        (SQL, "databaseVersion", Downtime.INTERRUPTION),
        (REDIS, "memorySizeGb", Downtime.INTERRUPTION),
        (REDIS, "labels.team", Downtime.NONE),
        (SERVICE, "template.containers[0].image", Downtime.NONE),
        (NETWORK, "description", Downtime.NONE),
    ],
)
def test_an_update_does_what_the_table_says_of_its_property(type_: str, path: str, downtime: Downtime) -> None:
    assert radius(plan(US, step(US, type_=type_, diff=(change(path, 1, 2),)))).downtime is downtime


@pytest.mark.parametrize(
    ("old", "new", "downtime"),
    [
        (90, 30, Downtime.DATA_AT_RISK),
        (30, 90, Downtime.NONE),
        (None, 30, Downtime.NONE),
        (90, "[unknown]", Downtime.NONE),
    ],
)
def test_what_is_kept_for_less_time_is_at_risk(old: object, new: object, downtime: Downtime) -> None:
    logs = step(
        US, type_="gcp:logging/projectBucketConfig:ProjectBucketConfig", diff=(change("retentionDays", old, new),)
    )
    assert radius(plan(US, logs)).downtime is downtime


def test_of_several_properties_the_gravest_decides_and_is_named() -> None:
    paths = ("settings.userLabels.a", "databaseVersion", "settings.tier")
    (hit,) = radius(plan(US, step(US, diff=tuple(change(path, 1, 2) for path in paths)))).felt
    assert (hit.downtime, hit.path) == (Downtime.INTERRUPTION, "databaseVersion")


@pytest.mark.parametrize("op", [Op.REPLACE, Op.DELETE])
@pytest.mark.parametrize(
    ("type_", "downtime"),
    [(SQL, Downtime.DATA_AT_RISK), (SERVICE, Downtime.INTERRUPTION), (ALERT, Downtime.NONE)],
)
def test_what_goes_takes_its_data_along_or_interrupts_unless_it_only_looked_on(
    op: Op, type_: str, downtime: Downtime
) -> None:
    assert radius(plan(US, step(US, op=op, type_=type_))).downtime is downtime


def test_what_goes_after_its_replacement_came_interrupts_nothing_but_takes_its_data_along() -> None:
    parts = (Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED)
    for type_, downtime in {SERVICE: Downtime.NONE, SQL: Downtime.DATA_AT_RISK}.items():
        assert radius(plan(US, *(step(US, op=op, type_=type_) for op in parts))).downtime is downtime


def test_what_a_program_protects_counts_as_stateful_whatever_its_type() -> None:
    (lost,) = radius(plan(US, step(US, op=Op.DELETE, type_=SERVICE, protect=True))).lost
    assert (lost.type, lost.downtime) == (SERVICE, Downtime.DATA_AT_RISK)


def test_a_replacement_counts_once() -> None:
    parts = (Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT)
    blast = radius(plan(US, *(step(US, op=op) for op in parts)))
    assert [hit.op for hit in blast.lost] == [Op.REPLACE]


def test_what_is_made_interrupts_nothing() -> None:
    assert radius(plan(US, step(US, op=Op.CREATE))).downtime is Downtime.NONE


def test_a_component_is_nothing_that_could_be_down() -> None:
    assert radius(plan(US, step(US, op=Op.DELETE, type_="regionctl:database:Database", custom=False))).felt == ()


def test_parity_is_kept_where_all_regions_take_the_same_steps() -> None:
    plans = [plan(stack, step(stack)) for stack in TOKENS]
    assert radius(*plans, plan("prod.edge", step("prod.edge"))).parity is Parity.KEPT


def test_parity_is_broken_where_one_region_does_not() -> None:
    assert radius(plan(US, step(US)), plan(EU, step(EU)), plan(AP)).parity is Parity.BROKEN


def test_parity_is_no_question_with_one_region() -> None:
    assert radius(plan(US, step(US)), plan("prod.auth")).parity is None


def test_each_fact_of_the_tables_has_its_source() -> None:
    every = entries().values()
    sources = [update.source for entry in every for update in entry.updates] + [
        e.holds_data for e in every if e.holds_data
    ]
    assert sources
    assert all(source.startswith("https://") for source in sources)


def test_a_row_behind_one_that_takes_everything_would_be_dead() -> None:
    for entry in entries().values():
        assert not any("*" in update.properties for update in entry.updates[:-1]), entry.token


def test_the_document_says_all_that_the_line_says() -> None:
    said = radius(plan(US, step(US, op=Op.DELETE)), plan(EU, step(EU, diff=(change("settings.tier", 1, 2),)))).to_json()
    assert said["stacks"] == [US, EU]
    assert said["downtime"] == "data at risk"
    assert said["parity"] == "broken"
    assert [(hit["op"], hit["stack"]) for hit in said["stateful"]] == [("delete", US)]
    assert {hit["path"] for hit in said["causes"]} == {None, "settings.tier"}
    assert set(said) == {"stacks", "stateful", "downtime", "causes", "parity"}
