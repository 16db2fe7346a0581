"""The pure parts of the local plugins: values in messages, checks, changes, random texts, results in AWS's form."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.providers import changes, checks, random, tls, values
from local.providers.aws import package as aws
from local.providers.aws.emulator import TABLE, glue_input
from local.providers.aws.results import generated, results
from local.providers.aws.types import KINDS
from local.providers.kubernetes.package import Kubernetes
from local.providers.package import Package, RefusedError, Resource
from local.providers.stacks import refusal

PROJECT = Path(__file__).parents[2]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=10,
)
PROPERTIES = st.dictionaries(st.text(min_size=1), VALUES, max_size=4)
INSTANCE = "aws:rds/instance:Instance"


@given(PROPERTIES)
def test_properties_survive_a_message(properties: values.Properties) -> None:
    assert values.load(values.dump(properties)) == properties


@given(PROPERTIES)
def test_secrets_survive_a_message_and_can_be_opened(properties: values.Properties) -> None:
    sent = {"x": [values.secret(properties)]}
    received = values.load(values.dump(sent))
    assert values.holds_secret(received["x"])
    assert values.plain(received) == {"x": [properties]}


@given(PROPERTIES, PROPERTIES)
def test_changes_are_empty_only_for_what_is_equal(old: values.Properties, new: values.Properties) -> None:
    assert changes.between(old, old) == {}
    assert (changes.between(old, new) == {}) == (_stripped(old) == _stripped(new))


def _stripped(value: object) -> object:
    """No value and a null are one to the engine, and names with two underscores are private."""
    if isinstance(value, dict):
        kept = {key: _stripped(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None and not key.startswith("__")}
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def test_changes_name_the_path_that_changed() -> None:
    old = {"spec": {"a": [1, 2], "labels": {"x/y": "1"}}, "gone": 1}
    new = {"spec": {"a": [1, 3, 4], "labels": {"x/y": "2"}}, "fresh": 1}
    assert changes.between(old, new) == {
        "spec.a[1]": "UPDATE",
        "spec.a[2]": "ADD",
        'spec.labels["x/y"]': "UPDATE",
        "gone": "DELETE",
        "fresh": "ADD",
    }


def test_a_path_lies_within_its_roots_only() -> None:
    assert (
        changes.within("data.a", ["data"]) and changes.within("data", ["data"]) and changes.within("data[0]", ["data"])
    )
    assert not changes.within("database", ["data"]), "a longer name is another property"


def test_unknown_values_pass_and_wrong_ones_are_all_reported() -> None:
    assert checks.problems(INSTANCE, {"instanceClass": values.UNKNOWN, "allocatedStorage": values.UNKNOWN}) == []
    found = checks.problems(INSTANCE, {"allocatedStorage": True, "tags": {"a": 1}, "engineVerson": "17"})
    assert sorted(found) == [
        'Missing required argument "instance_class" (instanceClass).',
        'Unexpected argument "engineVerson": aws:rds/instance:Instance has no such argument. '
        'Did you mean "engine_version"?',
        'Wrong type for "allocatedStorage": it takes a whole number.',
        'Wrong type for "tags.a": it takes a string.',
    ]


def test_nested_arguments_of_kubernetes_are_checked() -> None:
    container = {"name": "c", "ports": [{"containerPort": "http"}], "envFrom": [{"secretRf": {}}]}
    spec = {"selector": {}, "template": {"spec": {"containers": [container]}}}
    found = checks.problems("kubernetes:apps/v1:Deployment", {"spec": spec})
    assert any('"secretRf"' in each and '"secret_ref"' in each for each in found), found
    assert any('"spec.template.spec.containers[0].ports[0].containerPort"' in each for each in found), found


@pytest.mark.parametrize(
    ("plugin", "token", "inputs", "named"),
    [
        (random.Random(), "random:index/randomPassword:RandomPassword", {"length": 9, "minUpper": 1}, "minUpper"),
        (random.Random(), "random:index/randomPet:RandomPet", {}, "randomPet"),
        (tls.Tls(), "tls:index/privateKey:PrivateKey", {"algorithm": "RSA", "rsaBit": 1}, "rsaBit"),
        (aws.Aws(), "aws:ecs/cluster:Cluster", {}, "aws:ecs/cluster:Cluster"),
        (Kubernetes(), "kubernetes:apps/v1:StatefulSet", {}, "kubernetes:apps/v1:StatefulSet"),
    ],
)
def test_what_a_plugin_does_not_know_is_refused_with_the_file_in_which_it_belongs(
    plugin: Package, token: str, inputs: values.Properties, named: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        plugin.named(Resource(f"urn:pulumi:local::p::{token}::x"), inputs, {}, b"")
    message = str(refusal.value)
    assert "The local stack does not know" in message and named in message
    assert (PROJECT / re.findall(r"local/\S+\.py", message)[0]).is_file(), message


FORMS = {
    "ec2/vpc:Vpc": ("vpc-[0-9a-f]{17}", "arn:aws:ec2:us-east-1:000000000000:vpc/vpc-[0-9a-f]{17}"),
    "secretsmanager/secret:Secret": ("arn:.*", "arn:aws:secretsmanager:us-east-1:000000000000:secret:n-[A-Za-z0-9]{6}"),
    "iam/role:Role": ("n", "arn:aws:iam::000000000000:role/n"),
    "iam/policy:Policy": ("arn:.*", "arn:aws:iam::000000000000:policy/n"),
    "s3/bucket:Bucket": ("b", "arn:aws:s3:::b"),
    "sns/topicSubscription:TopicSubscription": ("arn:t:[-0-9a-f]{36}", "arn:t:[-0-9a-f]{36}"),
    "budgets/budget:Budget": ("000000000000:n", "arn:aws:budgets::000000000000:budget/n"),
    "scheduler/schedule:Schedule": ("default/n", "arn:aws:scheduler:us-east-1:000000000000:schedule/default/n"),
}


@pytest.mark.parametrize("name", FORMS)
def test_ids_and_arns_have_the_form_of_aws(name: str) -> None:
    inputs = {"name": "n", "bucket": "b", "topic": "arn:t", "tags": {"a": "1"}}
    id, made = results(f"aws:{name}", KINDS[name], inputs, "us-east-1", {"Project": "X"})
    assert re.fullmatch(FORMS[name][0], id), id
    assert re.fullmatch(FORMS[name][1], made["arn"]), made["arn"]
    assert made.get("tagsAll", {"a": "1", "Project": "X"}) == {"a": "1", "Project": "X"}


def test_an_id_within_an_arn_is_the_id() -> None:
    id, made = results("aws:ec2/vpc:Vpc", KINDS["ec2/vpc:Vpc"], {}, "us-east-1", {})
    assert made["arn"].endswith(id)


@pytest.mark.parametrize("name", KINDS)
def test_the_table_of_types_names_only_what_the_sdk_has(name: str) -> None:
    from local.providers import sdk

    declared = sdk.resource(f"aws:{name}")
    assert set(KINDS[name].replaced_by.split()) <= set(declared.inputs)
    assert set(KINDS[name].outputs) <= set(declared.outputs)


def test_generated_names_follow_the_seed_and_fit() -> None:
    role = "aws:iam/role:Role"
    assert generated(role, {}, "analyst", b"seed") == generated(role, {}, "analyst", b"seed")
    assert generated(role, {}, "analyst", b"seed") != generated(role, {}, "analyst", b"other")
    assert generated(role, {"namePrefix": "x"}, "analyst", b"seed") is None
    assert generated("aws:ec2/vpc:Vpc", {}, "net", b"seed") is None
    with pytest.raises(RefusedError, match="64 characters"):
        generated(role, {}, "a" * 57, b"seed")


def test_glue_tables_are_spelled_as_in_its_api() -> None:
    serde = {"serializationLibrary": "L", "parameters": {"serialization.format": "1"}}
    table = {"name": "t", "databaseName": "d", "storageDescriptor": {"serDeInfo": serde, "columns": [{"name": "c"}]}}
    assert glue_input(table, TABLE) == {
        "Name": "t",
        "StorageDescriptor": {
            "SerdeInfo": {"SerializationLibrary": "L", "Parameters": {"serialization.format": "1"}},
            "Columns": [{"Name": "c"}],
        },
    }


@pytest.mark.parametrize(
    ("stack", "preview", "served"),
    [
        ("local", False, True),
        ("test-x", False, True),
        ("dev-check", True, True),
        ("dev-check", False, False),
        ("dev", True, False),
        ("localhost", True, False),
        ("contest-x", True, False),
    ],
)
def test_only_local_stacks_are_served(stack: str, preview: bool, served: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAMESH_LOCAL", "/somewhere")
    urn = f"urn:pulumi:{stack}::datamesh::pulumi:providers:aws::default"
    assert (refusal(urn, "aws", "7.51.1", preview=preview) is None) == served


def test_a_generated_name_is_kept_even_where_annotations_are_secret_or_unknown() -> None:
    plugin = Kubernetes()
    plugin.configure({})
    resource = Resource("urn:pulumi:local::datamesh::kubernetes:core/v1:ConfigMap::config")
    for annotations in (values.secret({"a": "1"}), {"a": "1"}, None):
        named = plugin.named(resource, {"metadata": {"annotations": annotations}}, {}, b"one")
        again = plugin.named(resource, {"metadata": {"annotations": annotations}}, values.plain(named), b"two")
        assert again["metadata"]["name"] == named["metadata"]["name"]
    unknown = plugin.named(resource, {"metadata": {"annotations": values.UNKNOWN}}, {}, b"one")
    assert unknown["metadata"]["name"].startswith("config-")


@pytest.mark.parametrize("name", ["Upper", "../escape", "a/b", "-x", "a" * 254])
def test_names_that_are_no_names_of_kubernetes_are_refused(name: str) -> None:
    plugin = Kubernetes()
    plugin.configure({})
    resource = Resource("urn:pulumi:local::datamesh::kubernetes:core/v1:ConfigMap::config")
    with pytest.raises(RefusedError, match=r"metadata\.name"):
        plugin.named(resource, {"metadata": {"name": name}}, {}, b"")
    with pytest.raises(RefusedError, match="valid config key"):
        plugin.named(resource, {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"../x": "1"}}, {}, b"")


@pytest.mark.parametrize("module", ["aws.package", "kubernetes.package", "random", "tls"])
def test_a_plugin_starts_without_the_sdk_and_leaves_it_importable(module: str) -> None:
    program = (
        f"import sys; from local.providers import provider; import local.providers.{module}; "
        "assert 'pulumi' not in sys.modules; "
        "import pulumi.runtime.proto.provider_pb2 as own; import pulumi_aws; pulumi_aws.Provider; "
        "assert own.CheckResponse is provider.protocol.CheckResponse"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
