"""The stack of a fleet's CI: there where the spec has `ci:`, and only for whoever names it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from regionctl.engine import Engine, RunOptions, Workspace
from regionctl.model.program import StackProgram
from regionctl.proofs import Evidence
from regionctl.proofs.prove import CHECKS
from regionctl.render import render
from regionctl.sandbox import clouds
from regions.load import Fleet
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from regions.spec import CiSpec, OrganisationSpec
from stacks.facts import rests_outside, stack_facts
from stacks.programs import programs
from tests.cli.holding import Holding, fleet
from tests.proofs.evidence import TODAY
from tests.sandbox.runs import changes
from tests.stacks.fleets import PROD

__all__ = ["fleet"]

SPEC = CiSpec(repository="acme/platform", repository_id="123", owner_id="45")
YAML = '\nci:\n  repository: acme/platform\n  repository_id: "123"\n  owner_id: "45"\n'


def with_ci(**changes: object) -> Fleet:
    return replace(PROD, spec=PROD.spec.model_copy(update={"ci": SPEC, **changes}))


def program(**changes: object) -> StackProgram:
    return programs(with_ci(**changes))["prod.ci"]


def test_a_fleet_has_such_a_stack_where_its_file_says_the_repository() -> None:
    assert set(programs(with_ci())) - set(programs(PROD)) == {"prod.ci"}


def test_without_other_words_the_environment_of_the_fleets_name_deploys() -> None:
    names = [resource.name for resource in render(program()).resources.values()]
    assert {"ci-plan-read-only", "ci-deploy-prod"} <= set(names)


@pytest.mark.parametrize(
    "wrong",
    [
        {"repository": "acme"},
        {"repository_id": 123},
        {"owner_id": "acme"},
        {"plan_environments": []},
        {"deploy_environments": ["pro'd"]},
        {"deploy_environments": ["read-only"]},
    ],
    ids=str,
)
def test_what_could_let_others_in_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CiSpec.model_validate({**SPEC.model_dump(), **wrong})


@pytest.mark.parametrize("organised", [False, True])
def test_it_holds_to_every_check(organised: bool) -> None:
    organisation = OrganisationSpec(id="123456789012", billing_account="01AB23-CD45EF-678901") if organised else None
    whole = with_ci(organisation=organisation)
    evidence = Evidence(
        renders={"prod.ci": render(programs(whole)["prod.ci"])},
        facts={"prod.ci": stack_facts(whole)["prod.ci"]},
        today=TODAY,
        places={**JURISDICTION_OF, **MULTI_REGIONS},
        outside=tuple(rests_outside(whole)),
    )
    assert [finding for check in CHECKS for finding in check.run(evidence)] == []


def test_what_is_done_to_every_stack_is_not_done_to_it(fleet: Holding) -> None:
    """A pipeline runs over `--all`; it must not decide who it is itself."""
    file = fleet.file("prod/fleet.yaml")
    file.write_text(file.read_text() + YAML)
    listed = fleet.run("list", "--json").json["fleets"]
    assert "prod.ci" in [stack["stack"] for one in listed for stack in one["stacks"]]
    matrix = fleet.run("ci", "matrix")
    assert "prod.auth" in matrix.out
    assert "prod.ci" not in matrix.out


@pytest.mark.engine
def test_it_comes_up_and_goes_in_emulated_clouds(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: regionctl\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    workspace, stack = Workspace.default(tmp_path), program()
    with Engine(workspace=workspace).attached(stack) as engine:
        changes(engine.apply([stack]))
        outputs = engine.outputs(stack)
        assert outputs["deploy_account"] == "ci-deploy@acme-prod-ci-1.iam.gserviceaccount.com"
        assert outputs["workload_identity_provider"].endswith("/workloadIdentityPools/pipelines-1/providers/github")
        assert outputs["workload_identity_provider"].split("/")[1].isdigit()
        assert changes(engine.plan([stack])) == {}
        changes(engine.destroy([stack], RunOptions(unprotect=True)))
        assert clouds.resources(workspace.sandbox_data("prod")) == []
