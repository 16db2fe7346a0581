"""What the local plugins read from the installed SDKs, against what these say when they are asked."""

import importlib
import importlib.metadata

import pytest
from pulumi import _types

from local.providers import sdk
from local.providers.aws.types import KINDS

TYPES = [f"aws:{name}" for name in KINDS] + [
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:Service",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "random:index/randomPassword:RandomPassword",
    "random:index/randomId:RandomId",
    "tls:index/privateKey:PrivateKey",
]


@pytest.mark.parametrize("token", ["random:index/randomPassword:RandomPassword", "tls:index/certRequest:CertRequest"])
def test_it_agrees_with_the_class_that_the_sdk_offers(token: str) -> None:
    package, _, name = token.split(":")
    module = importlib.import_module(f"pulumi_{package}")
    arguments = getattr(module, f"{name}Args")
    offered = set(_types.input_type_py_to_pulumi_names(arguments).values())
    assert set(sdk.resource(token).inputs) == offered


@pytest.mark.parametrize("token", TYPES)
def test_every_type_of_the_local_stack_is_readable(token: str) -> None:
    found = sdk.resource(token)
    assert found.inputs and found.outputs, f"{token} has neither arguments nor results"


def test_required_arguments_scalar_types_and_secrets_are_known() -> None:
    instance = sdk.resource("aws:rds/instance:Instance")
    required = [name for name, declared in instance.inputs.items() if not declared.optional]
    assert required == ["instanceClass"]
    assert instance.inputs["allocatedStorage"].type.kind == "integer"
    assert instance.inputs["storageEncrypted"].type.kind == "boolean"
    assert instance.inputs["vpcSecurityGroupIds"].type.kind == "list"
    assert instance.inputs["dbSubnetGroupName"].name == "db_subnet_group_name"
    assert instance.secrets == {"password", "passwordWo"}
    assert sdk.resource("kubernetes:core/v1:Secret").secrets == {"data", "stringData"}


def test_what_aws_fills_in_is_distinguished_from_what_stays_empty() -> None:
    instance = sdk.resource("aws:rds/instance:Instance")
    assert instance.computed("availabilityZone"), "AWS chooses a zone"
    assert not instance.computed("storageEncrypted"), "AWS encrypts only when asked"


def test_nested_arguments_are_found_in_other_modules() -> None:
    deployment = sdk.resource("kubernetes:apps/v1:Deployment")
    metadata = deployment.inputs["metadata"].type
    assert metadata.file is not None
    assert "labels" in sdk.nested(metadata.file, metadata.name)


@pytest.mark.parametrize("token", ["aws:rds/nothing:Nothing", "kubernetes:core/v9:ConfigMap", "unknown:index/x:X"])
def test_a_type_that_no_installed_sdk_has_is_refused(token: str) -> None:
    with pytest.raises(sdk.UnknownTypeError):
        sdk.resource(token)


def test_the_version_is_that_of_the_installed_sdk() -> None:
    assert sdk.version("random") == importlib.metadata.version("pulumi_random")
