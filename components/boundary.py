"""The permissions boundary of every role and user of the mesh."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.policies import admin as admin_policies
from components.policies.admin import Mesh


@dataclass(frozen=True, kw_only=True)
class BoundaryArgs:
    """The owner, region and account of the mesh."""

    owner: str
    region: str
    account_id: Input[str]


class Boundary(pulumi.ComponentResource):
    """The most that any role or user of the mesh can ever do, whatever its own policies say."""

    arn: Output[str]

    def __init__(self, name: str, args: BoundaryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Boundary", name, None, opts)
        mesh = Output.from_input(args.account_id).apply(
            lambda account: Mesh(region=args.region, account=account, owner=args.owner)
        )
        policy = aws.iam.Policy(
            f"{name}-policy",
            name=mesh.apply(lambda mesh: mesh.boundary_name),  # fixed: the policy names itself
            description="The most that any role or user of the data mesh can do",
            policy=Output.json_dumps(mesh.apply(admin_policies.boundary)),
            opts=ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})
