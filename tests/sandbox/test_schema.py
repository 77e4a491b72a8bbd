from __future__ import annotations

import subprocess
import sys

import pytest

from regionctl.providers.schema import Kind, UnknownType, inputs, outputs, package, type_schema

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"


def test_outputs_are_told_with_their_kinds() -> None:
    kinds = outputs(INSTANCE)
    assert kinds["connectionName"] is Kind.STRING
    assert kinds["deletionProtection"] is Kind.BOOLEAN
    assert kinds["settings"] is Kind.OBJECT
    assert kinds["ipAddresses"] is Kind.LIST
    assert "connectionName" not in inputs(INSTANCE)


def test_required_and_output_only_properties_are_known() -> None:
    schema = type_schema(INSTANCE)
    assert {name for name, prop in schema.inputs.items() if prop.required} == {"databaseVersion"}
    assert "selfLink" in schema.output_only
    assert "rootPassword" in schema.secrets


def test_a_nested_block_has_its_own_properties() -> None:
    schema = type_schema(INSTANCE)
    settings = schema.fields(schema.inputs["settings"].shape)
    assert settings["tier"].required
    configuration = schema.fields(settings["ipConfiguration"].shape)
    assert configuration["ipv4Enabled"].shape.kind is Kind.BOOLEAN


def test_a_type_with_capitals_in_its_name_is_found() -> None:
    assert inputs("gcp:projects/iAMMember:IAMMember")["member"] is Kind.STRING
    assert inputs("gcp:compute/uRLMap:URLMap")["defaultService"] is Kind.STRING


@pytest.mark.parametrize("provider", ["gcp", "cloudflare"])
def test_every_type_of_a_provider_can_be_read(provider: str) -> None:
    sdk = package(provider)
    assert len(sdk.types) > 100
    assert [token for token in sdk.types if not sdk.schema(token).outputs] == []


def test_a_type_that_the_sdk_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownType) as refused:
        type_schema("gcp:sql/databse:Databse")
    assert refused.value.token == "gcp:sql/databse:Databse"


def test_reading_a_type_imports_no_provider() -> None:
    code = (
        "import sys; from regionctl.providers.schema import outputs;"
        f"outputs({INSTANCE!r}); print(any(name.startswith('pulumi') for name in sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
