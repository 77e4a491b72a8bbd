"""`diff --out` and `up --plan`, by the real engine: two small stacks stand for a fleet, and one reads the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Engine
from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target
from stacks.applied import Applied
from tests.cli.holding import Holding, Said, fleet, resource
from tests.engine.conftest import Toy, toy
from tests.engine.toy import Thing

__all__ = ["fleet", "toy"]

CANARY = "canary-4711-in-a-plan"
SPEC = "prod/eu-west.yaml"


@dataclass
class Small:
    """The fleet `prod` with two stacks. `size` and `fault` are part of what they declare."""

    fleet: Holding
    toy: Toy
    size: int = 1
    fault: str | None = None

    def programs(self) -> dict[str, StackProgram]:
        auth = replace(_stack("prod.auth", self._auth), secrets={"bird": SecretSlot(kind=SecretKind.GENERATED)})
        region = replace(_stack("prod.eu-west", self._region), needs=("prod.auth",))
        return {"prod.auth": auth, "prod.eu-west": region}

    def run(self, *args: str) -> Said:
        return self.fleet.run(*args)

    @property
    def plan(self) -> Path:
        return self.fleet.root / "plan.json"

    def save(self, *stacks: str) -> Said:
        saved = self.run("diff", *stacks, "--out", "plan.json", "--json")
        assert saved.code == 0, saved.err
        assert [stack["stack"] for stack in saved.json["stacks"]] == [f"prod.{stack}" for stack in stacks]
        return saved

    def apply(self) -> Said:
        return self.run("up", "--plan", "plan.json", "--yes")

    def _auth(self) -> None:
        bird = pulumi.Config().require_secret("bird")
        made = Thing("database", {"size": self.size}, fault=self.fault)
        Thing("nest", {"deep": [bird.apply(lambda value: value[::-1])]})
        pulumi.export("path", made.path)
        pulumi.export("size", self.size)

    def _region(self) -> None:
        auth = Applied("prod.auth")
        Thing("table", {"origin": auth.output("path"), "size": auth.output("size")})


def _stack(name: str, run: Callable[[], None]) -> StackProgram:
    return StackProgram(project="toys", name=name, fleet="prod", region=None, target=Target.SANDBOX, run=run)


@dataclass(frozen=True, kw_only=True)
class AttachedEngine(Engine):
    """Of the toy cloud, which runs already."""

    @contextmanager
    def attached(self, _program: StackProgram, _coming: Sequence[StackProgram] = ()) -> Iterator[Engine]:
        yield self


@pytest.fixture
def small(fleet: Holding, toy: Toy) -> Small:
    made = Small(fleet, toy)
    engine = AttachedEngine(**{one.name: getattr(toy.engine, one.name) for one in fields(toy.engine)})
    code = fleet.root / "components"
    code.mkdir()
    (code / "database.py").write_text("size = 1\n")
    fleet.with_services(code=fleet.root, engine=lambda _workspace: engine, programs=lambda _fleet: made.programs())
    return made


@pytest.mark.engine
def test_a_fleet_is_applied_as_it_was_saved_with_what_was_unknown_then(small: Small) -> None:
    small.toy.engine.set_secret(small.programs()["prod.auth"], "bird", CANARY)
    small.save("auth", "eu-west")
    content = small.plan.read_text()
    assert CANARY not in content
    assert CANARY[::-1] not in content
    assert '"origin": "[unknown]"' in content
    assert "value.deep[0]" in content
    assert small.toy.cloud.ids() == []

    applied = small.apply()
    assert applied.code == 0, applied.err
    assert "plan.json: made by " in applied.err
    assert small.toy.cloud.ids() == ["database/", "nest/", "table/"]
    assert "things/database/" in str(small.toy.cloud.get("table/"))
    assert "nothing to do" in small.run("diff", "auth", "eu-west").out

    again = small.apply()
    assert again.code == 1
    assert "the state of prod.auth is at update 1, the plan was made at 0" in again.err
    assert "make a new plan: regionctl diff --all --out plan.json" in again.err


@pytest.mark.engine
def test_what_changed_since_is_named_and_nothing_is_touched(small: Small) -> None:
    small.save("auth")
    small.fleet.file(SPEC).write_text(small.fleet.file(SPEC).read_text() + "\n# another line\n")
    (small.fleet.root / "components" / "database.py").write_text("size = 2\n")
    refused = small.apply()
    assert refused.code == 1
    assert "components/database.py changed since the plan" in refused.err
    assert "regions/prod/eu-west.yaml changed since the plan" in refused.err
    assert small.toy.cloud.ids() == []


@pytest.mark.engine
def test_other_steps_and_other_secrets_are_named_and_nothing_is_touched(small: Small) -> None:
    small.save("auth")
    small.size = 2  # as nothing that has a digest would: a value from the surroundings
    small.toy.engine.set_secret(small.programs()["prod.auth"], "bird", CANARY)
    refused = small.apply()
    assert refused.code == 1
    assert "prod.auth: database: value.size would be 2, planned was 1" in refused.err
    assert "prod.auth: nest: the secret value.deep[0] is not the one that was planned" in refused.err
    assert CANARY not in refused.err
    assert small.toy.cloud.ids() == []


@pytest.mark.engine
def test_a_known_value_that_changes_on_the_way_stops_what_reads_it(small: Small) -> None:
    for stack in small.programs().values():
        small.toy.engine.apply([stack])
    small.size = 2
    saved = small.save("auth", "eu-west")
    assert "this changes size of prod.auth: where prod.eu-west reads that, it is refused" in saved.err
    applied = small.apply()
    assert applied.code == 1
    assert "prod.eu-west is not applied, nothing of it was touched" in applied.err
    assert "prod.eu-west: table: value.size would be 2, planned was 1" in applied.err
    assert '"size": 2' in str(small.toy.cloud.get("database/"))
    assert '"size": 1' in str(small.toy.cloud.get("table/"))


@pytest.mark.engine
def test_a_changed_file_and_a_strange_key_are_refused(small: Small) -> None:
    small.save("auth")
    document = json.loads(small.plan.read_text())
    small.plan.write_text(json.dumps({**document, "expires": "2099-01-01T00:00:00Z"}))
    assert "changed since it was saved" in small.apply().err
    small.plan.write_text(json.dumps({**document, "key": {"stack": "prod.auth", "wrapped": "v1:AAAA:AAAA"}}))
    assert "its key does not open with the passphrase" in small.apply().err
    assert small.toy.cloud.ids() == []


@pytest.mark.engine
def test_what_fails_on_the_way_goes_on_with_a_new_plan(small: Small) -> None:
    small.fault = "refuse"
    small.save("auth")
    failed = small.apply()
    assert failed.code == 1
    assert "; to go on, make a new plan: regionctl diff auth --out plan.json" in failed.err


def test_a_plan_is_not_made_on_an_operation_that_was_never_finished(fleet: Holding) -> None:
    key = resource("gcp:kms/cryptoKey:CryptoKey", "keys-database")
    fleet.hold("prod.auth", [key], {"listening": []})
    checkpoint = json.loads(fleet.checkpoint("prod.auth").read_text())
    checkpoint["checkpoint"]["latest"]["pending_operations"] = [{"type": "updating", "resource": key}]
    fleet.checkpoint("prod.auth").write_text(json.dumps(checkpoint))
    said = fleet.run("diff", "auth", "--out", "plan.json")
    assert said.code == 1
    assert "prod.auth: updating gcp:kms/cryptoKey:CryptoKey 'keys-database' was never finished" in said.err
    assert "settle it first: regionctl refresh auth" in said.err
    assert not (fleet.root / "plan.json").exists()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["up", "auth", "--plan", "p.json"], "--plan says which stacks and how; leave out auth"),
        (["up", "--all", "--refresh", "--plan", "p.json"], "leave out --all, --refresh"),
        (["up", "--target", "urn:x", "--allow", "db", "--plan", "p.json"], "leave out --target, --allow"),
        (["up", "--plan", "p.json"], "p.json: no saved plan, or not a whole one (there is no such file)"),
        (["diff", "auth", "--out", "p.json", "--expires", "5 hours"], "write a number and a unit: 90m, 24h, 7d"),
        (["diff", "auth", "--expires", "1h"], "give --out FILE too"),
        (["diff", "auth", "--out", "no/p.json"], "no/p.json: its folder is not there"),
        (["diff", "auth", "--out", "p.json", "--refresh"], "first run: regionctl refresh auth"),
    ],
)
def test_bad_input_gets_one_line(fleet: Holding, args: list[str], says: str) -> None:
    said = fleet.run(*args, *(["--yes"] if args[0] == "up" else []))
    assert said.code == 1
    assert says in said.err
    assert "Traceback" not in said.err
    assert not (fleet.root / "p.json").exists()
