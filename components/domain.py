"""A business domain: the unit of the mesh."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from components.database import DatabaseArgs, database
from components.policies import documents as policies
from mesh.names import DATABASE_SECRETS, MASTER_USER, DomainName, RefusedNameError
from mesh.tags import DOMAIN


@dataclass(frozen=True, kw_only=True)
class DomainArgs(DatabaseArgs):
    """What a domain needs from its surroundings, and the size of its database."""

    lake_bucket: Input[str]
    lake_bucket_arn: Input[str]
    events_database: Input[str]
    account_id: Input[str]
    region: str
    principals: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By domain, ARNs of those who may assume its analyst role; for other domains the account's policies decide."""
    require_mfa: bool
    permissions_boundary: Input[str] | None = None
    """ARN of the policy that limits every role of the mesh."""
    declared: Collection[DomainName] | None = None
    """The domains that have a contract; one without is refused. None: any is accepted."""
    iam_authentication: bool = True
    """Whether analysts log in with IAM; otherwise they have a generated password."""


class Domain(pulumi.ComponentResource):
    """One business domain: a PostgreSQL database, its credentials, its part of the lake and its analysts' role."""

    name: DomainName
    host: Output[str]
    port: Output[int]
    database: Output[str]
    identifier: Output[str]
    instance_arn: Output[str]
    analyst_role_arn: Output[str]
    admin_secret_arn: Output[str]
    trino_secret_arn: Output[str]
    glue_database: Output[str]
    lake_prefix: Output[str]
    admin_password: Output[str]
    trino_password: Output[str]
    grafana_password: Output[str]
    analyst_password: Output[str] | None

    def __init__(self, name: str, args: DomainArgs, opts: ResourceOptions | None = None) -> None:
        try:
            self.name = DomainName(name)
        except RefusedNameError as refused:  # before any of its resources is registered
            raise pulumi.RunError(str(refused)) from None
        if args.declared is not None and self.name not in args.declared:
            raise pulumi.RunError(f'domains/{name}/contract.yaml is missing: Domain("{name}", …) needs one')
        super().__init__("datamesh:components:Domain", name, None, opts)
        self._child = ResourceOptions(parent=self)

        self.admin_password = self._password("admin")
        self.trino_password = self._password("trino")
        self.grafana_password = self._password("grafana")
        self.analyst_password = None if args.iam_authentication else self._password("analyst")
        instance = database(self.name, args, self.admin_password, self)
        self.host = instance.address
        self.port = instance.port
        self.database = instance.db_name
        self.identifier = instance.identifier
        self.instance_arn = instance.arn
        logins = {
            "admin": (MASTER_USER, self.admin_password),
            "trino": (self.name.trino_user, self.trino_password),
        }
        secrets = {role: self._secret(role, *logins[role], args) for role in DATABASE_SECRETS}
        self.admin_secret_arn = secrets["admin"]
        self.trino_secret_arn = secrets["trino"]

        self.lake_prefix = Output.from_input(self.name.lake_prefix)
        self.glue_database = aws.glue.CatalogDatabase(
            f"{name}-lake",
            name=self.name.identifier,
            description=f"Tables of the domain {name} in the lake",
            location_uri=Output.concat("s3://", args.lake_bucket, "/", self.lake_prefix),
            tags={DOMAIN: name},
            opts=self._child,
        ).name
        self.analyst_role_arn = self._analyst(args, instance)
        self.register_outputs(
            {
                output: getattr(self, output)
                for output in (
                    "host",
                    "port",
                    "database",
                    "identifier",
                    "instance_arn",
                    "analyst_role_arn",
                    "admin_secret_arn",
                    "trino_secret_arn",
                    "glue_database",
                    "lake_prefix",
                )
            }
        )

    def _password(self, role: str) -> Output[str]:
        """A generated password of letters and digits, which need no quoting in any text or URL."""
        password = random.RandomPassword(f"{self.name}-{role}-password", length=32, special=False, opts=self._child)
        return Output.secret(password.result)

    def _secret(self, role: str, user: str, password: Output[str], args: DomainArgs) -> Output[str]:
        """ARN of a secret with a client's login, as JSON with the keys that Amazon RDS uses."""
        name = self.name
        secret = aws.secretsmanager.Secret(
            f"{name}-{role}",
            name_prefix=f"datamesh/{name}/{role}-",  # a deleted secret keeps its name until its recovery window ends
            description=f"Login of {user} to the database of the domain {name}",
            recovery_window_in_days=0 if args.disposable else 7,
            tags={DOMAIN: name},
            opts=self._child,
        )
        login = {"engine": "postgres", "host": self.host, "port": self.port, "dbname": self.database}
        aws.secretsmanager.SecretVersion(
            f"{name}-{role}",
            secret_id=secret.id,
            secret_string=Output.secret(Output.json_dumps({**login, "username": user, "password": password})),
            opts=self._child,
        )
        return secret.arn

    def _analyst(self, args: DomainArgs, instance: aws.rds.Instance) -> Output[str]:
        name = self.name
        principals = args.principals.get(name, ())
        trust = Output.from_input(args.account_id).apply(
            lambda account: policies.trust_people(account, principals, require_mfa=args.require_mfa)
        )
        role = aws.iam.Role(
            f"datamesh-{name}-analyst",
            description=f"Reads the domain {name} and nothing else",
            assume_role_policy=Output.json_dumps(trust),
            permissions_boundary=args.permissions_boundary,
            tags={DOMAIN: name},
            opts=self._child,
        )
        policy = Output.all(
            account=args.account_id,
            resource_id=instance.resource_id,
            instance_arn=instance.arn,
            bucket_arn=args.lake_bucket_arn,
            glue_database=self.glue_database,
            events_database=args.events_database,
            prefix=self.lake_prefix,
        ).apply(
            lambda values: policies.analyst_policy(
                region=args.region,
                user=self.name.analyst_user,
                uploads_prefix=self.name.uploads_prefix,
                **values,
            )
        )
        aws.iam.RolePolicy(f"{name}-analyst", role=role.id, policy=Output.json_dumps(policy), opts=self._child)
        return role.arn
