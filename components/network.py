"""The network of the databases, and who may reach them."""

import ipaddress
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, InvokeOutputOptions, Output, ResourceOptions

from mesh.ports import POSTGRESQL


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """The zones and address ranges of the network."""

    zones: Sequence[Input[str]]
    """Two availability zones: Amazon RDS needs a subnet in each, even for an instance in one."""
    allowed_cidrs: Sequence[str]
    """IPv4 ranges from which the databases can be reached."""
    cidr: str = "10.20.0.0/16"


def subnet_ranges(cidr: str, count: int) -> list[str]:
    """The first `count` subnets of a VPC's range, each of 256 addresses, or fewer where the range is small.

    Raises ValueError for a range that AWS does not take for a VPC (/16 to /28), or that is too small for them.
    """
    network = ipaddress.ip_network(cidr)
    smallest = 28  # AWS reserves five addresses of each subnet
    length = max(24, network.prefixlen + (count - 1).bit_length())
    if network.version != 4 or not 16 <= network.prefixlen <= smallest or length > smallest:
        raise ValueError(f"{cidr} is not a range for a VPC with {count} subnets: write an IPv4 range from /16 to /27")
    return [str(subnet) for subnet in itertools.islice(network.subnets(new_prefix=length), count)]


def usual_zones(opts: InvokeOutputOptions) -> list[Output[str]]:
    """Names of two availability zones of the account: not every account has a zone `a` in every region."""
    zones = aws.get_availability_zones_output(
        state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}], opts=opts
    )
    names = zones.names.apply(sorted)
    return [names[0], names[1]]


class Network(pulumi.ComponentResource):
    """A VPC with two public subnets and no NAT gateway, whose databases accept listed addresses only."""

    vpc_id: Output[str]
    subnet_ids: Output[list[str]]
    subnet_group: Output[str]
    """Name of the RDS subnet group; known once the route to the internet exists."""
    database_security_group_id: Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Network", name, None, opts)
        child = ResourceOptions(parent=self)

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # a public database gets no public name without it
            tags={"Name": f"datamesh-{name}"},
            opts=child,
        )
        gateway = aws.ec2.InternetGateway(f"{name}-gateway", vpc_id=vpc.id, opts=child)
        table = aws.ec2.RouteTable(f"{name}-routes", vpc_id=vpc.id, opts=child)
        route = aws.ec2.Route(
            f"{name}-internet",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child,
        )
        ranges = subnet_ranges(args.cidr, len(args.zones))
        subnets = [
            aws.ec2.Subnet(
                f"{name}-subnet-{index}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=ranges[index],
                # a zone that AWS does not call available for a while would replace its subnet, whose range is taken
                opts=ResourceOptions.merge(child, ResourceOptions(ignore_changes=["availability_zone"])),
            )
            for index, zone in enumerate(args.zones)
        ]
        associations = [
            aws.ec2.RouteTableAssociation(
                f"{name}-association-{index}", subnet_id=subnet.id, route_table_id=table.id, opts=child
            )
            for index, subnet in enumerate(subnets)
        ]
        group = aws.rds.SubnetGroup(
            f"{name}-databases",
            subnet_ids=[subnet.id for subnet in subnets],
            description="Public subnets of the data mesh",
            # AWS refuses a public database in a subnet without a route to the internet, and does not detach a gateway
            # while a database has a public address: users of the group are made after the route, and deleted before
            opts=ResourceOptions.merge(child, ResourceOptions(depends_on=[gateway, route, *associations])),
        )
        security_group = aws.ec2.SecurityGroup(
            f"{name}-databases",
            vpc_id=vpc.id,
            description="PostgreSQL of the data mesh, from known addresses",
            opts=child,
        )
        for cidr in args.allowed_cidrs:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{cidr}",
                security_group_id=security_group.id,
                description="PostgreSQL",
                ip_protocol="tcp",
                from_port=POSTGRESQL,
                to_port=POSTGRESQL,
                cidr_ipv4=cidr,
                opts=child,
            )

        self.vpc_id = vpc.id
        self.subnet_ids = Output.all(*[subnet.id for subnet in subnets])
        self.subnet_group = group.name
        self.database_security_group_id = security_group.id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": self.subnet_ids,
                "subnet_group": self.subnet_group,
                "database_security_group_id": self.database_security_group_id,
            }
        )
