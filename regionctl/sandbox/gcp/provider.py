"""Google Cloud as a provider of the sandbox."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from string import Formatter
from typing import Any, Final

from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Value
from regionctl.providers.catalogue import entry
from regionctl.providers.check import Format
from regionctl.providers.coercion import Plugin
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.facts import containers, own_name
from regionctl.providers.schema import Kind, Property, SdkPackage, TypeSchema, package
from regionctl.sandbox.emulation import Call, Emulation, Output, placeholder, revision, timestamp, uuid
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.faults import Verb
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM, require_project
from regionctl.sandbox.gcp.functions import CALLED, FUNCTIONS
from regionctl.sandbox.gcp.naming import (
    COMPUTE,
    external_address,
    place_in,
    plural,
    project_in,
    project_number,
    relative,
    spellings,
)
from regionctl.sandbox.provider import Config, Invocation

_PLACES: Final = ("project", "region", "zone")
# Every resource with labels gets this one: `addPulumiAttributionLabel` of pulumi-gcp, true by default.
_ATTRIBUTION: Final = {"goog-pulumi-provisioned": "true"}

# Whose labels are told without it: the types that use `SetLabelsDiffWithoutAttributionLabel` of google/tpgresource.
_UNATTRIBUTED: Final = frozenset(
    {
        "gcp:compute/forwardingRule:ForwardingRule",
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        "gcp:dataproc/cluster:Cluster",
        "gcp:dataplex/task:Task",
        "gcp:dataplex/datascan:Datascan",
    }
)
# What programs build on, where a program leaves it to the cloud.
_IDENTITY: Final = re.compile(r"(?i)(id|name|email|url|uri|link|endpoint|host|address)$")

# Where nothing else is given, on nearly every type:
# https://googlecloudplatform.github.io/magic-modules/best-practices/deletion-policy/
_DELETES: Final = "DELETE"

# On every type that has the property, unless its emulation says otherwise.
_COMMON_FORMATS: Final[Mapping[str, Format]] = {
    "region": formats.REGION,
    "location": formats.LOCATION,
    "project": formats.PROJECT,
    "deletionPolicy": formats.DELETION_POLICY,
    "member": formats.MEMBER,
    "members[]": formats.MEMBER,
    "ipCidrRange": formats.RANGE,
}
# What the documentation of the types says of a location that is not given; elsewhere it is the provider's own.
_DEFAULT_LOCATIONS: Final = {
    "bigquery": "US",
    **dict.fromkeys(
        (
            *("beyondcorp", "certificatemanager", "cloudbuild", "dataproc", "firebase", "gemini", "gkehub", "logging"),
            *("networksecurity", "networkservices", "securitycenter"),
        ),
        "global",
    ),
}
_VERBS: Final = {Verb.CREATE: "creating", Verb.READ: "reading", Verb.UPDATE: "updating", Verb.DELETE: "deleting"}


class GoogleCloud:
    """Emulates `pulumi-gcp` and the Google Cloud behind it."""

    name = "gcp"
    plugin = Plugin.SDK

    @cached_property
    def package(self) -> SdkPackage:
        return package(self.name)

    def emulation(self, schema: TypeSchema) -> Emulation:
        found = _emulations(schema.service).get(schema.token) or _from_schema(schema)
        common = {path: rule for path, rule in _COMMON_FORMATS.items() if path.removesuffix("[]") in schema.inputs}
        if {"member", "members"} & schema.inputs.keys():
            common["role"] = formats.ROLE  # elsewhere it is READER of an access control list, or ACTIVE of a subnet
        # A table says where the provider compares links and names; without one, it is what nearly all types do.
        places = (
            {name: _same_place for name in ("region", "location") if name in schema.inputs} if found.schema_only else {}
        )
        return found.but(
            title=found.title or schema.token.rpartition(":")[2],
            formats={**common, **found.formats},
            same={**places, **found.same},
        )

    def check_config(self, config: Config) -> list[CheckFailure]:
        rules = {name: rule for name, rule in _COMMON_FORMATS.items() if name in _PLACES}
        return [
            CheckFailure(name, f'expected {rule.text}, got "{config[name]}"')
            for name, rule in rules.items()
            if isinstance(config.get(name), str) and not rule.matches(config[name])
        ]

    def function(self, asked: Invocation) -> Mapping[str, Value] | None:
        found = FUNCTIONS.get(asked.schema.token)
        return found(asked) if found else None

    def called(self, asked: str) -> str:
        return CALLED.get(asked, asked)

    def scope(self, schema: TypeSchema, inputs: Mapping[str, Value], config: Config) -> dict[str, Value]:
        scope: dict[str, Value] = {}
        for place in _PLACES:
            given = inputs.get(place)
            value = given if given is not None else config.get(place)
            if isinstance(value, str):
                scope[place] = value.rsplit("/", 1)[-1]
        texts = [value for value in inputs.values() if isinstance(value, str)]
        if "project" not in schema.inputs:
            scope["project"] = next(filter(None, map(project_in, texts)), scope.get("project"))
        if "region" not in schema.inputs:
            scope.pop("region", None)
        elif "region" not in scope and isinstance(scope.get("zone"), str):
            scope["region"] = scope["zone"].rpartition("-")[0]  # `GetRegionFromZone` of google/tpgresource
        if "location" in schema.inputs and inputs.get("location") is None:
            location = _location(schema, inputs, config)
            if location is not None:
                scope["location"] = location
        project = scope.get("project")
        if isinstance(project, str):
            scope["number"] = project_number(project)
        return scope

    def target_path(self, target: Emulation, value: str, call: Call) -> str:
        path = relative(value)
        if path.startswith("projects/"):
            return path
        if path.startswith(("regions/", "global/", "zones/")):
            return call.fill("projects/{project}/") + path
        if "/" in path:
            return path
        if callable(target.by_name):
            return target.by_name(call, path)
        by_name = target.by_name or target.path or target.id
        if not isinstance(by_name, str):
            return path
        try:
            return call.fill(by_name, name=path, value=path)
        except KeyError:  # a key ring's own name does not say where it lies
            return path

    def spellings(self, call: Call, path: str) -> Iterator[str]:
        return spellings(path, [*call.tx.projects(), str(call.scope.get("project"))])

    def common_output(self, schema: TypeSchema, name: str, inputs: Mapping[str, Value], config: Config) -> Value:
        if name in {"pulumiLabels", "effectiveLabels"}:
            wanted = config.get("addPulumiAttributionLabel") not in {False, "false"}
            attributed = _ATTRIBUTION if wanted and schema.token not in _UNATTRIBUTED else {}
            given = "labels" if "labels" in schema.inputs else "resourceLabels"
            return _labels(config.get("defaultLabels"), attributed, inputs.get(given))
        if name == "effectiveAnnotations":
            return _labels(inputs.get("annotations"))
        if name == "deletionPolicy":
            return _DELETES
        return None

    def guessed_output(self, call: Call, prop: Property) -> Value:
        schema_only = call.kind.emulation.schema_only
        if prop.name in call.kind.schema.inputs and not (schema_only and _IDENTITY.search(prop.name)):
            return None  # the API chooses, and what it chose is not known: so it is absent
        choices = [choice for choice in call.kind.facts.enum.get(prop.name, ()) if choice]
        match prop.shape.kind:
            case Kind.STRING if choices:
                return choices[0]
            case Kind.STRING if prop.name == "selfLink":
                service = call.kind.schema.service
                return (COMPUTE if service == "compute" else f"https://{service}.googleapis.com/v1/") + call.id
            case Kind.STRING if prop.name.endswith(("Time", "Timestamp")):
                return timestamp(call.now_s)
            case Kind.STRING if not schema_only:
                return ""  # what the API does not answer with
            case Kind.STRING:
                return _guessed(call, prop)
            case Kind.OBJECT:
                return None
            case _:
                return placeholder(call, prop)

    def state_notes(self, call: Call) -> Mapping[str, Value]:
        return {}

    def before_create(self, call: Call) -> None:
        require_project(call)

    def before_delete(self, call: Call) -> None:
        # The providers' own switches, kept in state alone: the message names the one that is set.
        title = call.kind.emulation.title
        if call.inputs.get("deletionProtection") is True:
            raise CloudError(
                400,
                "deletionProtection",
                f"cannot destroy {title} without setting deletion_protection=false and running `pulumi up`",
            )
        if call.inputs.get("deletionPolicy") == "PREVENT":
            raise CloudError(
                400,
                "deletionPolicy",
                f'cannot destroy {title} without setting deletion_policy="DELETE" and running `pulumi up`',
            )

    def abandons(self, call: Call) -> bool:
        return call.inputs.get("deletionPolicy") == "ABANDON"

    def explain(self, verb: Verb, emulation: Emulation, error: CloudError) -> str:
        # As the provider wraps errors: "Error creating Network: googleapi: Error 409: ..., alreadyExists".
        if error.reason in {"deletionProtection", "deletionPolicy", "required"}:
            return error.message
        return (
            f"Error {_VERBS[verb]} {emulation.title}: googleapi: Error {error.status}: {error.message}, {error.reason}"
        )


def _emulations(service: str) -> Mapping[str, Emulation]:
    if importlib.util.find_spec(f"{__package__}.{service}") is None:
        return {}
    loaded: Any = importlib.import_module(f"{__package__}.{service}")
    return {emulation.token: emulation for emulation in getattr(loaded, "EMULATIONS", ())}


def _from_schema(schema: TypeSchema) -> Emulation:
    """A type that is known from the SDK alone: where it lies by its inputs, whatever its real id looks like."""
    places = [name for name in ("region", "zone", "location") if name in schema.inputs]
    place = f"{places[0]}s/{{{places[0]}}}/" if places else "global/" if schema.service == "compute" else ""
    within = "".join(f"{plural(name.removesuffix('Id'))}/{{{name}:last}}/" for name in containers(schema))
    prefix = f"projects/{{project}}/{place}{within}{plural(_word(schema))}/"
    name = own_name(schema)
    said = entry(schema.token).import_id
    known = {*_PLACES, name, *(prop.name for prop in schema.inputs.values() if prop.required)}
    if said and {variable for _, variable, _, _ in Formatter().parse(said) if variable} <= known:
        return Emulation(token=schema.token, id=said, words=ONE_PLATFORM, schema_only=True)
    if name and (name == "name" or schema.inputs[name].required):  # Pulumi makes up a `name`
        return Emulation(token=schema.token, id=f"{prefix}{{{name}}}", words=ONE_PLATFORM, schema_only=True)

    def id_(call: Call) -> str:
        given = call.inputs.get(name) if name else None
        return call.fill(prefix) + (str(given) if given is not None else call.digits("id", 16))

    def made_up(call: Call) -> str | None:
        """A name that may be left out, as of a connection of BigQuery; None where the provider reads none back."""
        facts = call.kind.facts
        return None if facts.computed and name not in facts.computed else call.id.rsplit("/", 1)[-1]

    outputs: dict[str, Output] = {name: made_up} if name and name in schema.outputs else {}
    return Emulation(token=schema.token, id=id_, outputs=outputs, words=ONE_PLATFORM, schema_only=True)


def _word(schema: TypeSchema) -> str:
    """What a type is called in paths: `urlMap` of `uRLMap`, `address` of `globalAddress`."""
    word = re.sub(r"^[a-z][A-Z]+(?=[A-Z][a-z]|$)", lambda capitals: capitals[0].lower(), schema.collection)
    if schema.service == "compute":
        word = re.sub(r"^(region|global)(?=[A-Z])", "", word)
    return word[:1].lower() + word[1:]


def _guessed(call: Call, prop: Property) -> str:
    """An output of a type that is known from the SDK alone, in the form that its name lets expect."""
    name = prop.name.lower()
    if name == "name":
        return call.id
    if name == "uid":
        return uuid(call)
    if name.endswith("email"):
        return call.fill("{prefix}@{project}.iam.gserviceaccount.com", prefix=f"sa-{call.digest(name)[:12]}")
    if name in {"etag", "fingerprint", "labelfingerprint"}:
        return revision()(call)
    if name.endswith(("url", "uri", "endpoint", "host", "hostname")):
        host = f"{call.digest(name)[:12]}.{call.kind.schema.service}.example"  # RFC 2606: nobody's
        return f"https://{host}" if name.endswith(("url", "uri")) else host
    if name.endswith("address"):
        return external_address(call)
    if name.endswith(("id", "number")):
        return call.digits(name, 19)
    return "ACTIVE" if name in {"state", "status", "lifecyclestate"} else f"{prop.name}-{call.digest(prop.name)[:8]}"


def _location(schema: TypeSchema, inputs: Mapping[str, Value], config: Config) -> str | None:
    """Where a resource lies that does not say so: with what it lies in, or where its service defaults to."""
    for name in containers(schema):
        found = place_in(str(inputs.get(name)))
        if found is not None:
            return found
    if schema.service in _DEFAULT_LOCATIONS:
        return _DEFAULT_LOCATIONS[schema.service]
    # `GetLocation` of google/tpgresource asks for the zone alone; the other services lie in regions.
    places = ("zone", "region") if schema.service == "container" else ("region", "zone")
    found = next((config[place] for place in places if isinstance(config.get(place), str)), None)
    if found is not None and schema.service != "container" and found[-2:-1] == "-":
        found = found[:-2]
    return found


def _labels(*maps: Value) -> dict[str, Value] | Value:
    merged: dict[str, Value] = {}
    for labels in maps:
        if labels is UNKNOWN:
            return UNKNOWN
        merged |= labels or {}
    return merged


def _same_place(old: Value, new: Value) -> bool:
    """`europe-west1` and a link to it; the case of a bucket's location."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    return old.rsplit("/", 1)[-1].lower() == new.rsplit("/", 1)[-1].lower()
