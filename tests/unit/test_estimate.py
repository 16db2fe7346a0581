"""The estimate counts what the program registers, however many domains there are."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from components.dashboard import dashboard
from mesh.cost.estimate import Usage, estimate, stack_usage
from mesh.names import DATABASE_SECRETS, DomainName
from mesh.settings import read_settings
from tests import sample
from tests.stack import own_domain
from tests.unit.cloudwatch import metric_count
from tests.unit.recording import CONFIG, record

Configure = Callable[[Mapping[str, str]], Mapping[str, str]]
LEAST = {"datamesh:owner": "ada", "datamesh:allowedCidrs": '["127.0.0.1/32"]'}
CONFIGURATIONS = {
    "the least": CONFIG | {"datamesh:acceptCost": "true"},
    "nobody is warned": {**LEAST, "datamesh:local": json.dumps({
        "awsEndpoint": "http://127.0.0.1:4566", "databaseCa": "data/rds-root-cas.pem",
        "trinoPort": 8080, "trinoHttpsPort": 8443,
    })},
}  # fmt: skip


@pytest.mark.parametrize("names", [sample.NAMES, (*sample.NAMES, DomainName("finance"))], ids=["two", "three"])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_what_costs_by_its_number_is_there_as_often_as_the_estimate_counts(
    names: tuple[DomainName, ...], configuration: str, tmp_path: Path, pulumi_config: Configure
):
    shutil.copytree(sample.DOMAINS_FOLDER, tmp_path, dirs_exist_ok=True)
    for name in set(names) - set(sample.NAMES):
        own_domain.write_contract(tmp_path, name)
    config = CONFIGURATIONS[configuration]
    stack = "local" if "datamesh:local" in config else "dev"
    recording = record(sample.program(names, tmp_path), config, stack_name=stack)
    usage = stack_usage(read_settings(pulumi_config(config), stack, names), len(names))
    assert {
        "databases": len(recording.of("aws:rds/instance:Instance")),
        "secrets": len(recording.of("aws:secretsmanager/secret:Secret")),
        "alarms": len(recording.of("aws:cloudwatch/metricAlarm:MetricAlarm")),
        "dashboards": len(recording.of("aws:cloudwatch/dashboard:Dashboard")),
    } == {
        "databases": usage.databases,
        "secrets": usage.secrets,
        "alarms": usage.alarms,
        "dashboards": usage.dashboards,
    }
    assert {secret.name for secret in recording.of("aws:secretsmanager/secret:Secret")} == {
        f"{name}-{login}" for name in names for login in DATABASE_SECRETS
    }, "these logins are in AWS Secrets Manager; mesh.names.DATABASE_SECRETS says which the estimate counts"


@pytest.mark.parametrize(("domains", "usd"), [(7, 0), (8, 3)])
def test_a_dashboard_of_more_than_fifty_metrics_is_not_free(domains: int, usd: int):
    board = dashboard(region="us-east-1", databases={f"d{n}": f"datamesh-d{n}" for n in range(domains)}, bucket="b")
    assert (metric_count(board) > 50) == bool(usd)
    (line,) = [each for each in estimate(Usage(databases=domains)).lines if "dashboard" in each.what]
    assert line.monthly == usd
