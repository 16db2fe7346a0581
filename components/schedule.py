"""Office hours: databases and workbench, which cost by the hour, run only then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.policies import documents as policies
from components.policies import services as service_policies
from mesh.office_hours import Hours


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database to start and stop."""

    identifier: Input[str]
    arn: Input[str]


@dataclass(frozen=True, kw_only=True)
class OfficeHoursArgs:
    """The databases and the workbench to start and stop, and when."""

    hours: Hours
    account_id: Input[str]
    permissions_boundary: Input[str] | None
    databases: Mapping[str, Database]
    """By domain."""
    workbench_id: Input[str] | None = None
    workbench_arn: Input[str] | None = None


class OfficeHours(pulumi.ComponentResource):
    """Starts all databases, and the workbench if there is one, at the first hour, and stops them at the last."""

    role_arn: Output[str]

    def __init__(self, name: str, args: OfficeHoursArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:OfficeHours", name, None, opts)
        self._child = ResourceOptions(parent=self)
        self._hours = args.hours
        self._group = aws.scheduler.ScheduleGroup("datamesh-office-hours", opts=self._child).name
        self.role_arn = self._role(name, args)
        for domain, database in args.databases.items():
            instance = Output.from_input(database.identifier).apply(
                lambda identifier: {"DbInstanceIdentifier": identifier}
            )
            # `-db`, because a domain may be called workbench
            self._schedule(f"datamesh-{domain}-db", "rds:startDBInstance", "rds:stopDBInstance", instance)
        if args.workbench_id is not None:
            instances = Output.from_input(args.workbench_id).apply(lambda instance: {"InstanceIds": [instance]})
            self._schedule("datamesh-workbench", "ec2:startInstances", "ec2:stopInstances", instances)
        self.register_outputs({"role_arn": self.role_arn})

    def _role(self, name: str, args: OfficeHoursArgs) -> Output[str]:
        trust = Output.from_input(args.account_id).apply(lambda account: policies.trust_service("scheduler", account))
        role = aws.iam.Role(
            "datamesh-office-hours",
            description="Starts and stops the databases and the workbench of the data mesh",
            assume_role_policy=Output.json_dumps(trust),
            permissions_boundary=args.permissions_boundary,
            opts=self._child,
        )
        arns = Output.all(args.workbench_arn, *(database.arn for database in args.databases.values()))
        document = arns.apply(
            lambda values: service_policies.scheduler_policy(instance_arns=values[1:], workbench_arn=values[0])
        )
        aws.iam.RolePolicy(f"{name}-role", role=role.id, policy=Output.json_dumps(document), opts=self._child)
        return role.arn

    def _schedule(self, name: str, start: str, stop: str, request: Output[dict[str, Any]]) -> None:
        for word, action, hour in (("start", start, self._hours.start), ("stop", stop, self._hours.stop)):
            aws.scheduler.Schedule(
                f"{name}-{word}",
                group_name=self._group,
                schedule_expression=self._hours.cron(hour),
                schedule_expression_timezone=self._hours.timezone,
                flexible_time_window={"mode": "OFF"},
                target={
                    "arn": f"arn:aws:scheduler:::aws-sdk:{action}",
                    "role_arn": self.role_arn,
                    "input": request.apply(json.dumps),
                    # a database that runs already refuses to start: retrying for a day, the default, is useless
                    "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 900},
                },
                opts=self._child,
            )
