import re
from collections.abc import Callable

import pytest

from components.network import Network, NetworkArgs, subnet_ranges
from tests.unit.recording import Recording


@pytest.fixture(scope="module")
def network() -> Recording:
    from tests.unit.recording import record

    args = NetworkArgs(zones=["us-east-1a", "us-east-1b"], allowed_cidrs=["203.0.113.7/32", "198.51.100.0/24"])
    return record(lambda: Network("network", args))


@pytest.mark.parametrize(
    ("cidr", "ranges"),
    [
        ("10.20.0.0/16", ["10.20.0.0/24", "10.20.1.0/24"]),
        ("172.31.0.0/20", ["172.31.0.0/24", "172.31.1.0/24"]),
        ("192.168.5.0/24", ["192.168.5.0/25", "192.168.5.128/25"]),
        ("10.0.0.32/27", ["10.0.0.32/28", "10.0.0.48/28"]),
    ],
)
def test_the_subnets_lie_in_the_range_of_the_network_whatever_its_size(cidr: str, ranges: list[str]):
    assert subnet_ranges(cidr, 2) == ranges


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "10.0.0.0/28", "fd00::/56", "10.0.0.1/16"])
def test_a_range_that_holds_no_two_subnets_of_a_vpc_is_refused(cidr: str):
    with pytest.raises(ValueError, match=re.escape(cidr)):
        subnet_ranges(cidr, 2)


def test_a_database_gets_a_public_name(network: Recording):
    vpc = network.one("aws:ec2/vpc:Vpc").inputs
    assert vpc["enableDnsHostnames"] and vpc["enableDnsSupport"]


def test_there_is_a_subnet_in_each_of_two_zones(network: Recording):
    subnets = [s.inputs for s in network.of("aws:ec2/subnet:Subnet")]
    assert {s["availabilityZone"] for s in subnets} == {"us-east-1a", "us-east-1b"}
    assert len({s["cidrBlock"] for s in subnets}) == 2


def test_a_subnet_stays_in_its_zone_when_aws_lists_other_zones(network: Recording):
    subnets = network.of("aws:ec2/subnet:Subnet")
    assert subnets and {s.ignore_changes for s in subnets} == {("availabilityZone",)}, "it would be replaced"


def test_databases_come_after_the_way_to_the_internet_and_go_before_it(network: Recording):
    needed = {
        r.urn
        for kind in (
            "aws:ec2/internetGateway:InternetGateway",
            "aws:ec2/route:Route",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
        )
        for r in network.of(kind)
    }
    assert len(needed) == 4
    assert needed <= set(network.one("aws:rds/subnetGroup:SubnetGroup").depends_on)


def test_only_the_listed_addresses_reach_postgresql_and_nothing_else(network: Recording):
    rules = [r.inputs for r in network.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")]
    assert {r["cidrIpv4"] for r in rules} == {"203.0.113.7/32", "198.51.100.0/24"}
    assert all((r["ipProtocol"], r["fromPort"], r["toPort"]) == ("tcp", 5432, 5432) for r in rules)
    assert not network.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"), "a database calls nobody"


def test_there_is_no_nat_gateway_to_pay_for(recorded: Callable[..., Recording]):
    assert not recorded().of("aws:ec2/natGateway:NatGateway")
