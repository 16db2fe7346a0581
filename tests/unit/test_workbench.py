import json
from typing import Any

import pytest
from pulumi.runtime import mocks

from components.workbench import Workbench, WorkbenchArgs, image_parameter
from tests.unit.recording import Cloud, Recording, record


class Images(Cloud):
    """Knows the public parameter that names the latest image."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        if args.token == "aws:ssm/getParameter:getParameter":
            name = args.args["name"]
            return {"id": name, "name": name, "insecureValue": f"ami-{name.rpartition('-')[2]}"}, []
        return super().call(args)


def program(instance_type: str = "t3.medium") -> Recording:
    return record(
        lambda: Workbench(
            "workbench",
            WorkbenchArgs(
                region="us-east-1",
                account_id="123456789012",
                permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
                vpc_id="vpc-1",
                subnet_id="subnet-1",
                database_security_group_id="sg-databases",
                bucket_arn="arn:aws:s3:::datamesh-datalake-ada",
                glue_databases=["sales"],
                events_database="events",
                instance_type=instance_type,
            ),
        ),
        cloud=Images(),
    )


@pytest.fixture(scope="module")
def workbench() -> Recording:
    return program()


@pytest.fixture(scope="module")
def machine(workbench: Recording) -> dict[str, Any]:
    return workbench.one("aws:ec2/instance:Instance").inputs


def test_nothing_comes_in(workbench: Recording, machine: dict[str, Any]):
    group = workbench.one("aws:ec2/securityGroup:SecurityGroup")
    assert not group.inputs.get("ingress")
    (rule,) = workbench.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rule.inputs["securityGroupId"] == "sg-databases", "the only way in is the one into the databases"
    assert "keyName" not in machine, "nobody comes in by a key pair"


def test_it_reaches_the_databases_by_group_and_the_internet_by_https_only(workbench: Recording):
    (into,) = workbench.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert into.inputs["referencedSecurityGroupId"] == "datamesh-workbench-id"
    out = {
        (rule.inputs["fromPort"], rule.inputs.get("referencedSecurityGroupId") or rule.inputs["cidrIpv4"])
        for rule in workbench.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    }
    assert out == {(443, "0.0.0.0/0"), (5432, "sg-databases")}


def test_programs_on_it_get_no_credentials_by_forged_requests(machine: dict[str, Any]):
    assert machine["metadataOptions"]["httpTokens"] == "required", "IMDSv2"


def test_its_disk_is_encrypted(machine: dict[str, Any]):
    assert machine["rootBlockDevice"] == {"volumeType": "gp3", "volumeSize": 30, "encrypted": True}


def test_neither_a_newer_image_nor_a_night_without_an_address_replaces_the_machine(
    workbench: Recording, machine: dict[str, Any]
):
    assert machine["ami"] == "ami-x86_64"
    assert workbench.one("aws:ec2/instance:Instance").ignore_changes == ("ami", "associatePublicIpAddress")


def test_a_busy_processor_costs_nothing_on_top(machine: dict[str, Any]):
    assert machine["creditSpecification"] == {"cpuCredits": "standard"}
    other = program("m7i-flex.large").one("aws:ec2/instance:Instance").inputs
    assert "creditSpecification" not in other, "AWS refuses it for types that do not burst"


def test_its_role_is_there_before_its_agent_asks_for_it(workbench: Recording):
    policy = workbench.one("aws:iam/rolePolicy:RolePolicy")
    attached = workbench.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {policy.urn, attached.urn} <= set(workbench.one("aws:ec2/instance:Instance").depends_on)
    assert workbench.one("aws:iam/role:Role").inputs["permissionsBoundary"].endswith("boundary")
    sids = [statement["Sid"] for statement in json.loads(policy.inputs["policy"])["Statement"]]
    assert "ReportToSessionManager" in sids


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        ("t3.medium", "x86_64"),
        ("t3a.small", "x86_64"),
        ("m7i-flex.large", "x86_64"),
        ("t4g.medium", "arm64"),
        ("c7gn.large", "arm64"),
        ("g5.xlarge", "x86_64"),
    ],
)
def test_the_image_fits_the_processor(instance_type: str, architecture: str):
    assert image_parameter(instance_type).endswith(f"-{architecture}")
