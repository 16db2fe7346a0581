"""The data mesh: settings, network, lake, domains, platform, outputs."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.boundary import Boundary, BoundaryArgs
from components.domain import Domain, DomainArgs
from components.identity import Identity, IdentityArgs
from components.lake import Lake, LakeArgs
from components.network import Network, NetworkArgs, usual_zones
from program.configure import configure, refuse_unused
from program.operate import operate
from program.outputs import export
from program.providers import aws_provider, kubernetes_provider
from program.serve import serve

configuration = configure(Path("domains"))
settings = configuration.settings
provider = aws_provider(settings)
on_aws = pulumi.ResourceOptions(provider=provider)
on_cluster = pulumi.ResourceOptions(provider=kubernetes_provider(settings))
ask_aws = pulumi.InvokeOutputOptions(provider=provider)
account = aws.get_caller_identity_output(opts=ask_aws).account_id
zones = usual_zones(ask_aws)

boundary = Boundary("boundary", BoundaryArgs(owner=settings.owner, region=settings.region, account_id=account), on_aws)
network = Network("network", NetworkArgs(zones=zones, allowed_cidrs=settings.allowed_cidrs), on_aws)
lake = Lake("lake", LakeArgs(owner=settings.owner, events=configuration.events, disposable=settings.disposable), on_aws)

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
    windows=settings.windows,
    iam_authentication=settings.local is None,
    declared=configuration.contracts.keys(),
    disposable=settings.disposable,
)
domains = [
    Domain("sales", surroundings, on_aws),
    Domain("marketing", surroundings, on_aws),
]
refuse_unused(configuration.contracts, domains)

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
addresses = operate(settings, account, boundary.arn, network, lake, domains, on_aws)

platform = serve(settings, configuration.contracts, configuration.texts, domains, lake, identity, on_cluster)
export(settings, configuration.contracts, configuration.cost, domains, lake, identity, platform, addresses)
