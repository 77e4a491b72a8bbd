"""What a provider's schema says goes into the tables, and what somebody wrote by hand stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.facts import TABLES, WrongSchema, main, text_of, told, updated

REDIS = "gcp:redis/instance:Instance"
USER = "gcp:sql/user:User"
POLICY = "gcp:redis/InstanceMaintenancePolicy:InstanceMaintenancePolicy"
WINDOW = "gcp:redis/InstanceWindow:InstanceWindow"
TEXT: Mapping[str, Any] = {"type": "string"}


def schema(
    inputs: Mapping[str, Any], types: Mapping[str, Any] | None = None, required: Sequence[str] = ()
) -> dict[str, Any]:
    """A schema of one type, as `pulumi package get-schema` prints it."""
    resource = {"inputProperties": inputs, "properties": inputs, "requiredInputs": list(required)}
    return {"name": "gcp", "version": "10.2.0", "resources": {REDIS: resource}, "types": types or {}}


def table(**rows: Any) -> dict[str, Any]:
    return {"source": "terraform-provider-google-beta 8.0.0", "types": {REDIS: rows}}


def rows_of(
    inputs: Mapping[str, Any], before: Mapping[str, Any], types: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    after, _ = updated(table(**before), schema(inputs, types))
    rows: Mapping[str, Any] = after["types"][REDIS]
    return rows


def test_what_replaces_is_secret_or_deprecated_comes_and_what_no_longer_is_goes() -> None:
    inputs = {
        "tier": {**TEXT, "willReplaceOnChanges": True},
        "authString": {**TEXT, "secret": True},
        "region": {**TEXT, "deprecationMessage": "use location"},
        "name": TEXT,
    }
    before = {"replace": ["name"], "secret": ["name"], "computed": ["region"], "enum": {"tier": ["BASIC"]}}
    assert rows_of(inputs, before) == {
        "replace": ["tier"],
        "secret": ["authString"],
        "computed": ["region"],
        "enum": {"tier": ["BASIC"]},
        "deprecated": {"region": "use location"},
    }


def test_blocks_lists_and_maps_have_paths_as_the_tables_write_them() -> None:
    policy = {
        "properties": {"windows": {"type": "array", "items": {"$ref": f"#/types/{WINDOW.replace('/', '%2F')}"}}},
    }
    window = {
        "properties": {
            "day": {**TEXT, "willReplaceOnChanges": True},
            "tags": {"type": "object", "additionalProperties": {"$ref": f"#/types/{POLICY}"}, "secret": True},
        },
    }
    inputs = {"maintenancePolicy": {"$ref": f"#/types/{POLICY}"}}
    found = told(REDIS, schema(inputs, {POLICY: policy, WINDOW: window}))
    assert found["replace"] == ["maintenancePolicy.windows[].day"]
    assert found["secret"] == ["maintenancePolicy.windows[].tags"]  # a policy within itself is passed over


def test_only_a_required_property_that_the_sdk_leaves_optional_is_a_row() -> None:
    found = told(REDIS, schema({"memorySizeGb": {"type": "integer"}, "tier": TEXT}, required=("memorySizeGb", "tier")))
    assert found["required"] == ["tier"]  # `memory_size_gb` is required by the SDK's class already


def test_an_enumeration_that_any_string_goes_with_is_no_row() -> None:
    tier = {"type": "string", "enum": [{"value": "BASIC"}, {"value": "STANDARD_HA"}]}
    ref = {"$ref": "#/types/gcp:redis/Tier:Tier"}
    inputs = {"tier": ref, "connectMode": {"type": "string", "oneOf": [TEXT, ref]}}
    found = rows_of(inputs, {"enum": {"readReplicasMode": ["READ"]}}, {"gcp:redis/Tier:Tier": tier})
    assert found == {"enum": {"readReplicasMode": ["READ"], "tier": ["BASIC", "STANDARD_HA"]}}


def test_a_type_of_the_plugin_framework_keeps_its_replacements() -> None:
    assert rows_of({"tier": TEXT}, {"replace": ["tier"]}) == {"replace": ["tier"]}


def test_what_replaces_only_where_it_is_given_is_not_said_twice() -> None:
    inputs = {name: {**TEXT, "willReplaceOnChanges": True} for name in ("tier", "name")}
    assert rows_of(inputs, {"replaceIfGiven": ["tier"]}) == {"replaceIfGiven": ["tier"], "replace": ["name"]}


PROPERTIES = ("name", "tier", "region", "redisVersion")
paths = st.lists(st.sampled_from(PROPERTIES), unique=True).map(sorted)
specs = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "willReplaceOnChanges": st.booleans(),
        "secret": st.booleans(),
        "deprecationMessage": st.sampled_from(["", "use another"]),
        "default": st.sampled_from(["a", "b"]),
    },
)
befores = st.fixed_dictionaries(
    {},
    optional={
        "replace": paths,
        "secret": paths,
        "computed": paths,
        "default": st.dictionaries(st.sampled_from(PROPERTIES), st.sampled_from(["a", "c"])),
        "byHand": st.fixed_dictionaries(
            {}, optional={"replace": paths, "secret": paths, "default": st.just({"name": "x"})}
        ),
    },
)


@given(before=befores, inputs=st.fixed_dictionaries(dict.fromkeys(PROPERTIES, specs)))
def test_a_second_run_changes_nothing_and_what_was_written_by_hand_stays(
    before: Mapping[str, Any], inputs: Mapping[str, Any]
) -> None:
    once, _ = updated(table(**before), schema(inputs))
    again, lines = updated(once, schema(inputs))
    assert (again, lines) == (once, [])
    assert text_of(json.loads(text_of(once))) == text_of(once)
    rows = once["types"][REDIS]
    for name in ("byHand", "computed"):  # of a schema's there is nothing in them
        assert rows.get(name) == before.get(name)
    said = {name for name, spec in inputs.items() if spec.get("secret")}
    assert set(rows.get("secret", ())) == said - set(before.get("byHand", {}).get("secret", ()))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., None]:
    """Writes a schema and runs the command on a folder of tables with one of Redis."""
    folder = tmp_path / "gcp" / "redis"
    folder.mkdir(parents=True)
    (folder / "facts.json").write_text(text_of(table(replace=["name"])))
    requirements = tmp_path / "requirements.lock"
    requirements.write_text("pulumi-gcp==10.2.0 \\\n    --hash=sha256:00\n")

    def command(content: object, *options: str) -> None:
        file = tmp_path / "schema.json"
        file.write_text(json.dumps(content))
        main([str(file), *options], tmp_path, requirements)

    return command


def test_the_command_says_what_changed_and_the_second_time_that_nothing_does(
    run: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = schema({"tier": {**TEXT, "willReplaceOnChanges": True}})
    run(asked)
    assert capsys.readouterr().out == f"{REDIS}: replace -name +tier\n1 of 1 tables changed\n"
    written = json.loads((tmp_path / "gcp" / "redis" / "facts.json").read_text())
    assert written["schema"] == "pulumi-gcp 10.2.0"
    assert written["types"] == {REDIS: {"replace": ["tier"]}}
    run(asked)
    assert capsys.readouterr().out == "nothing to change\n"


def test_a_type_that_the_schema_does_not_know_keeps_its_rows(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run({**schema({}), "resources": {USER: {}}})
    assert f"{REDIS}: not in this schema; its rows stay" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({**schema({}), "version": "10.1.0"}, "10.1.0, where requirements.lock names 10.2.0"),
        ({key: value for key, value in schema({}).items() if key != "version"}, "of no version"),
        ({**schema({}), "name": "aws"}, "no tables of the provider 'aws'"),
        ([], "no Pulumi schema"),
    ],
)
def test_the_schema_of_another_provider_or_version_is_refused_and_nothing_is_written(
    run: Callable[..., None], tmp_path: Path, content: object, says: str
) -> None:
    before = (tmp_path / "gcp" / "redis" / "facts.json").read_text()
    with pytest.raises(WrongSchema, match=says):
        run(content)
    assert (tmp_path / "gcp" / "redis" / "facts.json").read_text() == before


def test_another_version_is_taken_where_that_is_asked_for(run: Callable[..., None], tmp_path: Path) -> None:
    run({**schema({}), "version": "v11.0.0"}, "--any-version")
    assert "pulumi-gcp v11.0.0" in (tmp_path / "gcp" / "redis" / "facts.json").read_text()


@pytest.mark.parametrize("file", sorted(TABLES.glob("*/**/facts.json")), ids=lambda file: str(file.relative_to(TABLES)))
def test_a_table_is_kept_as_the_tool_would_write_it(file: Path) -> None:
    assert text_of(json.loads(file.read_text())) == file.read_text()
