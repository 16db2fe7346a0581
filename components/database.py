"""The PostgreSQL database of a domain, on Amazon RDS."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from mesh.engine import CERTIFICATE_AUTHORITY, ENGINE, ENGINE_VERSION, STORAGE_TYPE
from mesh.names import MASTER_USER, DomainName
from mesh.tags import DOMAIN
from mesh.windows import Windows

ENCRYPTED = True
_LOG_EXPORTS = ("postgresql", "upgrade", "iam-db-auth-error")


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """The network, size and protection of a database."""

    subnet_group: Input[str]
    security_group_id: Input[str]
    instance_class: str
    storage: int = 20
    """Size of the disk in GiB."""
    backup_days: int
    windows: Windows
    """When it is backed up and maintained; a stopped database is neither."""
    log_days: int = 14
    snapshot_identifier: str | None = None
    """The snapshot from which the database is made. It must stay set: removing it replaces the database."""
    disposable: bool = False
    """Whether destroy may delete the data without protection, snapshots or backups."""


def database(name: DomainName, args: DatabaseArgs, password: Input[str], parent: pulumi.Resource) -> aws.rds.Instance:
    """The PostgreSQL instance of a domain, with its parameters and log groups, as children of `parent`."""
    child = ResourceOptions(parent=parent)
    # a replacement is made before the old database is deleted, so it needs another identifier; and log groups can
    # be made before the instance only if its identifier is known
    suffix = random.RandomId(
        f"{name}-suffix",
        byte_length=4,
        keepers={
            "database": name.database,
            "user": MASTER_USER,
            "encrypted": str(ENCRYPTED),
            "snapshot": args.snapshot_identifier or "",
        },
        opts=child,
    )
    identifier = Output.concat(f"datamesh-{name}-", suffix.hex)
    parameters = _parameters(name, child)
    logs = _logs(name, identifier, args.log_days, child)
    return aws.rds.Instance(
        f"{name}-db",
        identifier=identifier,
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        auto_minor_version_upgrade=True,
        engine_lifecycle_support="open-source-rds-extended-support-disabled",  # 146 USD a month by default
        instance_class=args.instance_class,
        storage_type=STORAGE_TYPE,
        allocated_storage=args.storage,
        storage_encrypted=ENCRYPTED,
        db_name=name.database,
        username=MASTER_USER,
        password=password,
        snapshot_identifier=args.snapshot_identifier,
        db_subnet_group_name=args.subnet_group,
        vpc_security_group_ids=[args.security_group_id],
        publicly_accessible=True,  # clients are outside of AWS; the security group limits them
        parameter_group_name=parameters.name,
        ca_cert_identifier=CERTIFICATE_AUTHORITY,
        iam_database_authentication_enabled=True,
        backup_retention_period=args.backup_days,
        backup_window=args.windows.backup,
        maintenance_window=args.windows.maintenance,
        copy_tags_to_snapshot=True,
        performance_insights_enabled=True,
        performance_insights_retention_period=7,
        database_insights_mode="standard",
        enabled_cloudwatch_logs_exports=list(_LOG_EXPORTS),
        apply_immediately=True,
        deletion_protection=not args.disposable,
        delete_automated_backups=args.disposable,
        skip_final_snapshot=args.disposable,
        final_snapshot_identifier=None if args.disposable else Output.concat(identifier, "-final"),
        tags={DOMAIN: name},
        opts=ResourceOptions(
            parent=parent,
            depends_on=logs,
            protect=not args.disposable,
            # an explicit identifier would make the provider delete the old database first
            delete_before_replace=False,
        ),
    )


def _parameters(name: DomainName, opts: ResourceOptions) -> aws.rds.ParameterGroup:
    """TLS alone, and a log of logins and of statements that take a second or longer."""
    return aws.rds.ParameterGroup(
        f"datamesh-{name}",
        family=f"postgres{ENGINE_VERSION}",
        description=f"PostgreSQL of the domain {name}",
        parameters=[
            {"name": "rds.force_ssl", "value": "1"},
            {"name": "log_connections", "value": "1"},
            {"name": "log_disconnections", "value": "1"},
            {"name": "log_min_duration_statement", "value": "1000"},
            # `ddl` and `all` write CREATE ROLE … PASSWORD into the log
            {"name": "log_statement", "value": "none"},
        ],
        tags={DOMAIN: name},
        opts=opts,
    )


def _logs(name: DomainName, identifier: Output[str], days: int, opts: ResourceOptions) -> list[aws.cloudwatch.LogGroup]:
    """The log groups of an instance; those that RDS makes keep everything for ever."""
    return [
        aws.cloudwatch.LogGroup(
            f"{name}-{export}-log",
            name=Output.concat("/aws/rds/instance/", identifier, f"/{export}"),
            retention_in_days=days,
            tags={DOMAIN: name},
            opts=opts,
        )
        for export in _LOG_EXPORTS
    ]
