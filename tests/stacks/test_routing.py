from __future__ import annotations

import json
import random
import shutil
import subprocess
from dataclasses import asdict, replace
from typing import Any

import pytest

from regions.spec import Lifecycle
from stacks.routing import Reason, Refusal, Routed, Sample, draw, route, shown
from stacks.table import Entry, Table, table
from stacks.worker_code import WORKER_DIR
from tests.stacks.fleets import fleet, regions


def to(*places: str, reason: Reason, locality: str = "eu") -> Routed:
    return Routed(locality=locality, regions=places, reason=reason)


OPEN = table(fleet(), regions())
DRAINED = table(fleet(), regions(us_east=Lifecycle.DRAINING))
NONE_OPEN = table(fleet(), regions(us_east=Lifecycle.DRAINING, eu_west=Lifecycle.DRAINING))


def with_another(weight: int = 50, lifecycle: Lifecycle = Lifecycle.ACTIVE) -> Table:
    """The fleet with a second region in Europe."""
    entry = Entry(origin="https://eu-central.example", lifecycle=lifecycle, locality="eu", weight=weight)
    return replace(OPEN, regions={"eu-central": entry, **OPEN.regions})


TWO = with_another()
WITHOUT_SIGN_UPS = with_another(weight=0)


@pytest.mark.parametrize(
    ("sample", "answer"),
    [
        (Sample(), to("us-east", reason=Reason.DEFAULT, locality="us")),
        (Sample(choice="eu-west", time_zone="America/Lima"), to("eu-west", reason=Reason.CHOICE)),
        (Sample(choice="eu", time_zone="America/Lima"), to("eu-west", reason=Reason.CHOICE)),
        (Sample(choice="ap-south"), Refusal.REGION_NOT_OPEN),
        (Sample(choice="asia"), Refusal.REGION_NOT_OPEN),
        (Sample(time_zone="Europe/Paris", country="US"), to("eu-west", reason=Reason.TIME_ZONE)),
        (Sample(time_zone="America/Argentina/Salta"), to("us-east", reason=Reason.TIME_ZONE, locality="us")),
        (Sample(time_zone="Asia/Kolkata", country="DE"), to("eu-west", reason=Reason.COUNTRY)),
        (Sample(time_zone="Asia/Kolkata", country="JP"), to("us-east", reason=Reason.DEFAULT, locality="us")),
        (Sample(home="eu-west", country="US"), to("eu-west", reason=Reason.HOME)),
        (Sample(home="ap-south"), Refusal.REGION_CLOSED),
    ],
    ids=str,
)
def test_a_request_goes_where_its_signs_say(sample: Sample, answer: Routed | Refusal) -> None:
    assert route(OPEN, sample) == answer


def test_any_region_of_the_locality_may_answer_and_by_the_clients_key_one() -> None:
    both = to("eu-central", "eu-west", reason=Reason.TIME_ZONE)
    assert route(TWO, Sample(time_zone="Europe/Paris")) == both
    assert shown(both) == "eu: eu-central or eu-west (time-zone)"
    key = "0123456789abcdef0123456789abcdef"
    one = to(draw({"eu-central": 50, "eu-west": 100}, key), reason=Reason.TIME_ZONE)
    assert route(TWO, Sample(time_zone="Europe/Paris", flow=key)) == one
    assert route(TWO, Sample(choice="eu-central", flow=key)) == to("eu-central", reason=Reason.CHOICE)


def test_a_region_without_weight_serves_who_lives_there_and_is_no_choice() -> None:
    assert route(WITHOUT_SIGN_UPS, Sample(time_zone="Europe/Paris")) == to("eu-west", reason=Reason.TIME_ZONE)
    assert route(WITHOUT_SIGN_UPS, Sample(choice="eu-central")) == Refusal.REGION_NOT_OPEN
    assert route(WITHOUT_SIGN_UPS, Sample(home="eu-central")) == to("eu-central", reason=Reason.HOME)


def test_who_lives_in_a_region_that_takes_nobody_new_signs_in_there_by_choice_with_its_hint() -> None:
    there = to("eu-central", reason=Reason.NONE)
    for closed in (WITHOUT_SIGN_UPS, with_another(lifecycle=Lifecycle.DRAINING)):
        assert route(closed, Sample(choice="eu-central", hint="eu-central")) == there
        assert route(closed, Sample(choice="eu-central", hint="eu-west")) == Refusal.REGION_NOT_OPEN
        assert route(closed, Sample(choice="eu", hint="eu-central")) == to("eu-west", reason=Reason.CHOICE)
    assert route(OPEN, Sample(choice="eu-central", hint="eu-central")) == Refusal.REGION_NOT_OPEN
    assert route(DRAINED, Sample(country="US", hint="us-east")) == to("us-east", reason=Reason.NONE, locality="us")


