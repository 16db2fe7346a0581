"""The data mesh: settings, network, lake, domains, platform, outputs."""

import pulumi
import pulumi_aws as aws

from components.domain import Domain, DomainArgs
from components.lake import Lake, LakeArgs
from components.network import Network, NetworkArgs
from components.outputs import export
from components.providers import aws_provider, kubernetes_provider
from components.settings import read
from k8s import trino
from k8s.namespace import Namespace, NamespaceArgs

settings = read(pulumi.Config(), pulumi.get_stack())
on_aws = pulumi.ResourceOptions(provider=aws_provider(settings))
on_cluster = pulumi.ResourceOptions(provider=kubernetes_provider(settings))
account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=on_aws.provider)).account_id

network = Network("network", NetworkArgs(zones=settings.zones, allowed_cidrs=settings.allowed_cidrs), on_aws)
lake = Lake("lake", LakeArgs(owner=settings.owner, disposable=settings.disposable), on_aws)

surroundings = DomainArgs(
    subnet_group=network.subnet_group,
    security_group_id=network.database_security_group_id,
    lake_bucket=lake.bucket,
    lake_bucket_arn=lake.bucket_arn,
    events_database=lake.events_database,
    account_id=account,
    region=settings.region,
    instance_class=settings.instance_class,
    iam_authentication=settings.local is None,
    disposable=settings.disposable,
)
domains = [
    Domain("sales", surroundings, on_aws),
    Domain("marketing", surroundings, on_aws),
]

namespace = Namespace("platform", NamespaceArgs(), on_cluster)
platform = trino.Trino(
    "trino",
    trino.TrinoArgs(
        namespace=namespace.name,
        databases=[
            trino.DatabaseArgs(
                catalog=domain.name.identifier,
                host=domain.host,
                port=domain.port,
                database=domain.database,
                user=domain.name.trino_user,
                password=domain.trino_password,
            )
            for domain in domains
        ],
        lake=trino.LakeArgs(
            bucket=lake.bucket,
            region=settings.region,
            access_key=account,
            secret_key=account,
            endpoint=settings.local and settings.local.aws_endpoint,
        ),
        database_ca=settings.database_ca.read_text(),
        host_ports={8080: settings.local.trino_port} if settings.local else {},
    ),
    on_cluster,
)
export(settings, domains, lake, platform, namespace.name)
