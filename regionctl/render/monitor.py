"""Stands where the engine's resource monitor would: it answers a program at once and writes down what it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.resource import Resource as SdkResource
from pulumi.resource import ResourceTransformationArgs
from pulumi.runtime.proto import engine_pb2, resource_pb2

from regionctl.model.declaration import Alias, CustomTimeouts, Options, Resource
from regionctl.model.errors import Position, RegionctlError
from regionctl.model.urn import ROOT_TYPE, Urn, root, type_of
from regionctl.model.values import Symbol, Value
from regionctl.sdk.programs import string_outputs

from .failures import calling_place
from .values import Decoder, encode_text, symbol_text

_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
)


class RecordingEngine:
    """Takes the program's log: warnings and errors are kept, the rest is dropped."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        if request.severity in {engine_pb2.WARNING, engine_pb2.ERROR}:
            self.warnings.append(request.message)
        return empty_pb2.Empty()


class RecordingMonitor:
    """The monitor's RPCs that a program uses, answered in process."""

    def __init__(self, project: str, stack: str, symbols: Mapping[str, Symbol]) -> None:
        self.resources: dict[str, Resource] = {}
        self.outputs: Mapping[str, Value] = {}
        self._stack = root(stack, project)
        self._symbols = dict(symbols)
        self._decoder = Decoder(self._symbols)
        self._classes: dict[str, Any] = {}
        self._urns: dict[SdkResource, Urn] = {}
        self._places: dict[str, Position | None] = {}  # by URN
        self._root: str | None = None

    def learn(self, args: ResourceTransformationArgs) -> None:
        """A stack transformation that changes nothing: it shows which class a type token belongs to, and which line of
        the program makes the resource. (Registrations come later, from the event loop.)"""
        self._classes.setdefault(args.type_, type(args.resource))
        parent = args.opts.parent
        above = self._urns.get(parent, self._stack) if parent else self._stack
        urn = above.child(args.type_, args.name)
        self._urns[args.resource] = urn
        self._places[str(urn)] = calling_place()

    def GetDeploymentInfo(self, _: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SignalAndWaitForShutdown(self, _: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request.parent, request.type, request.name)
        if request.type == ROOT_TYPE:
            self._root = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        self._add(self._registered(urn, request))
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        secret = frozenset(request.additionalSecretOutputs)
        state = self._computed(urn, request.type, request.name, request.object, secret)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=self._id(urn, request.name), object=state)

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        urn = self._urn(request.parent, request.type, request.name)
        inputs = self._decoder.struct(request.properties)
        self._add(
            Resource(
                urn=urn,
                type=request.type,
                name=request.name,
                custom=True,
                inputs=inputs,
                parent=self._parent(request.parent),
                dependencies=tuple(sorted(request.dependencies)),
                options=Options(
                    additional_secret_outputs=tuple(request.additionalSecretOutputs),
                    provider=_provider_urn(request.provider),
                    version=request.version or None,
                ),
                read_id=request.id,
            )
        )
        secret = frozenset(request.additionalSecretOutputs)
        state = self._computed(urn, request.type, request.name, request.properties, secret)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802
        outputs = self._decoder.struct(request.outputs)
        if request.urn == self._root:
            self.outputs = outputs
        else:
            self.resources[request.urn] = replace(self.resources[request.urn], outputs=outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        raise RegionctlError(
            f"the program calls the provider's function {request.tok}, and a render has no provider to ask",
            hint="compute the value from the spec, or pass it in as an argument",
        )

    def _add(self, resource: Resource) -> None:
        if resource.urn in self.resources:
            raise RegionctlError(
                f"two resources of type {resource.type} have the name {resource.name!r}",
                hint="give each resource of a type its own name",
            )
        self.resources[resource.urn] = replace(resource, created_at=self._places.get(resource.urn))

    def _urn(self, parent: str, type_: str, name: str) -> str:
        above = self._stack if not parent or parent == self._root else Urn.parse(parent)
        return str(above.child(type_, name))

    def _parent(self, parent: str) -> str | None:
        return None if not parent or parent == self._root else parent

    def _registered(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> Resource:
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=self._decoder.struct(request.object),
            parent=self._parent(request.parent),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(request.propertyDependencies[key].urns))
                for key in sorted(request.propertyDependencies)
            },
            options=options_of(request),
        )

    def _computed(
        self, urn: str, type_: str, name: str, inputs: struct_pb2.Struct, secret: frozenset[str]
    ) -> struct_pb2.Struct:
        """The state as a preview would give it: the inputs, and what only the cloud knows, as symbols."""
        state = struct_pb2.Struct()
        state.CopyFrom(inputs)
        for key in string_outputs(self._classes[type_]):
            if key not in state.fields:
                text = self._issue(urn, name, key)
                state.fields[key].CopyFrom(encode_text(text, secret=key in secret))
        return state

    def _id(self, urn: str, name: str) -> str:
        return self._issue(urn, name, "id")

    def _issue(self, urn: str, name: str, key: str) -> str:
        """A symbol's text: by logical name, and with the type where another type has that name already."""
        symbol = Symbol(urn, key)
        text = symbol_text(name, key)
        if self._symbols.setdefault(text, symbol) != symbol:
            text = symbol_text(f"{name}#{type_of(urn)}", key)
            self._symbols[text] = symbol
        return text


def options_of(request: resource_pb2.RegisterResourceRequest) -> Options:
    """The resource options in a registration."""
    return Options(
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        replace_with=tuple(request.replace_with),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=_aliases(request.aliases),
        import_id=request.importId or None,
        custom_timeouts=_timeouts(request),
        deleted_with=request.deletedWith or None,
        provider=_provider_urn(request.provider),
        providers={package: _provider_urn(ref) or "" for package, ref in request.providers.items()},
        version=request.version or None,
        plugin_download_url=request.pluginDownloadURL or None,
    )


def _provider_urn(reference: str) -> str | None:
    """A provider reference is `<urn>::<id>`."""
    return reference.rpartition("::")[0] or None


def _aliases(aliases: Sequence[Any]) -> tuple[Alias, ...]:
    return tuple(
        Alias(urn=a.urn)
        if a.WhichOneof("alias") == "urn"
        else Alias(
            name=a.spec.name or None,
            type=a.spec.type or None,
            stack=a.spec.stack or None,
            project=a.spec.project or None,
            parent_urn=a.spec.parentUrn or None,
            no_parent=a.spec.noParent,
        )
        for a in aliases
    )


def _timeouts(request: resource_pb2.RegisterResourceRequest) -> CustomTimeouts | None:
    if not request.HasField("customTimeouts"):
        return None
    timeouts = request.customTimeouts
    return CustomTimeouts(
        create=timeouts.create or None, update=timeouts.update or None, delete=timeouts.delete or None
    )
