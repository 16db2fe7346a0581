"""The part that all plugins of the local stack share: it speaks the engine's provider protocol.

It stands on the protocol's own classes in the Pulumi SDK rather than on `pulumi.provider.experimental`, which hides the
old inputs from a plugin and answers every error with a Python traceback.
"""

import functools
import os
import signal
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct

from local.providers import changes, checks, sdk, stacks, values
from local.providers.changes import Changes
from local.providers.package import Package, RefusedError, Resource
from local.providers.protocol import plugin, services
from local.providers.protocol import provider as protocol
from local.providers.values import Properties

_ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_OPTIONS = {"version", "pluginDownloadURL"}  # of any provider resource, not of its package


def serve(package: Package) -> None:
    """Runs the plugin until the engine that started it is gone."""
    engine = os.getppid()
    for ending in (signal.SIGINT, signal.SIGTERM):  # from the engine, when it has no more use for the plugin
        signal.signal(ending, lambda *_: os._exit(0))
    server = grpc.server(ThreadPoolExecutor(16), options=_ANY_SIZE)
    services.add_ResourceProviderServicer_to_server(_Servicer(package), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while os.getppid() == engine:
        server.wait_for_termination(timeout=1)
    os._exit(0)  # nothing waits for the answer of a call under way


def _answers(method: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Turns an exception into the engine's one-message error."""

    @functools.wraps(method)
    def answer(self: "_Servicer", request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request)
        except Exception as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, self.message(error))

    return answer


class _Servicer(services.ResourceProviderServicer):
    def __init__(self, package: Package) -> None:
        self.package = package
        self.version = sdk.version(package.name)

    def message(self, error: Exception) -> str:
        """What the user reads; for an error of the plugin itself also where it happened."""
        if isinstance(error, sdk.UnknownTypeError):
            return f"{error}: pulumi_{self.package.name} {self.version} has no such resource type."
        if type(error).__module__.startswith("local."):
            return str(error)
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"

    def resource(
        self, urn: str, inputs: Struct | None = None, outputs: Struct | None = None, *, preview: bool = True
    ) -> Resource:
        """What a request is about; RefusedError for a stack that is not the local one."""
        reason = stacks.refusal(urn, self.package.name, self.version, preview=preview)
        if reason:
            raise RefusedError(reason)
        return Resource(urn, _plain(inputs), _plain(outputs))

    @_answers
    def Handshake(self, request):
        return protocol.ProviderHandshakeResponse(accept_secrets=True)

    @_answers
    def GetPluginInfo(self, request):
        return plugin.PluginInfo(version=self.version)

    @_answers
    def CheckConfig(self, request):
        try:
            resource = self.resource(request.urn)
        except RefusedError as error:
            return _checked(request, [str(error)])
        if problem := self.package.unserved(resource, _plain(request.news)):
            return _checked(request, [problem])
        # compound arguments come as JSON text, so only names can be checked
        given = dict.fromkeys(values.load(request.news).keys() - _OPTIONS)
        return _checked(request, checks.problems(resource.type, given))

    @_answers
    def DiffConfig(self, request):
        return _difference(changes.between(_plain(request.old_inputs), _plain(request.news)), set(), False)

    @_answers
    def Configure(self, request):
        if request.urn:
            self.resource(request.urn)
        self.package.configure(_plain(request.args))
        return protocol.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answers
    def Check(self, request):
        resource = self.resource(request.urn)
        response = _checked(request, checks.problems(resource.type, _plain(request.news)))
        if not response.failures:
            inputs = self.package.named(resource, values.load(request.news), _plain(request.olds), request.randomSeed)
            response.inputs.CopyFrom(values.dump(inputs))
        return response

    @_answers
    def Diff(self, request):
        resource, new = self.resource(request.urn, request.old_inputs, request.olds), _plain(request.news)
        ignored = list(request.ignoreChanges)
        changed = self.package.changed(resource, new)
        found = {path: kind for path, kind in changed.items() if not changes.within(path, ignored)}
        replacing = {path for path in found if self.package.replaces(resource, new, path)}
        return _difference(found, replacing, bool(replacing) and self.package.delete_first(resource, new))

    @_answers
    def Create(self, request):
        resource = self.resource(request.urn, request.properties, preview=request.preview)
        inputs = values.load(request.properties)
        if request.preview:
            declared = sdk.resource(resource.type)
            unknown = {name: values.UNKNOWN for name in declared.outputs if declared.computed(name)}
            return protocol.CreateResponse(properties=values.dump(_results(resource.type, unknown, inputs, {})))
        id, made = self.package.create(resource)
        return protocol.CreateResponse(id=id, properties=values.dump(_results(resource.type, {}, inputs, made)))

    @_answers
    def Update(self, request):
        resource = self.resource(request.urn, request.old_inputs, request.olds, preview=request.preview)
        inputs = values.load(request.news)
        declared = sdk.resource(resource.type)
        dropped = [name for name in resource.inputs if name not in inputs and not declared.computed(name)]
        kept = {name: value for name, value in values.load(request.olds).items() if name not in dropped}
        made = {} if request.preview else self.package.update(resource, values.plain(inputs))
        return protocol.UpdateResponse(properties=values.dump(_results(resource.type, kept, inputs, made)))

    @_answers
    def Delete(self, request):
        self.package.delete(self.resource(request.urn, request.old_inputs, request.properties, preview=False))
        return empty_pb2.Empty()

    @_answers
    def Read(self, request):
        resource = self.resource(request.urn, request.inputs, request.properties)
        if not request.properties.fields:
            known = "the local stack knows only what its `pulumi up` made"
            raise RefusedError(f"{resource.type} {request.id} cannot be looked up or imported: {known}.")
        if self.package.gone(resource):
            return protocol.ReadResponse()
        return protocol.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @_answers
    def Invoke(self, request):
        response = protocol.InvokeResponse()
        answer = values.dump(self.package.invoke(request.tok, _plain(request.args)))
        getattr(response, "return").CopyFrom(answer)  # a keyword of Python
        return response

    @_answers
    def Cancel(self, request):
        return empty_pb2.Empty()


def _plain(message: Struct | None) -> Properties:
    return values.plain(values.load(message)) if message is not None else {}


def _checked(request: Any, found: list[str]) -> protocol.CheckResponse:
    # without `property`: the engine would print its value, and that of a secret too
    failures = [protocol.CheckFailure(reason=reason) for reason in found]
    return protocol.CheckResponse(inputs=request.news, failures=failures)


def _results(token: str, old: Properties, inputs: Properties, made: Properties) -> Properties:
    """The outputs of a resource: its inputs, over what it had, under what was made; secrets marked."""
    secrets = sdk.resource(token).secrets
    outputs = old | {name: value for name, value in inputs.items() if not name.startswith("__")} | made
    hidden = {name for name in made if name in inputs and values.holds_secret(inputs[name])}
    return {
        name: values.secret(value) if (name in secrets or name in hidden) and value is not None else value
        for name, value in outputs.items()
    }


def _difference(found: Changes, replacing: set[str], delete_first: bool):
    kinds = {path: f"{kind}_REPLACE" if path in replacing else kind for path, kind in found.items()}
    return protocol.DiffResponse(
        changes=protocol.DiffResponse.DIFF_SOME if found else protocol.DiffResponse.DIFF_NONE,
        diffs=sorted({changes.top(path) for path in found}),
        replaces=sorted({changes.top(path) for path in replacing}),
        deleteBeforeReplace=delete_first,
        hasDetailedDiff=True,
        detailedDiff={
            path: protocol.PropertyDiff(kind=protocol.PropertyDiff.Kind.Value(kind), inputDiff=True)
            for path, kind in kinds.items()
        },
    )
