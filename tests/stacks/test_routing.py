from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from typing import Any

import pytest

from regions.spec import Lifecycle
from stacks.routing import Reason, Refusal, Routed, Sample, route
from stacks.table import Table, table
from stacks.worker_code import WORKER_DIR
from tests.stacks.fleets import fleet, regions

OPEN = table(fleet(), regions())
DRAINED = table(fleet(), regions(us_east=Lifecycle.DRAINING))
NONE_OPEN = table(fleet(), regions(us_east=Lifecycle.DRAINING, eu_west=Lifecycle.DRAINING))


@pytest.mark.parametrize(
    ("sample", "answer"),
    [
        (Sample(), Routed("us-east", Reason.DEFAULT)),
        (Sample(choice="eu-west", time_zone="America/Lima"), Routed("eu-west", Reason.CHOICE)),
        (Sample(choice="ap-south"), Refusal.REGION_NOT_OPEN),
        (Sample(time_zone="Europe/Paris", country="US"), Routed("eu-west", Reason.TIME_ZONE)),
        (Sample(time_zone="America/Argentina/Salta"), Routed("us-east", Reason.TIME_ZONE)),
        (Sample(time_zone="Asia/Kolkata", country="DE"), Routed("eu-west", Reason.COUNTRY)),
        (Sample(time_zone="Asia/Kolkata", country="JP"), Routed("us-east", Reason.DEFAULT)),
        (Sample(home="eu-west", country="US"), Routed("eu-west", Reason.HOME)),
        (Sample(home="ap-south"), Refusal.REGION_CLOSED),
    ],
    ids=str,
)
def test_a_request_goes_where_its_signs_say(sample: Sample, answer: Routed | Refusal) -> None:
    assert route(OPEN, sample) == answer


def test_a_draining_region_keeps_its_users_and_takes_no_new_ones() -> None:
    assert route(DRAINED, Sample(home="us-east")) == Routed("us-east", Reason.HOME)
    assert route(DRAINED, Sample(country="US")) == Routed("eu-west", Reason.DEFAULT)


def test_without_an_active_region_users_go_on_and_visitors_meet_the_default_one_which_takes_nobody_new() -> None:
    assert route(NONE_OPEN, Sample(home="eu-west")) == Routed("eu-west", Reason.HOME)
    assert route(NONE_OPEN, Sample(country="US")) == Routed("us-east", Reason.NONE)
    assert route(NONE_OPEN, Sample(choice="us-east")) == Refusal.REGION_NOT_OPEN


SAMPLES = [
    Sample(choice=choice, time_zone=zone, country=country)
    for choice in (None, "eu-west", "us-east", "ap-south", "nowhere")
    for zone in (None, "Europe/Paris", "America/Argentina/Salta", "Asia/Kolkata", "Europe", "UTC", "/", "America/")
    for country in (None, "DE", "US", "IN", "JP")
]

# A `json` binding reaches the Worker parsed. URL.parse is workerd's and newer Node's: https://developer.mozilla.org/en-US/docs/Web/API/URL/parse_static
SCRIPT = """
URL.parse ??= (text) => { try { return new URL(text); } catch { return null; } };
const { parseTable } = await import(process.argv[1] + "/regions.js");
const { placementOf } = await import(process.argv[1] + "/placement.js");
const { tables, samples } = JSON.parse(await new Response(process.stdin).text());
const answer = (table, { choice, time_zone: timeZone, country }) => {
  try { return placementOf(table, { choice, timeZone, country }); } catch (error) { return { code: error.code }; }
};
const parsed = tables.map((text) => parseTable(JSON.parse(text)));
console.log(JSON.stringify(parsed.map((table) => samples.map((sample) => answer(table, sample)))));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node runs the Worker's own code")
def test_the_workers_own_code_takes_the_table_and_places_alike() -> None:
    tables = [OPEN, DRAINED, NONE_OPEN]
    question = {"tables": [made.as_json() for made in tables], "samples": [asdict(sample) for sample in SAMPLES]}
    answers = _in_node(question)
    for made, placed in zip(tables, answers, strict=True):
        assert placed == [_as_worker_says(made, sample) for sample in SAMPLES]


def _in_node(question: dict[str, Any]) -> list[list[dict[str, str]]]:
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", SCRIPT, (WORKER_DIR / "src").as_uri()],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[list[dict[str, str]]] = json.loads(done.stdout)
    return answers


def _as_worker_says(made: Table, sample: Sample) -> dict[str, str]:
    answer = route(made, sample)
    return {"code": answer} if isinstance(answer, Refusal) else {"region": answer.region, "reason": answer.reason}
