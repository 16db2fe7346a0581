"""The whole program under mocks: properties that hold over all resources."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from local.providers import sdk
from mesh.cost.estimate import SEED_WITHOUT_EC2, estimate
from mesh.cost.resource_types import unpriced
from tests import sample
from tests.unit import recording
from tests.unit.recording import CONFIG, Recording, record

EVERYTHING = CONFIG | {
    "datamesh:workbench": '{"instanceType": "t3.medium"}',
    "datamesh:officeHours": '{"days": "MON-FRI", "start": 8, "stop": 20, "timezone": "Europe/Paris"}',
    "datamesh:acceptCost": "true",
}
"""A stack with every optional part."""

INSTANCE = "aws:rds/instance:Instance"


def texts(value: Any) -> str:
    return json.dumps(value, default=str)


def test_every_resource_has_a_component_as_parent_except_providers_and_components(everything: Recording):
    components = {r.urn for r in everything.resources if not r.custom}
    for resource in everything.resources:
        if resource.custom and not resource.type.startswith("pulumi:providers:"):
            assert resource.parent in components, f"{resource.name} hangs in the air"


def test_every_cloud_resource_goes_through_the_explicit_provider(dev: Recording):
    for resource in dev.resources:
        for package, provider in (("aws:", "::aws::"), ("kubernetes:", "::cluster::")):
            if resource.type.startswith(package):
                assert provider in resource.provider, f"{resource.name} would follow the environment"


def test_the_aws_provider_tags_everything_and_names_its_region(dev: Recording):
    provider = dev.one("pulumi:providers:aws").inputs
    assert json.loads(provider["defaultTags"]) == {"tags": {"Project": "DataMeesh"}}
    assert provider["region"] == "us-east-1"


def test_everything_of_a_domain_that_can_be_tagged_says_which(everything: Recording):
    domains = {r.urn: r.name for r in everything.of("datamesh:components:Domain")}
    taggable = [
        resource
        for resource in everything.resources
        if resource.parent in domains
        and resource.type.startswith("aws:")
        and "tags" in sdk.resource(resource.type).inputs
    ]
    assert len(taggable) >= 2 * 8, f"only {len(taggable)} resources can be tagged"
    for resource in taggable:
        tags = resource.inputs.get("tags") or {}
        assert tags.get("Domain") == domains[resource.parent], f"{resource.type} {resource.name} has {tags}"


def test_a_stack_can_be_kept_to_its_accounts(recorded: Callable[..., Recording]):
    recording = recorded(config=CONFIG | {"datamesh:allowedAccountIds": "123456789012"})
    assert json.loads(recording.one("pulumi:providers:aws").inputs["allowedAccountIds"]) == ["123456789012"]


def test_the_cluster_is_the_one_of_the_configured_context(dev: Recording):
    assert dev.one("pulumi:providers:kubernetes").inputs["context"] == "kind-datamesh"


def test_no_password_leaves_its_secret_inputs(everything: Recording):
    for resource in everything.resources:
        open_inputs = {key: value for key, value in resource.inputs.items() if key not in resource.secrets}
        assert "PASSWORD-" not in texts(open_inputs), f"{resource.type} {resource.name} shows a password"


def test_no_password_is_in_an_open_output_of_the_stack_or_of_a_component(dev: Recording):
    open_exports = {key: value for key, value in dev.exports.items() if key not in dev.secret_exports}
    assert dev.secret_exports == {"credentials"}
    assert "PASSWORD-" not in texts(open_exports)
    for urn, outputs in dev.component_outputs.items():
        assert "PASSWORD-" not in texts(outputs), f"{urn} registers a password"


def test_the_outputs_tell_what_programs_need(dev: Recording):
    assert {"domains", "lake", "trino", "databaseCa", "credentials", "adminRoleArn"} <= set(dev.exports)
    assert set(dev.exports["domains"]) == {"sales", "marketing"}
    assert dev.exports["domains"]["sales"] == {
        "host": "sales-db.example.com",
        "port": 5432,
        "identifier": "datamesh-sales-0a1b2c3d",
        "database": "sales_db",
        "catalog": "sales",
        "analystRoleArn": "arn:aws:mock:::datamesh-sales-analyst",
        "adminSecretArn": "arn:aws:mock:::sales-admin",
        "trinoSecretArn": "arn:aws:mock:::sales-trino",
        "glueDatabase": "sales",
        "lakePrefix": "sales/",
    }
    assert dev.exports["lake"]["eventsTable"] == "lake.events.customer_events"
    assert "--context kind-datamesh" in dev.exports["trino"]["portForward"]


def test_a_context_is_quoted_in_the_command_that_is_shown(recorded: Callable[..., Recording]):
    shown = recorded(config=CONFIG | {"datamesh:kubeContext": "my cluster; id"}).exports["trino"]["portForward"]
    assert shlex.split(shown)[1:3] == ["--context", "my cluster; id"]


def test_every_log_group_forgets(everything: Recording):
    groups = everything.of("aws:cloudwatch/logGroup:LogGroup")
    assert groups, "there are no log groups to look at"
    assert all(group.inputs["retentionInDays"] == 14 for group in groups)


def test_nothing_is_open_to_the_world(everything: Recording):
    rules = everything.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    outside = [rule.inputs for rule in rules if "referencedSecurityGroupId" not in rule.inputs]
    assert len(rules) == 2 and [rule["cidrIpv4"] for rule in outside] == ["203.0.113.7/32"]
    assert all(rule.inputs["fromPort"] == rule.inputs["toPort"] == 5432 for rule in rules)
    for group in everything.of("aws:ec2/securityGroup:SecurityGroup"):
        assert "ingress" not in group.inputs, f"{group.name} has rules beside the listed ones"
    for bucket in everything.of("aws:s3/bucket:Bucket"):
        block = next(
            b.inputs
            for b in everything.of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
            if b.inputs["bucket"] == bucket.inputs["bucket"]
        )
        assert all(block[key] for key in block if key != "bucket") and len(block) >= 5


def test_data_is_guarded_unless_the_stack_is_disposable(dev: Recording, recorded: Callable[..., Recording]):
    assert {r.name for r in dev.resources if r.protect} == {"lake-bucket", "sales-db", "marketing-db"}
    for instance in dev.of(INSTANCE):
        assert instance.inputs["deletionProtection"] and not instance.inputs["skipFinalSnapshot"]
        assert instance.inputs["finalSnapshotIdentifier"].startswith(instance.inputs["identifier"])
        assert not instance.inputs["deleteAutomatedBackups"]
    disposable = recorded(config=CONFIG | {"datamesh:disposable": "true"})
    assert not [r.name for r in disposable.resources if r.protect]
    for instance in disposable.of(INSTANCE):
        assert not instance.inputs["deletionProtection"] and instance.inputs["skipFinalSnapshot"]
        assert "finalSnapshotIdentifier" not in instance.inputs
        assert instance.inputs["deleteAutomatedBackups"]
    assert disposable.one("aws:s3/bucket:Bucket").inputs["forceDestroy"]
    for secret in disposable.of("aws:secretsmanager/secret:Secret"):
        assert secret.inputs["recoveryWindowInDays"] == 0


def test_a_preview_registers_the_same_resources(dev: Recording, recorded: Callable[..., Recording]):
    preview = recorded(preview=True)
    assert {r.urn for r in preview.resources} == {r.urn for r in dev.resources}


@pytest.fixture(scope="module")
def everything() -> Recording:
    from tests.unit.recording import record

    return record(config=EVERYTHING)


def test_everything_that_the_program_can_make_is_priced_or_known_to_be_free(everything: Recording):
    types = {r.type for r in everything.resources}
    assert len(types) > 45, "the optional parts are not there"
    assert unpriced(types) == []


def test_the_estimate_is_an_output(dev: Recording):
    seed = estimate(replace(SEED_WITHOUT_EC2, kept=2))
    told = {"monthly": round(seed.monthly, 2), "project": round(seed.total, 2), "currency": "USD"}
    assert dev.exports["cost"] == told, "the least configuration is the seed document's, with two kept ports"


def test_a_stack_above_its_budget_is_refused_before_anything_is_made(recorded: Callable[..., Recording]):
    cost = estimate(replace(SEED_WITHOUT_EC2, kept=2)).total
    below = CONFIG | {"datamesh:budgetUsd": str(int(cost) - 1)}
    cloud = Counting()
    with pytest.raises(pulumi.RunError, match=rf"would cost about {re.escape(f'{cost:.2f}')} USD") as refused:
        recorded(config=below, cloud=cloud)
    assert "acceptCost true --stack dev" in str(refused.value) and "officeHours" in str(refused.value)
    assert cloud.made == [], "resources were registered before the refusal"
    assert recorded(config=below | {"datamesh:acceptCost": "true"}).resources


class Counting(recording.Cloud):
    """Notes the names of all that it makes."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made.append(args.name)
        return super().new_resource(args)


def test_a_contract_without_its_domain_is_refused_before_anything_that_knows_the_list_of_domains():
    cloud = Counting()
    with pytest.raises(
        pulumi.RunError, match=r'no Domain\("marketing", …\) in __main__\.py: write the line, or remove'
    ):
        record(sample.program([sample.SALES], sample.DOMAINS_FOLDER), cloud=cloud)
    assert not [name for name in cloud.made if name.startswith(("identity", "trino", "grafana", "datamesh-admin"))]


def test_a_domain_without_its_contract_is_refused_before_anything_of_it_is_made():
    cloud = Counting()
    with pytest.raises(pulumi.RunError, match=r"domains/finance/contract\.yaml is missing"):
        record(sample.program([*sample.NAMES, "finance"], sample.DOMAINS_FOLDER), cloud=cloud)
    assert not [name for name in cloud.made if "finance" in name]
