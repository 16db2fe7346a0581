"""Alarms, budgets, workbench and office hours on AWS; each exists only where the configuration asks for it."""

from collections.abc import Sequence

from pulumi import Input, ResourceOptions

from components.budget import Budget, BudgetArgs
from components.domain import Domain
from components.lake import Lake
from components.monitoring import Monitoring, MonitoringArgs
from components.network import Network
from components.schedule import Database, OfficeHours, OfficeHoursArgs
from components.workbench import Workbench, WorkbenchArgs
from mesh.alarms import BILLING_ALARMS
from mesh.names import ACCOUNT_REGION
from mesh.settings import Settings


def operate(
    settings: Settings,
    account: Input[str],
    boundary: Input[str],
    network: Network,
    lake: Lake,
    domains: Sequence[Domain],
    opts: ResourceOptions,
) -> dict[str, Input[str]]:
    """Makes the parts in the settings; returns their stack outputs, `dashboard` (URL) and `workbench` (command)."""
    addresses: dict[str, Input[str]] = {}
    if settings.alert_email:
        monitoring = Monitoring(
            "monitoring",
            MonitoringArgs(
                owner=settings.owner,
                region=settings.region,
                account_id=account,
                email=settings.alert_email,
                databases={domain.name: domain.identifier for domain in domains},
                bucket=lake.bucket,
                instance_class=settings.instance_class,
                billing_alarms=BILLING_ALARMS,
            ),
            opts,
        )
        if settings.project_start:  # absent on the local stack alone
            Budget(
                "budget",
                BudgetArgs(
                    account_id=account,
                    email=settings.alert_email,
                    project_start=settings.project_start,
                    months=settings.months,
                    budget_usd=settings.budget_usd,
                    # one topic and one confirmation e-mail where the bill and the databases are in the same region
                    topic_arn=monitoring.topic_arn if settings.region == ACCOUNT_REGION else None,
                ),
                opts,
            )
        addresses["dashboard"] = monitoring.dashboard_url
    workbench = None
    if settings.workbench:
        workbench = Workbench(
            "workbench",
            WorkbenchArgs(
                region=settings.region,
                account_id=account,
                permissions_boundary=boundary,
                vpc_id=network.vpc_id,
                subnet_id=network.subnet_ids[0],
                database_security_group_id=network.database_security_group_id,
                bucket_arn=lake.bucket_arn,
                glue_databases=[domain.glue_database for domain in domains],
                events_database=lake.events_database,
                instance_type=settings.workbench.instance_type,
            ),
            opts,
        )
        addresses["workbench"] = workbench.connect
    if settings.office_hours:
        OfficeHours(
            "office-hours",
            OfficeHoursArgs(
                hours=settings.office_hours,
                account_id=account,
                permissions_boundary=boundary,
                databases={d.name: Database(identifier=d.identifier, arn=d.instance_arn) for d in domains},
                workbench_id=workbench.instance_id if workbench else None,
                workbench_arn=workbench.instance_arn if workbench else None,
            ),
            opts,
        )
    return addresses
