"""The drill on AWS: Amazon RDS restores to a point in time, into an instance beside the running one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from client.errors import CommandError
from client.stack import Domain, Stack
from client.waiting import say
from mesh.cost.prices import HOURS_A_MONTH
from mesh.cost.regions import REGIONS

PATIENCE = 3_600
"""Seconds until RDS must have done what takes it minutes."""
_EVERY = 15
_BROKEN = ("failed", "incompatible-network", "incompatible-parameters", "incompatible-restore")
"""What a copy is that RDS could not finish: it never becomes available, and can be deleted."""
_TAKEN = ("DBInstanceClass", "PubliclyAccessible", "StorageType")
"""What the copy has as the database has it."""


@dataclass
class OnAws:
    """The automated backups that RDS keeps of one domain's database."""

    stack: Stack
    domain: Domain
    accepted: bool
    """Whether the copy may cost what is told."""
    client: Any = None
    sleep: Callable[[float], None] = time.sleep
    _source: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with _told():
            self.client = self.client or boto3.client("rds", region_name=self.stack.lake.region)

    @property
    def copy(self) -> str:
        """The identifier of the restored instance."""
        return f"{self.domain.identifier}-drill"

    def remove(self) -> bool:
        with _told():
            status = self._describe(self.copy).get("DBInstanceStatus")
            if status is None:
                return False
            if status != "deleting":
                if status not in _BROKEN:
                    self._wait("db_instance_available", self.copy)  # RDS refuses to delete one that it is making
                self.client.delete_db_instance(
                    DBInstanceIdentifier=self.copy, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
                )
            self._wait("db_instance_deleted", self.copy)
            return True

    def prepare(self) -> str:
        with _told():
            self._source = source = self._describe(self.domain.identifier)
        if not source:
            raise CommandError(f"RDS has no database {self.domain.identifier} in {self.stack.lake.region}")
        if (status := source["DBInstanceStatus"]) != "available":
            start = f"aws rds start-db-instance --db-instance-identifier {self.domain.identifier}"
            raise CommandError(
                f"{self.domain.identifier} is {status}, and a drill needs it available. "
                + (f"Within office hours it is; else type\n  {start}" if status == "stopped" else "Try again later.")
            )
        if not source["BackupRetentionPeriod"]:
            raise CommandError(f"RDS keeps no backups of {self.domain.identifier}: its retention is 0 days")
        kind, size = source["DBInstanceClass"], source["AllocatedStorage"]
        cost = self._cost(kind, size)
        if not self.accepted:
            raise CommandError(
                f"the drill makes a second database for as long as it takes, mostly 15 to 60 minutes: {kind} with "
                f"{size} GiB costs {cost} an hour. Nothing was done. To accept it, type the same with "
                "ACCEPT_COST=1"
            )
        self._newest()  # of a new database there is nothing to restore until its first backup is whole
        days = source["BackupRetentionPeriod"]
        return f"RDS keeps backups for {days} days; the copy costs {cost} an hour until it is removed"

    def _cost(self, kind: str, size: int) -> str:
        """What a database of a class with a disk of `size` GiB costs an hour."""
        prices = REGIONS.get(self.stack.lake.region, {})
        if kind not in prices:
            return "an unknown sum"
        return f"{prices[kind].usd + prices['database disk'].usd * size / HOURS_A_MONTH:.3f} USD"

    def _newest(self, moment: datetime | None = None) -> datetime:
        """The latest time to which RDS can restore, once there is one, and it is after the `moment`."""
        waited = 0
        while True:
            newest = self._describe(self.domain.identifier).get("LatestRestorableTime")
            if newest and (moment is None or newest > moment):  # RDS restores to a time before its latest
                return newest
            if waited > PATIENCE:
                most = f"can restore to {newest} at the most" if newest else "has no whole backup"
                raise CommandError(f"after {PATIENCE // 60} minutes RDS {most}")
            if waited % 60 == 0:
                what = f"RDS has it ({newest:%H:%M:%S} UTC so far)" if newest else "its first backup is whole"
                say(f"{self.domain.name:<10} waiting until {what}")
            self.sleep(_EVERY)
            waited += _EVERY

    def reach(self, moment: datetime) -> str:
        with _told():
            behind = (moment - self._newest()).total_seconds()
            self._newest(moment)
        return f"a database lost at that moment would have lost its last {max(0, behind):.0f} s (RPO)"

    def restore(self, moment: datetime) -> Domain:
        source = self._source
        with _told():
            self.client.restore_db_instance_to_point_in_time(
                SourceDBInstanceIdentifier=self.domain.identifier,
                TargetDBInstanceIdentifier=self.copy,
                RestoreTime=moment,
                VpcSecurityGroupIds=[group["VpcSecurityGroupId"] for group in source["VpcSecurityGroups"]],
                DBParameterGroupName=source["DBParameterGroups"][0]["DBParameterGroupName"],
                MultiAZ=False,
                DeletionProtection=False,
                Tags=[tag for tag in source.get("TagList", []) if not tag["Key"].startswith("aws:")],
                DBSubnetGroupName=source["DBSubnetGroup"]["DBSubnetGroupName"],
                **{name: source[name] for name in _TAKEN},
            )
            self._wait("db_instance_available", self.copy)
            endpoint = self._describe(self.copy)["Endpoint"]
        return replace(self.domain, host=endpoint["Address"], port=endpoint["Port"])

    def _describe(self, identifier: str) -> dict[str, Any]:
        try:
            return self.client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
                return {}
            raise

    def _wait(self, what: str, identifier: str) -> None:
        self.client.get_waiter(what).wait(
            DBInstanceIdentifier=identifier, WaiterConfig={"Delay": _EVERY, "MaxAttempts": PATIENCE // _EVERY}
        )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, WaiterError) as error:
        raise CommandError(
            f"RDS refuses or cannot be asked: {error}\n`aws sts get-caller-identity` must show the stack's account, in "
            "the role of its administrator. The same again removes what this drill has made."
        ) from None
