"""Prints what the stacks declare and how the SDK sees the classes that they use: JSON, for a test to compare.

python -m tests.sdk.both_ways; REGIONCTL_IMPORTS says how the packages are imported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pulumi
import pulumi._types as types

from regionctl.render import render
from regions.load import fleets, load_fleet
from stacks.programs import programs

REGIONS = Path(__file__).parents[2] / "regions"
# Their nested types are all resolved; of the other packages those of the resources.
WHOLE = ("pulumi_gcp.sql", "pulumi_gcp.redis", "pulumi_gcp.cloudrunv2", "pulumi_gcp.pubsub")


class Answers(pulumi.runtime.Mocks):
    """A provider that gives what a resource was told, and what the database's cloud would add."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return "the-id", {**args.inputs, "ipAddresses": [{"ipAddress": "10.0.0.3", "type": "PRIVATE"}]}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


def main() -> None:
    declared = {
        f"{fleet} {name}": repr(render(program))
        for fleet in fleets(REGIONS)
        for name, program in programs(load_fleet(REGIONS, fleet)).items()
    }
    import pulumi_gcp as gcp

    document = {
        "ways": sorted({type(gcp.compute).__name__, type(sys.modules["pulumi_cloudflare"]).__name__}),
        "declared": declared,
        "types": dict(_types()),
        "outputs": _outputs(gcp),
    }
    sys.stdout.write(json.dumps(document, sort_keys=True))


def _types() -> Any:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in {"pulumi_gcp", "pulumi_cloudflare"} and "AtFirstUse" not in type(module).__name__:
            for member in list(vars(module).values()):
                if isinstance(member, type) and member.__module__ == name:
                    yield from _of_class(name, member)


def _of_class(module: str, one: type) -> Any:
    if issubclass(one, pulumi.CustomResource):
        yield f"{module}.{one.__name__}", repr(types.resource_types(one))
    elif module.startswith(WHOLE) and types.is_input_type(one):
        yield f"{module}.{one.__name__}", repr(types.input_type_types(one))
    elif module.startswith(WHOLE) and types.is_output_type(one):
        yield f"{module}.{one.__name__}", repr(types.output_type_types(one))


def _outputs(gcp: Any) -> list[str]:
    """Of a resource with nested inputs, once as classes and once as dicts: what its outputs are for a program."""
    pulumi.runtime.set_mocks(Answers())
    seen: list[str] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def make() -> Any:
        flags = [gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name="max_connections", value="100")]
        by_class = gcp.sql.DatabaseInstance(
            "by-class",
            database_version="POSTGRES_16",
            settings=gcp.sql.DatabaseInstanceSettingsArgs(tier="db-f1-micro", database_flags=flags),
        )
        by_dict = gcp.sql.DatabaseInstance(
            "by-dict",
            database_version="POSTGRES_16",
            settings={"tier": "db-f1-micro", "database_flags": [{"name": "max_connections", "value": "100"}]},
        )

        def look(settings: Any) -> str:
            flag = settings.database_flags[0]
            return f"{type(settings)} {settings.tier} {type(flag)} {flag.value}"

        looked = [one.settings.apply(look) for one in (by_class, by_dict)]
        return pulumi.Output.all(
            *looked, by_class.ip_addresses.apply(lambda them: f"{type(them[0])} {them[0].ip_address}")
        ).apply(seen.extend)

    make()
    return seen


if __name__ == "__main__":
    main()
