"""The identities of the whole mesh: the administrator's role, and the services' users."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.policies import admin as admin_policies
from components.policies import documents as policies
from components.policies import services as service_policies
from components.policies.admin import Mesh
from components.rights import attach_to_role, managed_policy, table_policies
from mesh.names import ACCOUNT_REGION


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """The resources of the mesh, and who may administer them."""

    owner: str
    region: str
    account_id: Input[str]
    permissions_boundary: Input[str]
    bucket_arn: Input[str]
    glue_databases: Sequence[Input[str]]
    """Glue databases of all domains, without the shared events."""
    events_database: Input[str]
    admins: Sequence[str] = ()
    """ARNs of those who may assume the administrator's role; when empty, the account's policies decide."""
    require_mfa: bool


class Identity(pulumi.ComponentResource):
    """The administrator's role, and one user with a key for each service that runs outside AWS: Trino and Grafana."""

    admin_role_arn: Output[str]
    trino_access_key_id: Output[str]
    trino_secret_access_key: Output[str]
    grafana_access_key_id: Output[str]
    grafana_secret_access_key: Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Identity", name, None, opts)
        self._child = ResourceOptions(parent=self)
        self._boundary = args.permissions_boundary

        self.admin_role_arn = self._admin(name, args)
        grafana = Output.json_dumps(service_policies.grafana_policy(regions=[args.region, ACCOUNT_REGION]))
        trino_user = self._user("trino")
        rights = self._trino_rights(name, trino_user, args)
        self.trino_access_key_id, self.trino_secret_access_key = self._key(name, "trino", trino_user, rights)
        grafana_user = self._user("grafana")
        right = aws.iam.UserPolicy(f"{name}-grafana", user=grafana_user.name, policy=grafana, opts=self._child)
        self.grafana_access_key_id, self.grafana_secret_access_key = self._key(name, "grafana", grafana_user, [right])
        self.register_outputs(
            {
                "admin_role_arn": self.admin_role_arn,
                "trino_access_key_id": self.trino_access_key_id,
                "grafana_access_key_id": self.grafana_access_key_id,
            }
        )

    def _admin(self, name: str, args: IdentityArgs) -> Output[str]:
        trust = Output.from_input(args.account_id).apply(
            lambda account: policies.trust_people(account, args.admins, require_mfa=args.require_mfa)
        )
        role = aws.iam.Role(
            "datamesh-admin",
            description="Does everything with this data mesh, and nothing with anything else",
            assume_role_policy=Output.json_dumps(trust),
            permissions_boundary=self._boundary,
            opts=self._child,
        )
        tables = table_policies(
            "admin",
            args.account_id,
            args.glue_databases,
            lambda account, databases: admin_policies.admin_tables_policy(
                Mesh(region=args.region, account=account, owner=args.owner), glue_databases=databases
            ),
            self._child,
        )
        attached = attach_to_role(name, role, tables, self._child)
        policy = Output.all(args.account_id, args.events_database).apply(
            lambda values: admin_policies.admin_policy(
                Mesh(region=args.region, account=values[0], owner=args.owner), events_database=values[1]
            )
        )
        aws.iam.RolePolicy(
            f"{name}-admin",
            role=role.id,
            policy=Output.json_dumps(policy),
            # that of an earlier version opened the tables itself: it changes once others do
            opts=ResourceOptions.merge(self._child, ResourceOptions(depends_on=attached)),
        )
        return role.arn

    def _trino_rights(self, name: str, user: aws.iam.User, args: IdentityArgs) -> list[pulumi.Resource]:
        """Managed policies: inline ones of a user may hold 2,048 characters together, enough for two domains."""
        lake = Output.all(args.account_id, args.bucket_arn, args.events_database).apply(
            lambda values: service_policies.trino_lake_policy(
                region=args.region, account=values[0], bucket_arn=values[1], events_database=values[2]
            )
        )
        tables = table_policies(
            "trino",
            args.account_id,
            args.glue_databases,
            lambda account, databases: service_policies.trino_tables_policy(
                region=args.region, account=account, glue_databases=databases
            ),
            self._child,
        )
        policies = {"trino-lake": managed_policy("trino-lake", lake, self._child)} | tables
        return [
            aws.iam.UserPolicyAttachment(f"{name}-{part}", user=user.name, policy_arn=policy.arn, opts=self._child)
            for part, policy in policies.items()
        ]

    def _user(self, service: str) -> aws.iam.User:
        """A service's user: pods outside of AWS have no other way to authenticate than its key."""
        return aws.iam.User(
            f"datamesh-{service}",
            permissions_boundary=self._boundary,
            force_destroy=True,  # a key that was made by hand would prevent its deletion otherwise
            opts=self._child,
        )

    def _key(
        self, name: str, service: str, user: aws.iam.User, rights: Sequence[pulumi.Resource]
    ) -> tuple[Output[str], Output[str]]:
        """The access key of a user, which is made after its rights."""
        opts = ResourceOptions.merge(self._child, ResourceOptions(depends_on=rights))
        key = aws.iam.AccessKey(f"{name}-{service}", user=user.name, opts=opts)
        return key.id, Output.secret(key.secret)
