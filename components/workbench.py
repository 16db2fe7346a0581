"""An EC2 machine near the databases and the lake, for work that is too heavy for a laptop."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, InvokeOutputOptions, Output, ResourceOptions

from components.policies import documents as policies
from components.policies import services as service_policies
from components.rights import attach_to_role, table_policies
from mesh.ports import POSTGRESQL

_ARM = re.compile(r"[a-z]+\d+g[a-z]*")


@dataclass(frozen=True, kw_only=True)
class WorkbenchArgs:
    """The network of the machine, its size, and what it may read."""

    region: str
    account_id: Input[str]
    permissions_boundary: Input[str] | None
    vpc_id: Input[str]
    subnet_id: Input[str]
    database_security_group_id: Input[str]
    bucket_arn: Input[str]
    glue_databases: Sequence[Input[str]]
    """Glue databases of all domains, without the shared events."""
    events_database: Input[str]
    instance_type: str
    disk: int = 30
    """Size of the disk in GiB."""


class Workbench(pulumi.ComponentResource):
    """A Linux machine without an open port: people log in with Session Manager, programs read the lake by its role."""

    instance_id: Output[str]
    instance_arn: Output[str]
    connect: Output[str]
    """The command that opens a shell on it."""

    def __init__(self, name: str, args: WorkbenchArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Workbench", name, None, opts)
        self._child = ResourceOptions(parent=self)
        profile, rights = self._identity(name, args)
        group = self._security_group(name, args)
        instance = aws.ec2.Instance(
            f"{name}-machine",
            instance_type=args.instance_type,
            ami=aws.ssm.get_parameter_output(
                name=image_parameter(args.instance_type), opts=InvokeOutputOptions(parent=self)
            ).insecure_value,
            subnet_id=args.subnet_id,
            vpc_security_group_ids=[group.id],
            associate_public_ip_address=True,  # to reach Session Manager without a NAT gateway
            iam_instance_profile=profile.name,
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            root_block_device={"volume_type": "gp3", "volume_size": args.disk, "encrypted": True},
            # `unlimited`, the default of burstable types, bills a busy processor in addition
            credit_specification={"cpu_credits": "standard"} if args.instance_type.startswith("t") else None,
            instance_initiated_shutdown_behavior="stop",
            tags={"Name": "datamesh-workbench"},
            opts=ResourceOptions(
                parent=self,
                depends_on=rights,
                # a newer image would replace the machine and its disk, and so would the missing address of a stopped
                # machine
                ignore_changes=["ami", "associate_public_ip_address"],
            ),
        )
        self.instance_id = instance.id
        self.instance_arn = instance.arn
        self.connect = Output.concat(f"aws ssm start-session --region {args.region} --target ", instance.id)
        self.register_outputs(
            {"instance_id": self.instance_id, "instance_arn": self.instance_arn, "connect": self.connect}
        )

    def _identity(self, name: str, args: WorkbenchArgs) -> tuple[aws.iam.InstanceProfile, list[pulumi.Resource]]:
        role = aws.iam.Role(
            "datamesh-workbench",
            description="What programs on the workbench of the data mesh may do",
            assume_role_policy=Output.json_dumps(policies.trust_service("ec2")),
            permissions_boundary=args.permissions_boundary,
            opts=self._child,
        )
        tables = table_policies(
            "workbench",
            args.account_id,
            args.glue_databases,
            lambda account, databases: service_policies.tables_policy(
                region=args.region, account=account, glue_databases=databases
            ),
            self._child,
        )
        attached = attach_to_role(name, role, tables, self._child)
        document = Output.all(args.account_id, args.bucket_arn, args.events_database).apply(
            lambda values: service_policies.workbench_policy(
                region=args.region, account=values[0], bucket_arn=values[1], events_database=values[2]
            )
        )
        policy = aws.iam.RolePolicy(
            f"{name}-role",
            role=role.id,
            policy=Output.json_dumps(document),
            # that of an earlier version opened the tables itself: it changes once others do
            opts=ResourceOptions.merge(self._child, ResourceOptions(depends_on=attached)),
        )
        return aws.iam.InstanceProfile("datamesh-workbench", role=role.name, opts=self._child), [policy, *attached]

    def _security_group(self, name: str, args: WorkbenchArgs) -> aws.ec2.SecurityGroup:
        """No inbound traffic; outbound HTTPS (Session Manager, the lake, packages), and PostgreSQL to the databases."""
        group = aws.ec2.SecurityGroup(
            "datamesh-workbench",
            vpc_id=args.vpc_id,
            description="Workbench of the data mesh: nothing in",
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="Session Manager, S3, packages",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-databases",
            security_group_id=group.id,
            description="PostgreSQL",
            ip_protocol="tcp",
            from_port=POSTGRESQL,
            to_port=POSTGRESQL,
            referenced_security_group_id=args.database_security_group_id,
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-databases",
            security_group_id=args.database_security_group_id,
            description="PostgreSQL from the workbench",
            ip_protocol="tcp",
            from_port=POSTGRESQL,
            to_port=POSTGRESQL,
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        return group


def image_parameter(instance_type: str) -> str:
    """The public SSM parameter with the latest image of Amazon Linux 2023 for an instance type's processor."""
    architecture = "arm64" if _ARM.fullmatch(instance_type.partition(".")[0]) else "x86_64"
    return f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
