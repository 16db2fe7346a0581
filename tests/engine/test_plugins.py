"""The local plugins under the real engine: what they refuse, name, replace and keep secret."""

import re
from collections.abc import Callable

from tests.engine.bench import Bench

Benches = Callable[..., Bench]


def test_an_unchanged_second_up_touches_nothing_and_destroy_leaves_nothing(bench: Benches) -> None:
    program = """
    Raw("aws:ec2/vpc:Vpc", "net", {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "net"}})
    Raw("random:index/randomPassword:RandomPassword", "password", {"length": 12})
    Raw("aws:iam/role:Role", "role", {"assumeRolePolicy": "{}"})
    Raw("kubernetes:core/v1:ConfigMap", "config", {"data": {"a": "1"}})
    """
    stack = bench()
    stack.up(program)
    again = stack.up(program)
    assert {operation for operation, _ in again.steps} == {"same"}, "nothing changed, so nothing may be touched"
    assert list((stack.folder / "kubernetes").rglob("a"))
    stack.destroy()
    assert stack.resources() == {}
    assert not (stack.folder / "kubernetes").exists(), "no folder of an object may stay"


def test_names_are_generated_as_by_the_real_plugins_and_kept(bench: Benches) -> None:
    program = """
    Raw("aws:iam/role:Role", "role", {"assumeRolePolicy": "{}", "tags": {"a": "%s"}})
    Raw("aws:rds/instance:Instance", "db",
        {"instanceClass": "db.t3.micro", "username": "u", "password": "p", "tags": {"a": "%s"}})
    Raw("aws:s3/bucket:Bucket", "Lake", {})
    Raw("aws:glue/catalogDatabase:CatalogDatabase", "Sales", {})
    Raw("aws:iam/policy:Policy", "policy", {"policy": "{}", "namePrefix": "pre-"})
    Raw("kubernetes:core/v1:ConfigMap", "config", {"metadata": {"labels": {"a": "%s"}}})
    """
    stack = bench()
    stack.up(program % ("1", "1", "1"))
    made = stack.resources()
    forms = {
        made["role"]["inputs"]["name"]: r"role-[0-9a-f]{7}",
        made["db"]["inputs"]["identifier"]: r"db[0-9a-f]{7}",
        made["Lake"]["inputs"]["bucket"]: r"lake-[0-9a-f]{7}",
        made["Sales"]["inputs"]["name"]: r"sales_[a-z]{8}",
        made["policy"]["outputs"]["name"]: r"pre-\d{26}",
        made["config"]["inputs"]["metadata"]["name"]: r"config-[0-9a-f]{8}",
    }
    for name, form in forms.items():
        assert re.fullmatch(form, name), f"{name} does not have the form {form}"
    assert made["config"]["id"] == f"default/{made['config']['inputs']['metadata']['name']}"

    stack.up(program % ("2", "2", "2"))
    again = stack.resources()
    for each in ("role", "db", "config"):
        assert again[each]["id"] == made[each]["id"], f"{each} was updated, so it keeps its name"


def test_wrong_arguments_are_refused_all_at_once_and_without_their_values(bench: Benches) -> None:
    wrong = """
    Raw("aws:rds/instance:Instance", "db", {
        "instanceKlass": "db.t3.micro",
        "password": pulumi.Output.secret(12345678),
        "restoreToPointInTime": {"restoreTim": "now"},
    })
    """
    message = bench().fails("preview", wrong)
    assert 'Unexpected argument "instanceKlass"' in message, message
    assert 'Did you mean "instance_class"?' in message, message
    assert 'Missing required argument "instance_class"' in message, message
    assert 'Unexpected argument "restoreTim"' in message, "nested arguments are checked too: " + message
    assert 'Wrong type for "password"' in message, message
    assert "2345678" not in message, "a secret must not be in a message: " + message
    assert "Traceback" not in message, message


def test_types_that_the_sdk_or_the_local_stack_does_not_know_are_refused(bench: Benches) -> None:
    stack = bench()
    assert "has no such resource type" in stack.fails("preview", 'Raw("aws:nope/thing:Thing", "x", {})')
    message = stack.fails("preview", 'Raw("aws:ecs/cluster:Cluster", "x", {})')
    assert "local/providers/aws/types.py" in message, "the message has to say where a type is added: " + message


def test_a_stack_that_is_not_local_is_sent_to_the_real_plugin(bench: Benches) -> None:
    program = 'Raw("aws:ec2/vpc:Vpc", "net", {})'
    message = bench("dev").fails("preview", program)
    assert "pulumi plugin install resource aws v" in message, message
    assert ".local/env" in message, message
    message = bench(DATAMESH_LOCAL="").fails("up", program)
    assert "source .local/env" in message, message


def test_a_check_stack_can_only_be_previewed(bench: Benches) -> None:
    program = """
    vpc = Raw("aws:ec2/vpc:Vpc", "net", {})
    pulumi.export("arn", vpc.of("arn"))
    """
    stack = bench("dev-check")
    assert stack.preview(program).of("net") == ["create"]
    assert "previews only" in stack.fails("up", program)


def test_secrets_are_ciphertext_in_the_state(bench: Benches) -> None:
    stack = bench()
    stack.up(
        """
        password = Raw("random:index/randomPassword:RandomPassword", "password", {"length": 32, "special": False})
        Raw("aws:secretsmanager/secretVersion:SecretVersion", "version",
            {"secretId": "arn:aws:x", "secretString": password.of("result")})
        Raw("kubernetes:core/v1:Secret", "credentials", {
            "kind": "Secret", "stringData": {"PASSWORD": pulumi.Output.secret("plainly visible")},
        })
        Raw("aws:iam/accessKey:AccessKey", "key", {"user": "u"})
        pulumi.export("password", password.of("result"))
        """
    )
    made, state = stack.resources(), stack.state()
    secrets = {
        "random password": stack.output("password"),
        "Kubernetes secret": "plainly visible",
        "the same, encoded": "cGxhaW5seSB2aXNpYmxl",
        "access key": made["key"]["outputs"]["secret"]["plaintext"].strip('"'),
        "bcrypt hash": made["password"]["outputs"]["bcryptHash"]["plaintext"].strip('"'),
    }
    assert len(secrets["random password"]) == 32
    for what, value in secrets.items():
        assert value and value not in state, f"the {what} is readable in the state"


def test_a_diff_is_readable_and_names_what_replaces(bench: Benches) -> None:
    program = """
    Raw("aws:ec2/vpc:Vpc", "net", {"cidrBlock": "10.%s.0.0/16", "tags": {"Name": "%s"}})
    Raw("aws:iam/role:Role", "role", {"assumeRolePolicy": "{}", "description": "%s"})
    """
    stack = bench()
    stack.up(program % (0, "a", "a"))
    run = stack.preview(program % (1, "b", "b"))
    assert run.details["net"] == {"cidrBlock": "update-replace", "tags.Name": "update"}
    assert run.details["role"] == {"description": "update"}
    assert run.of("role") == ["update"]
    assert "replace" in run.of("net")


def test_what_aws_makes_up_stays_when_a_program_does_not_ask_for_it(bench: Benches) -> None:
    stack = bench()
    stack.up('Raw("aws:ec2/subnet:Subnet", "s", {"vpcId": "vpc-1", "availabilityZone": "us-east-1a"})')
    run = stack.up('Raw("aws:ec2/subnet:Subnet", "s", {"vpcId": "vpc-1"})')
    assert run.of("s") == ["same"], "AWS keeps a zone that the program no longer names"
    assert stack.resources()["s"]["outputs"]["availabilityZone"] == "us-east-1a"
