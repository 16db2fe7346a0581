"""The drill on AWS, against responses that botocore checks: what is asked of RDS, and what is removed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.stub import Stubber

from client.errors import CommandError
from client.stack import Stack, parse_outputs
from commands.drill import Marked, differences, drill
from commands.drill_on_aws import OnAws

NAME, COPY = "datamesh-sales-1", "datamesh-sales-1-drill"
MOMENT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SOURCE = {
    "DBInstanceIdentifier": NAME,
    "DBInstanceStatus": "available",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "StorageType": "gp3",
    "PubliclyAccessible": True,
    "BackupRetentionPeriod": 7,
    "LatestRestorableTime": MOMENT - timedelta(seconds=240),
    "DBSubnetGroup": {"DBSubnetGroupName": "datamesh"},
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "datamesh-sales"}],
    "TagList": [{"Key": "Project", "Value": "DataMesh"}, {"Key": "aws:cloudformation:x", "Value": "y"}],
}


@pytest.fixture
def rds() -> Any:
    return boto3.client("rds", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def backups(rds: Any, *, accepted: bool = True, naps: list[float] | None = None) -> OnAws:
    stack = parse_outputs(
        {
            "domains": {
                "sales": {
                    "host": "sales.example",
                    "port": 5432,
                    "identifier": NAME,
                    "database": "sales_db",
                    "catalog": "sales",
                    "lakePrefix": "sales/",
                    "analystRoleArn": "",
                }
            },
            "credentials": {"databases": {"sales": {}}, "people": {}},
            "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "", "eventsPrefix": ""},
            "trino": {"url": "", "authority": ""},
            "people": {},
            "databaseCa": "ca.pem",
        }
    )
    naps = [] if naps is None else naps
    return OnAws(stack, stack.domains["sales"], accepted=accepted, client=rds, sleep=naps.append)


def described(stub: Stubber, identifier: str = NAME, **more: object) -> None:
    stub.add_response("describe_db_instances", {"DBInstances": [SOURCE | more]}, {"DBInstanceIdentifier": identifier})


def unsaved(stub: Stubber) -> None:
    """A description of the database before its first backup is whole."""
    new = {name: value for name, value in SOURCE.items() if name != "LatestRestorableTime"}
    stub.add_response("describe_db_instances", {"DBInstances": [new]}, {"DBInstanceIdentifier": NAME})


def missing(stub: Stubber, identifier: str = COPY) -> None:
    stub.add_client_error(
        "describe_db_instances", "DBInstanceNotFound", expected_params={"DBInstanceIdentifier": identifier}
    )


def test_the_price_is_told_before_anything_is_made(rds: Any) -> None:
    with Stubber(rds) as stub:
        described(stub)
        with pytest.raises(CommandError, match=r"db\.t4g\.micro with 20 GiB costs 0\.019 USD an hour.*ACCEPT_COST=1"):
            backups(rds, accepted=False).prepare()


@pytest.mark.parametrize(
    ("region", "more", "cost"),
    [("eu-central-1", {}, "0.023 USD"), ("us-east-1", {"DBInstanceClass": "db.m7g.large"}, "an unknown sum")],
)
def test_the_price_is_that_of_the_region_and_an_unknown_one_is_told(
    rds: Any, region: str, more: dict[str, Any], cost: str
) -> None:
    with Stubber(rds) as stub:
        described(stub, **more)
        held = backups(rds, accepted=False)
        held.stack = replace(held.stack, lake=replace(held.stack.lake, region=region))
        with pytest.raises(CommandError, match=f"costs {cost}"):
            held.prepare()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"DBInstanceStatus": "stopped"}, "start-db-instance"),
        ({"DBInstanceStatus": "backing-up"}, "is backing-up.*Try again later"),
        ({"BackupRetentionPeriod": 0}, "keeps no backups"),
    ],
)
def test_a_database_that_cannot_be_restored_is_refused(rds: Any, more: dict[str, Any], said: str) -> None:
    with Stubber(rds) as stub:
        described(stub, **more)
        with pytest.raises(CommandError, match=said):
            backups(rds).prepare()


def test_the_copy_is_made_as_the_database_is_once_rds_reaches_the_moment_and_is_deleted(rds: Any) -> None:
    naps: list[float] = []
    held = backups(rds, naps=naps)
    with Stubber(rds) as stub:
        described(stub)
        described(stub)
        assert "7 days" in held.prepare()
        described(stub)
        described(stub)
        described(stub, LatestRestorableTime=MOMENT)
        described(stub, LatestRestorableTime=MOMENT + timedelta(seconds=1))
        assert "last 240 s" in held.reach(MOMENT) and len(naps) == 2, "a restore takes a time before the latest"
        stub.add_response(
            "restore_db_instance_to_point_in_time",
            {},
            {
                "SourceDBInstanceIdentifier": NAME,
                "TargetDBInstanceIdentifier": COPY,
                "RestoreTime": MOMENT,
                "VpcSecurityGroupIds": ["sg-1"],
                "DBParameterGroupName": "datamesh-sales",
                "DBSubnetGroupName": "datamesh",
                "DBInstanceClass": "db.t4g.micro",
                "PubliclyAccessible": True,
                "StorageType": "gp3",
                "MultiAZ": False,
                "DeletionProtection": False,
                "Tags": [{"Key": "Project", "Value": "DataMesh"}],
            },
        )
        described(stub, COPY)
        described(stub, COPY, Endpoint={"Address": "drill.example", "Port": 5432})
        assert held.restore(MOMENT).host == "drill.example"
        described(stub, COPY)
        described(stub, COPY)
        stub.add_response(
            "delete_db_instance",
            {},
            {"DBInstanceIdentifier": COPY, "SkipFinalSnapshot": True, "DeleteAutomatedBackups": True},
        )
        missing(stub)
        assert held.remove()
        missing(stub)
        assert not held.remove(), "there is nothing any more"
        stub.assert_no_pending_responses()


def test_a_new_database_is_waited_for_until_its_first_backup_is_whole(
    rds: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    naps: list[float] = []
    with Stubber(rds) as stub:
        described(stub)
        unsaved(stub)
        unsaved(stub)
        described(stub)
        assert "7 days" in backups(rds, naps=naps).prepare()
        stub.assert_no_pending_responses()
    assert len(naps) == 2 and "waiting until its first backup is whole" in capsys.readouterr().out


def test_a_first_backup_that_never_comes_ends_the_drill(rds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.drill_on_aws.PATIENCE", 20)
    with Stubber(rds) as stub:
        described(stub)
        for _ in range(4):
            unsaved(stub)
        with pytest.raises(CommandError, match="RDS has no whole backup"):
            backups(rds).prepare()


def test_what_came_back_is_compared_in_the_time_zone_in_which_it_was_noted() -> None:
    restored = MagicMock()
    cursor = restored.cursor.return_value.__enter__.return_value
    cursor.fetchall.return_value, cursor.fetchone.return_value = [], (False,)
    differences(Marked(MOMENT, {}), restored)
    asked = [str(call.args[0]) for call in cursor.execute.call_args_list]
    (zone,) = [at for at, query in enumerate(asked) if "SET LOCAL TimeZone = 'UTC'" in query]
    assert zone < next(at for at, query in enumerate(asked) if "pg_" in query and "advisory" not in query)


@pytest.mark.parametrize("status", ["failed", "incompatible-restore", "incompatible-parameters"])
def test_a_copy_that_rds_could_not_make_is_deleted_and_not_waited_for(rds: Any, status: str) -> None:
    with Stubber(rds) as stub:
        described(stub, COPY, DBInstanceStatus=status)
        stub.add_response("delete_db_instance", {})
        missing(stub)
        assert backups(rds).remove()
        stub.assert_no_pending_responses()


def test_a_refused_drill_says_why_where_the_database_cannot_be_reached(
    rds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise CommandError("it cannot be reached")

    monkeypatch.setattr(Stack, "connect", stopped)
    with Stubber(rds) as stub:
        missing(stub)
        described(stub, DBInstanceStatus="stopped")
        missing(stub)
        held = backups(rds)
        with pytest.raises(CommandError, match="start-db-instance"):
            drill(held.stack, "sales", held)


def test_a_profile_that_does_not_exist_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    with pytest.raises(CommandError, match="nobody"):
        backups(None)


def test_a_moment_that_rds_never_reaches_ends_the_drill(rds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.drill_on_aws.PATIENCE", 20)
    with Stubber(rds) as stub:
        for _ in range(4):
            described(stub)
        with pytest.raises(CommandError, match="can restore to"):
            backups(rds).reach(MOMENT)


def test_what_rds_refuses_is_one_message(rds: Any) -> None:
    with Stubber(rds) as stub:
        stub.add_client_error("describe_db_instances", "AccessDenied", "no")
        with pytest.raises(CommandError, match="RDS refuses or cannot be asked"):
            backups(rds).remove()
