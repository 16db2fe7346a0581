"""The data mesh: settings, network, lake, domains, platform, outputs."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import contracts
from components.domain import Domain, DomainArgs
from components.identity import Boundary, BoundaryArgs, Identity, IdentityArgs
from components.lake import Lake, LakeArgs
from components.network import Network, NetworkArgs, usual_zones
from components.operations import operate
from components.outputs import export
from components.providers import aws_provider, kubernetes_provider
from components.settings import read
from components.shape import affordable
from k8s.platform import Platform, PlatformArgs
from k8s.trino import DatabaseArgs, LakeCatalogArgs
from k8s.trino_config import HTTP_PORT, HTTPS_PORT, Memory

promised = contracts.read(Path("seed"), contracts.declared(Path("seed")))
settings = read(pulumi.Config(), pulumi.get_stack(), promised)
cost = affordable(settings, len(promised))
local = settings.local
provider = aws_provider(settings)
on_aws = pulumi.ResourceOptions(provider=provider)
on_cluster = pulumi.ResourceOptions(provider=kubernetes_provider(settings))
ask_aws = pulumi.InvokeOutputOptions(provider=provider)
account = aws.get_caller_identity_output(opts=ask_aws).account_id
zones = usual_zones(ask_aws)

boundary = Boundary("boundary", BoundaryArgs(owner=settings.owner, region=settings.region, account_id=account), on_aws)
network = Network("network", NetworkArgs(zones=zones, allowed_cidrs=settings.allowed_cidrs), on_aws)
lake = Lake("lake", LakeArgs(owner=settings.owner, disposable=settings.disposable), on_aws)

surroundings = DomainArgs(
    subnet_group=network.subnet_group,
    security_group_id=network.database_security_group_id,
    lake_bucket=lake.bucket,
    lake_bucket_arn=lake.bucket_arn,
    events_database=lake.events_database,
    account_id=account,
    region=settings.region,
    principals=settings.access,
    require_mfa=settings.require_mfa,
    permissions_boundary=boundary.arn,
    instance_class=settings.instance_class,
    backup_days=settings.backup_days,
    iam_authentication=local is None,
    disposable=settings.disposable,
)
domains = [
    Domain("sales", surroundings, on_aws),
    Domain("marketing", surroundings, on_aws),
]

identity = Identity(
    "identity",
    IdentityArgs(
        owner=settings.owner,
        region=settings.region,
        account_id=account,
        permissions_boundary=boundary.arn,
        bucket_arn=lake.bucket_arn,
        glue_databases=[domain.glue_database for domain in domains],
        events_database=lake.events_database,
        admins=settings.access.get("admin", ()),
        require_mfa=settings.require_mfa,
    ),
    on_aws,
)
told = operate(settings, account, boundary.arn, network, lake, domains, on_aws)

platform = Platform(
    "platform",
    PlatformArgs(
        databases={
            domain.name.name: DatabaseArgs(
                catalog=domain.name.identifier,
                host=domain.host,
                port=domain.port,
                database=domain.database,
                user=domain.name.trino_user,
                password=domain.trino_password,
            )
            for domain in domains
        },
        contracts=promised,
        lake=LakeCatalogArgs(
            bucket=lake.bucket,
            region=settings.region,
            access_key=identity.trino_access_key_id,
            secret_key=identity.trino_secret_access_key,
            endpoint=local and local.aws_endpoint,
        ),
        people=settings.people,
        database_ca=settings.database_ca.read_text(),
        memory=Memory(settings.trino.memory),
        workers=settings.trino.workers,
        published_ports={HTTP_PORT: local.trino_port, HTTPS_PORT: local.trino_https_port} if local else {},
    ),
    on_cluster,
)
export(settings, cost, domains, lake, identity, platform, told)
