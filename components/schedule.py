"""Office hours: what costs by the hour runs only while people work."""

import json
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components import policies, service_policies

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAY = "|".join(_DAYS)
_DAY_LIST = re.compile(rf"({_DAY})(-({_DAY}))?(,({_DAY})(-({_DAY}))?)*")


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When things run: from `start` to `stop` o'clock on some days, in a time zone."""

    days: str = "MON-FRI"
    """Days as in a cron line: `MON-FRI`, `MON,WED,SAT`."""
    start: int = 8
    stop: int = 20
    timezone: str = "Europe/Paris"

    def problem(self) -> str | None:
        """What is wrong with them, or None."""
        if not _DAY_LIST.fullmatch(self.days) or not self._day_count():
            return f"{self.days!r} are not days; write MON-FRI or MON,WED,SAT, from Monday to Sunday"
        if not 0 <= self.start < self.stop <= 23:
            return (
                f"from {self.start} to {self.stop} o'clock is not within one day; hours are 0 to 23, stop after start"
            )
        known = zoneinfo.available_timezones()
        if known and self.timezone not in known:
            return f"{self.timezone!r} is not a time zone; write one like Europe/Paris, America/Montreal, UTC"
        return None

    @property
    def per_week(self) -> int:
        """Hours a week in which things run."""
        return self._day_count() * (self.stop - self.start)

    def cron(self, hour: int) -> str:
        """The expression of EventBridge Scheduler for an hour of these days."""
        return f"cron(0 {hour} ? * {self.days} *)"

    def _day_count(self) -> int:
        """Days a week; 0 when a range runs backwards."""
        days: set[int] = set()
        for part in self.days.split(","):
            first, _, last = part.partition("-")
            span = range(_DAYS.index(first), _DAYS.index(last or first) + 1)
            if not span:
                return 0
            days |= set(span)
        return len(days)


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that is started and stopped."""

    identifier: Input[str]
    arn: Input[str]


@dataclass(frozen=True, kw_only=True)
class OfficeHoursArgs:
    """What is started and stopped, and when."""

    hours: Hours
    account_id: Input[str]
    permissions_boundary: Input[str] | None
    databases: Mapping[str, Database]
    """By domain."""
    workbench_id: Input[str] | None = None
    workbench_arn: Input[str] | None = None


class OfficeHours(pulumi.ComponentResource):
    """Starts all databases, and the workbench if there is one, in the morning, and stops them in the evening."""

    role_arn: Output[str]

    def __init__(self, name: str, args: OfficeHoursArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:OfficeHours", name, None, opts)
        self._child = ResourceOptions(parent=self)
        self._hours = args.hours
        self._group = aws.scheduler.ScheduleGroup("datamesh-office-hours", opts=self._child).name
        self.role_arn = self._role(name, args)
        for domain, database in args.databases.items():
            instance = Output.from_input(database.identifier).apply(lambda known: {"DbInstanceIdentifier": known})
            # `-db`, because a domain may be called workbench
            self._schedule(f"datamesh-{domain}-db", "rds:startDBInstance", "rds:stopDBInstance", instance)
        if args.workbench_id is not None:
            instances = Output.from_input(args.workbench_id).apply(lambda known: {"InstanceIds": [known]})
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
        known = Output.all(args.workbench_arn, *(database.arn for database in args.databases.values()))
        document = known.apply(
            lambda arns: service_policies.scheduler_policy(instance_arns=arns[1:], workbench_arn=arns[0])
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
                    # what is started already refuses to start: no use in asking for a day, as AWS would
                    "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 900},
                },
                opts=self._child,
            )
