"""The gRPC face of an emulated provider: Pulumi's `ResourceProvider`, as thin as it can be.

One server may serve several provider instances (a default one and explicit ones); each dials its own connection, and
its configuration is kept by that.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from regionctl.model.errors import RegionctlError
from regionctl.model.path import show as show_path
from regionctl.model.urn import name_of, type_of
from regionctl.model.wire import Value, marshal, unmarshal
from regionctl.providers.changes import Change, ChangeKind
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.defaults import Naming
from regionctl.sandbox.operations import Clouds
from regionctl.sandbox.provider import Config
from regionctl.sandbox.session import Asked, Made

_KINDS: Final = {
    (ChangeKind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (ChangeKind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (ChangeKind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (ChangeKind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (ChangeKind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (ChangeKind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
# `rpcerror` of Pulumi's Go SDK marks a partial failure by this code, with the state in the status' details.
_INIT_FAILED: Final = grpc.StatusCode.UNKNOWN


class InternalError(RegionctlError):
    """A bug of the sandbox: what was called, for which type, at which property where that is known."""

    def __init__(self, method: str, token: str, property_: str | None, cause: Exception) -> None:
        self.token = token
        self.property = property_
        frame = traceback.extract_tb(cause.__traceback__)[-1]
        about = f" at the property {property_!r}" if property_ else ""
        super().__init__(
            f"the sandbox failed in {method} of {token}{about}:"
            f" {type(cause).__name__} in {Path(frame.filename).name}:{frame.lineno}",
            hint="this is a bug of regionctl, not of the program; report it with this line",
        )


M = TypeVar("M", bound=Callable[..., Any])


def _answering(method: M) -> M:
    """Errors of ours become the call's status. Anything else is a bug: told without any value."""

    @wraps(method)
    def wrapped(self: ProviderServicer, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except RegionctlError as err:
            context.abort(grpc.StatusCode.UNKNOWN, str(err))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError) as err:
            context.abort(grpc.StatusCode.INTERNAL, str(self.internal_error(method.__name__, request, err)))

    return wrapped  # type: ignore[return-value]


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds
        self._configs: dict[str, Config] = {}
        self._last_config: Config = {}
        self._log = EngineLog()

    # the provider itself

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:  # noqa: N802
        self._log.attach(context.peer(), request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, accept_outputs=False, supports_autonaming_configuration=True
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self._clouds.provider.package.version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:  # noqa: N802
        sdk = self._clouds.provider.package
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": sdk.provider, "version": sdk.version}))

    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        failures = self._clouds.provider.check_config(_config(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        # Configuration of a provider never replaces what was made with it.
        same = _config(request.old_inputs) == _config(request.news)
        changes = provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=changes)

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._last_config = self._configs[context.peer()] = _config(request.args)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        self._log.attach(context.peer(), request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    @_answering
    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        config = self._configs.get(context.peer(), self._last_config)
        answer = self._clouds.function(request.tok, unmarshal(request.args).values, config)
        return provider_pb2.InvokeResponse(**{"return": marshal(answer)})

    # resources

    @_answering
    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        news = unmarshal(request.news)
        checked = self._clouds.check(type_of(request.urn), news, unmarshal(request.olds), _naming(request))
        self._log.warn(context.peer(), request.urn, checked.warnings)
        return provider_pb2.CheckResponse(inputs=marshal(checked.inputs), failures=_failures(checked.failures))

    @_answering
    def Diff(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        found = self._clouds.diff(
            type_of(request.urn),
            old_inputs=unmarshal(request.old_inputs).values,
            state=unmarshal(request.olds).values,
            news=unmarshal(request.news).values,
        )
        response = provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found.changes else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=found.replaces,
            diffs=sorted({str(change.path[0]) for change in found.changes}),
            deleteBeforeReplace=found.delete_before_replace,
            hasDetailedDiff=True,
        )
        for change in found.changes:
            response.detailedDiff[show_path(change.path)].CopyFrom(_property_diff(change))
        return response

    @_answering
    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        asked, inputs = self._asked(request, context), unmarshal(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=marshal(self._clouds.preview_create(asked, inputs)))
        made = self._clouds.create(asked, inputs)
        if made.failure is not None:
            _abort_partial(context, made)
        return provider_pb2.CreateResponse(id=made.id, properties=marshal(made.outputs))

    @_answering
    def Read(  # noqa: N802
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        state, inputs = unmarshal(request.properties), unmarshal(request.inputs)
        made = self._clouds.read(self._asked(request, context), request.id, state, inputs)
        if made is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=made.id, properties=marshal(made.outputs), inputs=marshal(made.inputs))

    @_answering
    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        asked, inputs, state = self._asked(request, context), unmarshal(request.news), unmarshal(request.olds)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=marshal(self._clouds.preview_update(asked, inputs, state)))
        return provider_pb2.UpdateResponse(properties=marshal(self._clouds.update(asked, request.id, inputs, state)))

    @_answering
    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        self._clouds.delete(self._asked(request, context), request.id, unmarshal(request.properties))
        return empty_pb2.Empty()

    def internal_error(self, method: str, request: Any, cause: Exception) -> InternalError:
        """The error for a bug. Names only what the SDK names: any other text could be a secret's value."""
        if isinstance(request, provider_pb2.InvokeRequest):
            return InternalError(method, request.tok, None, cause)
        token = type_of(request.urn)
        missing = str(cause.args[0]) if isinstance(cause, KeyError) and cause.args else None
        schema = self._clouds.provider.package.schema(token)
        return InternalError(method, token, missing if missing in {*schema.inputs, *schema.outputs} else None, cause)

    def _asked(self, request: Any, context: grpc.ServicerContext) -> Asked:
        config = self._configs.get(context.peer(), self._last_config)
        return Asked(token=type_of(request.urn), urn_name=name_of(request.urn), config=config)


def _naming(request: provider_pb2.CheckRequest) -> Naming:
    options = request.autonaming if request.HasField("autonaming") else None
    modes = provider_pb2.CheckRequest.AutonamingOptions
    return Naming(
        urn_name=name_of(request.urn),
        seed=request.randomSeed,
        proposed=(options.proposed_name or None) if options else None,
        disabled=bool(options and options.mode == modes.DISABLE),
    )


def _config(args: struct_pb2.Struct) -> Config:
    """Provider configuration. What is not a string arrives as JSON text."""
    return {key: _parsed(value) for key, value in unmarshal(args).values.items()}


def _parsed(value: Value) -> Value:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return json.loads(value)
    return value


def _failures(failures: Iterable[CheckFailure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in failures]


def _property_diff(change: Change) -> provider_pb2.PropertyDiff:
    return provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)


def _abort_partial(context: grpc.ServicerContext, made: Made) -> NoReturn:
    """Tells the engine that the resource exists and is not right, so that it keeps it in the state."""
    assert made.failure is not None
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=made.id, properties=marshal(made.outputs), inputs=marshal(made.inputs), reasons=[made.failure.message]
        )
    )
    status = status_pb2.Status(code=_INIT_FAILED.value[0], message=made.failure.message, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(_INIT_FAILED, made.failure.message)
    raise AssertionError("abort raises")


_PATIENCE_S = 5.0


class EngineLog:
    """The engines that are attached. A warning that an engine does not take is dropped: it is no reason to fail."""

    def __init__(self) -> None:
        self._stubs: dict[str, engine_pb2_grpc.EngineStub] = {}
        self._last: engine_pb2_grpc.EngineStub | None = None

    def attach(self, peer: str, address: str) -> None:
        if address:
            self._last = self._stubs[peer] = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(self, peer: str, urn: str, warnings: Iterable[CheckFailure]) -> None:
        """One diagnostic for each warning, that begins with the property."""
        engine = self._stubs.get(peer, self._last)
        if engine is None:
            return
        for warning in warnings:
            message = f"{warning.path}: {warning.reason}"
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn)
            try:
                engine.Log(request, timeout=_PATIENCE_S)
            except grpc.RpcError:
                return
