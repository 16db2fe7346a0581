"""The quotas of AWS: what a mesh needs of each is what its program registers, and too much is refused before that."""

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from bench.many_domains import long_names, write_domains
from components.budget import ACTUAL_PERCENT
from components.policies.admin import Mesh, admin_tables_policy
from components.policies.services import tables_policy, trino_tables_policy
from mesh.demand import demand
from mesh.quotas import BY_KEY, DATABASES_A_POLICY, QUOTAS, Demand, Quota, problems
from mesh.settings import SettingsError, read_settings
from tests import sample
from tests.unit.everything import ON_AWS
from tests.unit.recording import CONFIG, Cloud, Recording, record

REGISTERED = {
    "dbInstances": "aws:rds/instance:Instance",
    "parameterGroups": "aws:rds/parameterGroup:ParameterGroup",
    "subnetGroups": "aws:rds/subnetGroup:SubnetGroup",
    "eventSubscriptions": "aws:rds/eventSubscription:EventSubscription",
    "vpcs": "aws:ec2/vpc:Vpc",
    "internetGateways": "aws:ec2/internetGateway:InternetGateway",
    "roles": "aws:iam/role:Role",
    "users": "aws:iam/user:User",
    "managedPolicies": "aws:iam/policy:Policy",
    "userPolicies": "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "instanceProfiles": "aws:iam/instanceProfile:InstanceProfile",
    "secrets": "aws:secretsmanager/secret:Secret",
    "glueDatabases": "aws:glue/catalogDatabase:CatalogDatabase",
    "schedules": "aws:scheduler/schedule:Schedule",
    "logGroups": "aws:cloudwatch/logGroup:LogGroup",
    "alarms": "aws:cloudwatch/metricAlarm:MetricAlarm",
    "topics": "aws:sns/topic:Topic",
    "buckets": "aws:s3/bucket:Bucket",
}
"""By key of a quota, the type of the resources that count."""


LIMITS = {
    ("aws:iam/policy:Policy", "policy"): 6_144,
    ("aws:iam/rolePolicy:RolePolicy", "policy"): 10_240,
    ("aws:iam/userPolicy:UserPolicy", "policy"): 2_048,
    ("aws:iam/role:Role", "assumeRolePolicy"): 2_048,
    ("aws:s3/bucketPolicy:BucketPolicy", "policy"): 20 * 1024,
    ("aws:sns/topicPolicy:TopicPolicy", "policy"): 30 * 1024,
}
"""By type and input: characters that AWS takes, without white space; inline policies count together."""
LONGEST_REGION, LONGEST_OWNER = "ap-southeast-1", "quality-assurance-eu"


