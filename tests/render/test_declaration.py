"""What a render gives: resources with their inputs, dependencies, parents and options, and outputs."""

from __future__ import annotations

import pickle
from pathlib import Path

import pulumi
from hypothesis import given
from hypothesis import strategies as st
from pulumi_gcp import compute

from regionctl.render import (
    UNKNOWN,
    Alias,
    Asset,
    CustomTimeouts,
    Declaration,
    Resource,
    Secret,
    Symbol,
    Symbolic,
    render,
)
from tests.render import programs
from tests.render.programs import PREFIX, Net, program, vault


def one(declaration: Declaration, name: str) -> Resource:
    (resource,) = declaration.named(name)
    return resource


def net() -> None:
    pulumi.export("network", Net("a").network_id)


def test_a_component_holds_its_resources() -> None:
    declaration = render(program(net))
    (component,) = declaration.children(None)
    assert component.urn == f"{PREFIX}test:index:Net::a"
    assert component.component
    assert [r.name for r in declaration.children(component.urn)] == ["a-net", "a-sub"]
    assert one(declaration, "a-net").urn == f"{PREFIX}test:index:Net$gcp:compute/network:Network::a-net"


def test_what_only_the_cloud_knows_is_symbolic_and_says_where_it_comes_from() -> None:
    declaration = render(program(net))
    network = one(declaration, "a-net").urn
    subnet = one(declaration, "a-sub")
    assert subnet.inputs["network"] == "${a-net.id}"
    description = subnet.inputs["description"]
    assert isinstance(description, Symbolic)
    assert description == "in ${a-net.selfLink}"
    assert description.symbols == (Symbol(network, "selfLink"),)
    assert subnet.dependencies == (network,)
    assert subnet.property_dependencies["description"] == (network,)
    assert subnet.property_dependencies["ipCidrRange"] == ()


def test_outputs_of_stack_and_component_carry_symbols() -> None:
    declaration = render(program(net))
    assert declaration.outputs == {"network": "${a-net.id}"}
    assert one(declaration, "a").outputs == {"networkId": "${a-net.id}"}


def test_two_types_of_one_name_have_symbols_of_their_own() -> None:
    def twins() -> None:
        network = compute.Network("twin")
        address = compute.GlobalAddress("twin")
        pulumi.export("both", [network.self_link, address.self_link])

    both = render(program(twins)).outputs["both"]
    assert isinstance(both, list)
    assert [s.symbols[0].source.split("::")[2] for s in both] == [
        "gcp:compute/network:Network",
        "gcp:compute/globalAddress:GlobalAddress",
    ]
    assert both[0] != both[1]


def test_text_that_only_looks_like_a_symbol_is_text() -> None:
    def alert() -> None:
        compute.Network("a", description="${metric.display_name} of ${a.nothing}")

    description = one(render(program(alert)), "a").inputs["description"]
    assert not isinstance(description, Symbolic)


def test_computed_values_that_are_no_strings_are_unknown() -> None:
    def size() -> None:
        pulumi.export("addresses", compute.Network("a").mtu)

    assert render(program(size)).outputs == {"addresses": UNKNOWN}


def test_a_secret_stays_secret_wherever_it_goes() -> None:
    declaration = render(program(vault, "password"))
    held = one(declaration, "version").inputs["secretData"]
    assert isinstance(held, Secret)
    assert held.value == Symbolic("${config.password}")
    login = declaration.outputs["login"]
    assert isinstance(login, Secret)
    assert isinstance(login.value, Symbolic)
    assert login.value.symbols == (Symbol("config", "password"),)
    assert "config.password" not in repr(declaration.outputs)


def test_config_is_what_the_stack_gets() -> None:
    def read() -> None:
        pulumi.export("size", pulumi.Config().require("size"))

    assert render(program(read)).outputs == {"size": "small"}


def test_options_are_told() -> None:
    def options() -> None:
        first = compute.Network("first")
        compute.Network(
            "second",
            opts=pulumi.ResourceOptions(
                protect=True,
                ignore_changes=["description"],
                delete_before_replace=True,
                replace_on_changes=["mtu"],
                aliases=[pulumi.Alias(name="old"), "urn:pulumi:a::b::c::d"],
                additional_secret_outputs=["self_link"],
                import_="projects/acme/global/networks/second",
                retain_on_delete=True,
                custom_timeouts=pulumi.CustomTimeouts(create="20m"),
                deleted_with=first,
                depends_on=[first],
                version="9.9.9",
            ),
        )

    declaration = render(program(options))
    first, second = one(declaration, "first"), one(declaration, "second")
    told = second.options
    assert told.protect
    assert told.retain_on_delete
    assert told.delete_before_replace
    assert told.ignore_changes == ("description",)
    assert told.replace_on_changes == ("mtu",)
    assert told.aliases == (Alias(name="old"), Alias(urn="urn:pulumi:a::b::c::d"))
    assert "selfLink" in told.additional_secret_outputs
    assert told.import_id == "projects/acme/global/networks/second"
    assert told.custom_timeouts == CustomTimeouts(create="20m")
    assert told.deleted_with == first.urn
    assert told.version == "9.9.9"
    assert second.dependencies == (first.urn,)
    assert first.options.protect is None


def test_a_resource_that_is_read_has_its_id() -> None:
    def read() -> None:
        pulumi.export("link", compute.Network.get("theirs", "projects/x/global/networks/theirs").self_link)

    declaration = render(program(read))
    assert one(declaration, "theirs").read_id == "projects/x/global/networks/theirs"
    assert declaration.outputs == {"link": "${theirs.selfLink}"}


def test_files_are_told_as_files() -> None:
    def upload() -> None:
        Files("a", {"text": pulumi.StringAsset("hello"), "all": pulumi.AssetArchive({"b": pulumi.FileAsset("c.txt")})})

    inputs = one(render(program(upload)), "a").inputs
    assert inputs["text"] == Asset("text", "hello")
    assert inputs["all"] == Asset("assets", {"b": Asset("path", "c.txt")}, archive=True)


class Files(pulumi.CustomResource):
    def __init__(self, name: str, props: dict[str, pulumi.Input[object]]) -> None:
        super().__init__("test:index:Files", name, props)


def test_renders_do_not_leak_into_each_other() -> None:
    def nothing() -> None:
        """Declares nothing."""

    before = render(program(net))
    assert render(program(nothing)).resources == {}
    assert render(program(vault, "password", name="prod.us-east")).stack == "prod.us-east"
    assert render(program(net)) == before


def test_a_declaration_travels_between_processes() -> None:
    declaration = render(program(vault, "password"))
    again = pickle.loads(pickle.dumps(declaration))
    assert again == declaration
    assert again.outputs["login"].value.symbols == declaration.outputs["login"].value.symbols  # type: ignore[union-attr]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcXYZ_", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(values.filter(lambda value: value is not None))
def test_plain_values_arrive_as_they_are(value: object) -> None:
    def give() -> None:
        Files("a", {"value": value})

    assert one(render(program(give)), "a").inputs["value"] == value


def test_each_resource_says_which_line_of_the_program_makes_it() -> None:
    lines = Path(programs.__file__).read_text().splitlines()
    made = {r.name: r.created_at for r in render(program(net)).resources.values()}
    assert all(at is not None and at.file == "tests/render/programs.py" for at in made.values())
    said = {name: lines[at.line - 1][at.column - 1 :] for name, at in made.items() if at}
    assert said["a"].startswith("super().__init__(")
    assert said["a-net"].startswith("compute.Network(")
    assert said["a-sub"].startswith("compute.Subnetwork(")
