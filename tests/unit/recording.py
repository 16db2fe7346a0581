"""A recording engine: runs a program under Pulumi's mocks and returns everything that it registered, as plain data."""

import asyncio
import contextvars
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import mocks, rpc, settings, stack

from tests import sample

CONFIG = {
    "datamesh:owner": "ada",
    "datamesh:allowedCidrs": '["203.0.113.7/32"]',
    "datamesh:kubeContext": "kind-datamesh",
    "datamesh:alertEmail": "ada@example.com",
    "datamesh:projectStart": "2026-12-01",
}
"""The least that a stack on AWS needs."""
EVERY_WORKLOAD = {"datamesh:trino": '{"workers": 2}', "datamesh:publish": '{"schedule": "0 * * * *"}'}
"""What brings the workloads that not every stack has."""


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it; inputs under the provider's own names (`dbName`)."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    secrets: frozenset[str]
    """Inputs that are, or contain, a secret."""
    parent: str
    protect: bool
    depends_on: tuple[str, ...]
    provider: str
    delete_before_replace: bool | None
    deleted_with: str
    ignore_changes: tuple[str, ...]
    custom: bool
    timeouts: tuple[str, ...]
    aliases: tuple[dict[str, Any], ...]


@dataclass
class Recording:
    """What a program registered and exported."""

    resources: list[Registration] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    secret_exports: set[str] = field(default_factory=set)
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    secret_component_outputs: dict[str, set[str]] = field(default_factory=dict)

    def of(self, token: str) -> list[Registration]:
        """All resources of a type, e.g. `aws:rds/instance:Instance`."""
        return [resource for resource in self.resources if resource.type == token]

    def one(self, token: str, name: str | None = None) -> Registration:
        """The only resource of a type (and name); fails when there are more or none."""
        found = [resource for resource in self.of(token) if name in (None, resource.name)]
        assert len(found) == 1, f"{len(found)} of {token} {name or ''}: {[r.name for r in found]}"
        return found[0]


def _is_marked(value: struct_pb2.Value) -> bool:
    fields = value.struct_value.fields if value.WhichOneof("kind") == "struct_value" else {}
    mark = fields[rpc._special_sig_key].string_value if rpc._special_sig_key in fields else ""
    return mark == rpc._special_secret_sig


def contains_secret(value: struct_pb2.Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return any(contains_secret(item) for item in value.list_value.values)
    return kind == "struct_value" and (
        _is_marked(value) or any(contains_secret(item) for item in value.struct_value.fields.values())
    )


def _plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties without the marks of secrets; which ones were marked is recorded beside them."""

    def unwrap(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
                return unwrap(value["value"])
            return {key: unwrap(item) for key, item in value.items()}
        return [unwrap(item) for item in value] if isinstance(value, list) else value

    return unwrap(rpc.deserialize_properties(properties) or {})


def _mark(value: struct_pb2.Value) -> None:
    secret = struct_pb2.Struct()
    secret.fields[rpc._special_sig_key].string_value = rpc._special_secret_sig
    secret.fields["value"].CopyFrom(value)
    value.struct_value.CopyFrom(secret)


def hashed(name: str) -> str:
    """The bcrypt hash of the generated password of this name."""
    return f"$2a$10${name.ljust(53, 'x')[:53]}".replace("-", "x")


class Cloud(mocks.Mocks):
    """Answers as the real providers would, with outputs that say where they come from."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        outputs = {"arn": f"arn:aws:mock:::{args.name}", "name": args.name, **args.inputs}
        if args.typ == "aws:rds/instance:Instance":
            outputs |= {
                "address": f"{args.name}.example.com",
                "port": 5432,
                "resourceId": f"db-{args.name.upper()}",
            }
        elif args.typ in ("random:index/randomPassword:RandomPassword", "random:index/randomId:RandomId"):
            outputs |= {"result": f"PASSWORD-{args.name}", "hex": "0a1b2c3d", "bcryptHash": hashed(args.name)}
        elif args.typ.startswith("kubernetes:"):
            metadata = dict(args.inputs.get("metadata") or {})
            metadata.setdefault("name", f"{args.name}-0a1b2c3d")
            outputs["metadata"] = metadata
        elif args.typ == "aws:iam/accessKey:AccessKey":
            return f"AKIA-{args.name}", outputs | {"secret": f"PASSWORD-{args.name}"}
        elif args.typ.startswith("tls:"):
            outputs |= {
                "privateKeyPem": f"-----BEGIN RSA PRIVATE KEY-----\nPASSWORD-{args.name}\n",
                "privateKeyPemPkcs8": f"-----BEGIN PRIVATE KEY-----\nPASSWORD-{args.name}\n",
                "certPem": f"CERTIFICATE {args.name}",
                "certRequestPem": f"REQUEST {args.name}",
            }
        elif args.typ == "aws:s3/bucket:Bucket":
            return args.inputs.get("bucket", args.name), outputs
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {
                "names": ["us-east-1b", "us-east-1a", "us-east-1c"]
            },
            "aws:ssm/getParameter:getParameter": {"insecureValue": "ami-0123456789abcdef0"},
        }
        if args.token not in answers:
            raise AssertionError(f"the program calls {args.token}, for which there is no answer")
        return answers[args.token], []