class Amazon(Cloud):
    """Gives ids and ARNs of the lengths that AWS gives them."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made, outputs = super().new_resource(args)
        arns = {
            "aws:rds/instance:Instance": f"rds:us-east-1:123456789012:db:{outputs.get('identifier')}",
            "aws:s3/bucket:Bucket": f"s3:::{outputs.get('bucket')}",
            "aws:ec2/instance:Instance": "ec2:us-east-1:123456789012:instance/i-0123456789abcdef0",
            "aws:sns/topic:Topic": f"sns:us-east-1:123456789012:{args.name}-0a1b2c3",
        }
        if args.typ in arns:
            outputs |= {"arn": f"arn:aws:{arns[args.typ]}", "resourceId": f"db-{'A' * 26}"}
        return made, outputs


def register(folder: Path, domains: int, **settings: str) -> Recording:
    """The program with every optional part, on as many domains with the longest names."""
    names = long_names(domains)
    write_domains(folder, names)
    (folder / "events").symlink_to(sample.DOMAINS_FOLDER / "events")
    extra = {f"datamesh:{key}": value for key, value in settings.items()}
    own = {"datamesh:users": "{}", "datamesh:region": "us-east-1", "datamesh:owner": LONGEST_OWNER}
    config = ON_AWS | own | {"datamesh:publish": "{}"} | extra  # these domains keep no port
    return record(sample.program(names, folder), config=config, cloud=Amazon())


@pytest.fixture(scope="module", params=[1, 2, 10, 40])
def mesh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Recording]:
    """The number of domains, and what their program registers."""
    return request.param, register(tmp_path_factory.mktemp("domains"), request.param)


def needs(domains: int, **settings: str) -> Demand:
    config = ON_AWS | {"datamesh:users": "{}"} | {f"datamesh:{key}": value for key, value in settings.items()}
    values = {key.removeprefix("datamesh:"): value for key, value in config.items()}
    return demand(read_settings(values, "dev", sample.NAMES), domains)


def characters(text: str) -> int:
    """The length of a document as AWS counts it, in the longest region."""
    return len("".join(text.split()).replace("us-east-1", LONGEST_REGION))


def test_every_document_fits_what_aws_takes(mesh: tuple[int, Recording]):
    _, recording = mesh
    sizes: Counter[tuple[str, str, str]] = Counter()
    for each in recording.resources:
        documents = {key: text for key, text in each.inputs.items() if str(text).startswith('{"Version"')}
        for key, text in documents.items():
            whose = each.inputs.get("role") or each.inputs.get("user") or each.name
            sizes[each.type, key, whose] += characters(text)
    assert {(kind, key) for kind, key, _ in sizes} == LIMITS.keys(), "a kind of document has no limit here, or is gone"
    over = {f"{kind} {whose}: {size}" for (kind, key, whose), size in sizes.items() if size > LIMITS[kind, key]}
    assert not over


def test_a_managed_policy_holds_as_many_databases_as_it_is_given():
    databases = [name.replace("-", "_") for name in long_names(DATABASES_A_POLICY)]
    place = Mesh(region=LONGEST_REGION, account="123456789012", owner=LONGEST_OWNER)
    for document in (
        tables_policy(region=place.region, account=place.account, glue_databases=databases),
        trino_tables_policy(region=place.region, account=place.account, glue_databases=databases),
        admin_tables_policy(place, glue_databases=databases),
    ):
        assert characters(json.dumps(document)) <= LIMITS["aws:iam/policy:Policy", "policy"]


def test_what_a_mesh_needs_is_what_its_program_registers(mesh: tuple[int, Recording]):
    domains, recording = mesh
    wanted = needs(domains)
    counted = Counter(resource.type for resource in recording.resources)
    assert {key: BY_KEY[key].need(wanted) for key in REGISTERED} == {k: counted[t] for k, t in REGISTERED.items()}
    board = json.loads(recording.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])["widgets"]
    assert BY_KEY["dashboardWidgets"].need(wanted) == len(board)
    metrics = sum(len(widget["properties"].get("metrics", ())) for widget in board)
    assert BY_KEY["dashboardMetrics"].need(wanted) == metrics
    databases = recording.of("aws:rds/instance:Instance")
    assert BY_KEY["dbStorage"].need(wanted) == sum(each.inputs["allocatedStorage"] for each in databases)
    rules = recording.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    groups = Counter(rule.inputs["securityGroupId"] for rule in rules)
    assert BY_KEY["securityGroupRules"].need(wanted) == max(groups.values())
    attached = Counter(
        each.inputs["role"] for each in recording.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    )
    assert BY_KEY["rolePolicies"].need(wanted) == max(attached.values())
    (hours,) = [each for each in recording.of("aws:iam/rolePolicy:RolePolicy") if each.name == "office-hours-role"]
    assert 0 <= BY_KEY["inlinePolicies"].need(wanted) - characters(hours.inputs["policy"]) < 20
    assert BY_KEY["budgetNotifications"].need(wanted) == len(ACTUAL_PERCENT) + 1


def people(count: int) -> str:
    return json.dumps({"admin": [f"arn:aws:iam::123456789012:user/person-{number:02}" for number in range(count)]})


def test_a_trust_policy_grows_with_those_who_are_listed(tmp_path: Path):
    recording = register(tmp_path, 1, access=people(40))
    trusts = [each.inputs["assumeRolePolicy"] for each in recording.of("aws:iam/role:Role")]
    assert BY_KEY["trustPolicy"].need(needs(1, access=people(40))) == max(map(characters, trusts))
    (problem,) = problems(needs(1, access=people(50)), {}, "us-east-1")
    assert "characters of a role's trust policy; AWS gives 2,048" in problem


def test_every_quota_is_counted_in_the_program_or_stands_here():
    others = {
        "dbStorage", "securityGroupRules", "subnetAddresses", "vcpus", "dashboardWidgets", "dashboardMetrics",
        "rolePolicies", "inlinePolicies", "trustPolicy", "budgetNotifications",
    }  # fmt: skip
    assert {quota.key for quota in QUOTAS} == REGISTERED.keys() | others


@pytest.mark.parametrize("quota", QUOTAS, ids=lambda quota: quota.key)
def test_every_quota_has_its_source_and_both_codes_or_none(quota: Quota):
    assert quota.source.startswith("https://docs.aws.amazon.com/")
    assert (quota.service is None) == (quota.code is None)
    assert quota.most is None or quota.most >= quota.default


def test_forty_domains_fit_what_aws_gives_and_one_more_is_refused_with_what_to_type():
    assert problems(needs(40), {}, "eu-west-3") == []
    (problem,) = problems(needs(41), {}, "eu-west-3")
    assert problem.startswith("41 databases need a quota of 41 DB instances; AWS gives 40.")
    assert "--region eu-west-3 --service-code rds --quota-code L-7B6409FD --desired-value 41" in problem
    assert "pulumi config set --path quotas.dbInstances 41" in problem
    assert problems(needs(41), {"dbInstances": 41}, "eu-west-3") == []


GRANTED = {quota.key: 1_000_000 for quota in QUOTAS}
"""More than anybody needs of everything."""


def test_what_aws_never_raises_is_answered_with_a_second_mesh():
    granted = {key: number for key, number in GRANTED.items() if key != "subnetAddresses"}
    (problem,) = problems(dataclasses.replace(needs(2), domains=251), granted, "eu-west-3")
    assert problem.startswith("251 databases need a quota of 252 addresses of a subnet; AWS gives 251.")
    assert "make a second mesh" in problem and "request" not in problem


def test_quotas_of_iam_are_asked_for_in_their_own_region():
    (problem,) = problems(needs(1000), GRANTED | {"roles": 1000}, "eu-west-3")
    assert "--region us-east-1 --service-code iam --quota-code L-FE177D64 --desired-value 1003" in problem


def test_too_many_domains_are_refused_before_anything_is_registered(tmp_path: Path):
    with pytest.raises(pulumi.RunError, match=r"AWS gives 40\.(.|\n)*quotas\.dbInstances 41 --stack dev"):
        register(tmp_path, 41)


@pytest.mark.parametrize(
    ("quotas", "reason"),
    [
        ('{"databases": 60}', "'databases' is not one of its entries"),
        ('{"dbInstances": "60"}', "not a number"),
        ('{"dbInstances": 0}', "can be 1 to"),
        ('{"userPolicies": 21}', "can be 1 to 20"),
        ('{"dashboardWidgets": 600}', "AWS does not raise it"),
    ],
)
def test_a_quota_that_no_account_can_have_is_refused(quotas: str, reason: str):
    config = CONFIG | {"datamesh:quotas": quotas}
    with pytest.raises(SettingsError, match=reason):
        read_settings({key.removeprefix("datamesh:"): value for key, value in config.items()}, "dev", sample.NAMES)
