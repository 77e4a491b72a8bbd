"""Every place that asks whether a fleet is in the cloud is passed by a test of a cloud fleet; a new one needs one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("regionctl", "regions", "components", "stacks", "fleet", "cli")

LIFE = "tests/cloud/test_life.py"
UP = f"{LIFE}::test_it_comes_up_whole_once_the_cloud_has_had_time_for_certificates"
DOWN = f"{LIFE}::test_it_goes_down_region_by_region_and_then_whole"
ASKED = f"{LIFE}::test_every_question_about_it_is_answered"
SANDBOX = f"{LIFE}::test_emulated_clouds_are_no_business_of_a_cloud_fleet"
BEFORE = "tests/cloud/test_before.py"
DOCTOR = f"{BEFORE}::test_the_doctor_of_a_fresh_cloud_fleet_says_all_that_is_missing"
MISSING = f"{BEFORE}::test_secrets_that_nobody_provided_stop_a_plan_and_are_marked_missing"
BOOTSTRAP = f"{LIFE}::test_a_bootstrap_of_what_is_up_asks_it_over_https"
DISK = f"{BEFORE}::test_no_folder_of_a_sandbox_is_made_for_a_cloud_fleet"

# By function, how often it names a target, and the test of a cloud fleet that passes it.
USES = {
    "fleet/sandbox.py::data_file": (1, SANDBOX),
    "fleet/bootstrap/preflight.py::_secrets": (1, BOOTSTRAP),
    "fleet/bootstrap/preflight.py::preflight": (1, BOOTSTRAP),
    "fleet/bootstrap/run.py::_may_apply": (1, f"{BEFORE}::test_a_bootstrap_asks_for_the_fleets_name"),
    "fleet/bootstrap/run.py::bring_up": (1, BOOTSTRAP),
    "fleet/bootstrap/preflight.py::get_tools": (1, BOOTSTRAP),
    "fleet/doctor/fleet.py::_secrets": (1, DOCTOR),
    "fleet/doctor/fleet.py::check_fleet": (1, DOCTOR),
    "fleet/doctor/state.py::_passphrase": (
        1,
        f"{BEFORE}::test_the_doctor_asks_for_no_passphrase_file_of_a_cloud_fleet",
    ),
    "fleet/edge.py::Admission._early": (1, UP),
    "fleet/next_steps.py::_of": (1, f"{LIFE}::test_a_planned_region_has_its_records_before_it_is_activated"),
    "cli/views/header.py::print_header": (1, UP),
    "cli/views/secrets.py::_cell": (1, MISSING),
    "cli/views/secrets.py::_say_what_to_do": (1, MISSING),
    "fleet/evidence.py::_Stack._wanted": (1, f"{LIFE}::test_every_proof_holds"),
    "fleet/run.py::_may_destroy": (1, DOWN),
    "fleet/run.py::refuse_active": (1, DOWN),
    "fleet/services.py::_probe": (1, UP),
    "fleet/services.py::_probe_all": (1, BOOTSTRAP),
    "fleet/taken_names.py::refuse_taken_names": (1, UP),
    "regionctl/engine/runs/failures.py::Patience.__init__": (1, UP),
    "regionctl/engine/engine.py::Engine._finder": (1, UP),
    "regionctl/engine/engine.py::Engine.attached": (1, UP),
    "regionctl/engine/runs/preflight.py::check_cloud": (
        1,
        f"{BEFORE}::test_each_stack_is_asked_for_what_its_providers_need",
    ),
    "regionctl/engine/secrets/slots.py::_ensure_secrets": (1, MISSING),
    "regionctl/engine/state/repair.py::NoWholeState.__init__": (
        1,
        f"{BEFORE}::test_a_state_that_nothing_mends_is_not_to_be_started_over_in_a_cloud",
    ),
    "regionctl/engine/workspace.py::Workspace.environment": (2, DISK),
    "regionctl/engine/workspace.py::Workspace.prepare": (1, DISK),
    "stacks/edge.py::_provider": (1, f"{LIFE}::test_a_cloudflare_token_is_replaced_without_touching_anything_else"),
    "stacks/secret_slots.py::edge_slots": (1, MISSING),
}


def uses(tree: ast.Module) -> Iterator[str]:
    """The function or method around each `Target.CLOUD` and `Target.SANDBOX`."""

    def visit(node: ast.AST, names: tuple[str, ...]) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inside = names
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inside = (*names, child.name)
            if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id == "Target":
                yield ".".join(names)
            yield from visit(child, inside)

    return visit(tree, ())


def found() -> Counter[str]:
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return Counter(
        f"{file.relative_to(ROOT).as_posix()}::{function}"
        for file in files
        for function in uses(ast.parse(file.read_text(encoding="utf-8")))
    )


def test_every_place_that_names_a_target_is_in_the_list() -> None:
    assert dict(found()) == {place: count for place, (count, _) in USES.items()}


def test_no_place_asks_for_a_target_by_its_text() -> None:
    """Then the list would not see it."""
    texts = ('target == "', "target == '", 'target in {"', '"cloud" ==')
    wrong = [
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if any(text in file.read_text(encoding="utf-8") for text in texts)
    ]
    assert wrong == []


@pytest.mark.parametrize("test", sorted({test for _, test in USES.values()}))
def test_the_test_that_passes_it_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