def test_where_a_matched_locality_drains_its_users_stay_and_nobody_new_goes_anywhere_else() -> None:
    assert route(DRAINED, Sample(home="us-east")) == to("us-east", reason=Reason.HOME, locality="us")
    assert route(DRAINED, Sample(home="us-east", country="US")) == to("us-east", reason=Reason.HOME, locality="us")
    assert route(DRAINED, Sample(country="US")) == Refusal.REGION_CLOSED
    assert route(DRAINED, Sample(time_zone="America/Lima", country="DE")) == Refusal.REGION_CLOSED


def test_who_matches_no_locality_goes_to_one_that_is_open_where_the_default_one_is_not() -> None:
    assert route(DRAINED, Sample(country="JP")) == to("eu-west", reason=Reason.DEFAULT)


def test_without_an_open_region_users_go_on_and_who_matches_nothing_meets_the_default_locality_which_takes_nobody() -> (
    None
):
    assert route(NONE_OPEN, Sample(home="eu-west")) == to("eu-west", reason=Reason.HOME)
    assert route(NONE_OPEN, Sample()) == to("us-east", reason=Reason.NONE, locality="us")
    assert route(NONE_OPEN, Sample(country="US")) == Refusal.REGION_CLOSED
    assert route(NONE_OPEN, Sample(choice="us-east")) == Refusal.REGION_NOT_OPEN


KEYS = [f"{random.Random(index).getrandbits(128):032x}" for index in range(8)]
SAMPLES = [
    Sample(choice=choice, time_zone=zone, country=country, flow=flow, hint=hint)
    for choice in (None, "eu", "us", "asia", "eu-west", "eu-central", "ap-south", "nowhere")
    for zone in (None, "Europe/Paris", "America/Argentina/Salta", "Asia/Kolkata", "Europe", "UTC", "/", "America/")
    for country in (None, "DE", "US", "IN", "JP")
    for flow, hint in ((None, None), (KEYS[0], None), (KEYS[1], "eu-central"), (None, "us-east"), (None, "nowhere"))
]
DRAWS = [
    Sample(time_zone="Europe/Paris", flow=f"{random.Random(index).getrandbits(128):032x}") for index in range(3000)
]

# A `json` binding reaches the Worker parsed. URL.parse is workerd's and newer Node's: https://developer.mozilla.org/en-US/docs/Web/API/URL/parse_static
SCRIPT = """
URL.parse ??= (text) => { try { return new URL(text); } catch { return null; } };
const { parseTable } = await import(process.argv[1] + "/regions.js");
const { closedPlace, draw, placementOf } = await import(process.argv[1] + "/placement.js");
const { tables, samples } = JSON.parse(await new Response(process.stdin).text());
const answer = async (table, { choice, time_zone: timeZone, country, flow, hint }) => {
  try {
    const placement = placementOf(table, { choice, timeZone, country }, hint);
    const names = placement.open.map(({ name }) => name);
    if (names.length === 0) return { regions: [closedPlace(table, placement, hint)], reason: placement.reason };
    return { regions: flow ? [await draw(placement.open, flow)] : names, reason: placement.reason };
  } catch (error) { return { code: error.code }; }
};
const parsed = tables.map((text) => parseTable(JSON.parse(text)));
const all = parsed.map((table) => Promise.all(samples.map((sample) => answer(table, sample))));
console.log(JSON.stringify(await Promise.all(all)));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node runs the Worker's own code")
def test_the_workers_own_code_takes_the_table_places_and_draws_alike() -> None:
    tables = [OPEN, DRAINED, NONE_OPEN, TWO, WITHOUT_SIGN_UPS, with_another(lifecycle=Lifecycle.DRAINING)]
    samples = [*SAMPLES, *DRAWS]
    question = {"tables": [made.as_json() for made in tables], "samples": [asdict(sample) for sample in samples]}
    answers = _in_node(question)
    for made, placed in zip(tables, answers, strict=True):
        assert placed == [_as_worker_says(made, sample) for sample in samples]


def _in_node(question: dict[str, Any]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", SCRIPT, (WORKER_DIR / "src").as_uri()],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return answers


def _as_worker_says(made: Table, sample: Sample) -> dict[str, Any]:
    answer = route(made, sample)
    if isinstance(answer, Refusal):
        return {"code": answer}
    return {"regions": list(answer.regions), "reason": answer.reason}