SECRET_OUTPUTS = {"result", "bcryptHash", "secret", "privateKeyPem", "privateKeyPemPkcs8"}
"""Outputs that the real providers mark as secrets by themselves."""


class _Monitor(mocks.MockMonitor):
    def __init__(self, cloud: mocks.Mocks, recording: Recording) -> None:
        super().__init__(cloud)
        self.recording = recording

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":
            return response
        secrets = {key for key, value in request.object.fields.items() if contains_secret(value)}
        timeouts = request.customTimeouts
        self.recording.resources.append(
            Registration(
                type=request.type,
                name=request.name,
                urn=response.urn,
                inputs=_plain(request.object),
                secrets=frozenset(secrets),
                parent=request.parent,
                protect=request.protect,
                depends_on=tuple(request.dependencies),
                provider=request.provider,
                delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
                deleted_with=request.deletedWith,
                ignore_changes=tuple(request.ignoreChanges),
                custom=request.custom,
                timeouts=(timeouts.create, timeouts.update, timeouts.delete),
                aliases=tuple(json_format.MessageToDict(alias) for alias in request.aliases),
            )
        )
        # what a real engine does: an output whose input was secret, or that the provider calls so, stays secret
        for key in secrets | set(request.additionalSecretOutputs) | SECRET_OUTPUTS:
            if key in response.object.fields and not contains_secret(response.object.fields[key]):
                _mark(response.object.fields[key])
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        fields = request.outputs.fields
        values = _plain(request.outputs)
        secrets = {key for key, value in fields.items() if contains_secret(value)}
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.recording.exports, self.recording.secret_exports = values, secrets
        else:
            self.recording.component_outputs[request.urn] = values
            self.recording.secret_component_outputs[request.urn] = secrets
        return super().RegisterResourceOutputs(request)


def record(
    program: Callable[[], Any] | str | None = None,
    config: Mapping[str, str] | None = None,
    *,
    cloud: mocks.Mocks | None = None,
    stack_name: str = "dev",
    preview: bool = False,
) -> Recording:
    """Runs a program (a function, or the text of one) to its very end and returns what it did.

    None is the project's own program, on the sample's domains.
    """
    recording = Recording()
    wanted = sample.program(folder=sample.DOMAINS_FOLDER) if program is None else program

    def body() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            settings.Settings("datamesh", stack_name)  # a lock and outputs of this context's own
            monitor = _Monitor(cloud or Cloud(), recording)
            mocks.set_mocks(monitor.mocks, "datamesh", stack_name, preview, monitor=monitor)
            settings.ROOT.set(None)  # set_mocks leaves a finished root, the program makes its own
            loop.run_until_complete(stack.run_in_stack(lambda: _run(wanted)))
        finally:
            left = asyncio.all_tasks(loop)  # a program that failed leaves its registrations unfinished
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()
            asyncio.set_event_loop(None)

    values = json.dumps(dict(CONFIG if config is None else config))
    with mock.patch.dict(os.environ, PULUMI_CONFIG=values):  # as a language host does
        contextvars.Context().run(body)
    return recording


def _run(program: Callable[[], Any] | str) -> None:
    if isinstance(program, str):
        exec(compile(program, "__main__.py", "exec"), {"__name__": "__main__"})
    else:
        program()
