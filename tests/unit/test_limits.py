"""Any configuration is either refused readably or gives a program that registers, with names that AWS accepts."""

import json
import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from components.domain import Domain, DomainArgs
from components.lake import Lake, LakeArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.schedule import Database, OfficeHours, OfficeHoursArgs
from mesh.names import refusal
from mesh.office_hours import Hours
from mesh.settings import SettingsError, read_settings
from mesh.windows import windows
from tests.sample import EVENTS, MARKETING, SALES
from tests.unit.recording import CONFIG, Recording, record

LONGEST = "abcdefghij-abcdefghi"
SUFFIX = len("-0a1b2c3")
"""What Pulumi adds to a name that the program does not fix."""

LIMITS = {
    # type: (input with the name, longest name AWS takes)
    "aws:rds/instance:Instance": ("identifier", 63),
    "aws:s3/bucket:Bucket": ("bucket", 63),
    "aws:iam/role:Role": ("name", 64),
    "aws:iam/rolePolicy:RolePolicy": ("name", 128),
    "aws:scheduler/schedule:Schedule": ("name", 64),
    "aws:scheduler/scheduleGroup:ScheduleGroup": ("name", 64),
    "aws:rds/parameterGroup:ParameterGroup": ("name", 255),
    "aws:cloudwatch/logGroup:LogGroup": ("name", 512),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", 255),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName", 255),
    "aws:sns/topic:Topic": ("name", 256),
    "aws:glue/catalogDatabase:CatalogDatabase": ("name", 255),
    "aws:secretsmanager/secret:Secret": ("namePrefix", 512 - 26),
}


@pytest.fixture(scope="module")
def longest() -> Recording:
    def program() -> None:
        domain = Domain(
            LONGEST,
            DomainArgs(
                subnet_group="databases",
                security_group_id="sg-1",
                lake_bucket="lake",
                lake_bucket_arn="arn:aws:s3:::lake",
                events_database="events",
                account_id="123456789012",
                region="us-east-1",
                require_mfa=True,
                instance_class="db.t3.micro",
                backup_days=7,
                windows=windows(None, "us-east-1"),
            ),
        )
        Lake("lake", LakeArgs(owner=LONGEST, events=EVENTS))
        Monitoring(
            "monitoring",
            MonitoringArgs(
                owner=LONGEST,
                region="us-east-1",
                account_id="123456789012",
                email="ada@example.com",
                databases={LONGEST: domain.identifier},
                bucket="lake",
                instance_class="db.t3.micro",
                billing_alarms=1,
            ),
        )
        OfficeHours(
            "office-hours",
            OfficeHoursArgs(
                hours=Hours(),
                account_id="123456789012",
                permissions_boundary=None,
                databases={LONGEST: Database(identifier=domain.identifier, arn=domain.instance_arn)},
            ),
        )

    return record(program)


@pytest.mark.parametrize("token", LIMITS)
def test_the_longest_owner_and_domain_fit_the_limits_of_aws(longest: Recording, token: str):
    name, limit = LIMITS[token]
    resources = longest.of(token)
    assert resources, f"there is no {token} to measure"
    for resource in resources:
        length = len(resource.inputs[name]) if name in resource.inputs else len(resource.name) + SUFFIX
        assert length <= limit, f"{resource.name}: {length} characters, {limit} are allowed"


def test_the_longest_database_and_roles_fit_postgresql(longest: Recording):
    names = [longest.one("aws:rds/instance:Instance").inputs["dbName"]]
    names += [f"{LONGEST.replace('-', '_')}_{role}" for role in ("trino", "analyst", "grafana")]
    assert all(len(name) <= 63 and re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names), names


TEXT = st.one_of(st.text(max_size=30), st.sampled_from(["", "ada", "us-east-1", "true", "false", "3", "db.t3.micro"]))
VALUE = st.one_of(
    TEXT,
    st.lists(TEXT, max_size=3).map(json.dumps),
    st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.lists(TEXT, max_size=2)), max_size=3).map(json.dumps),
    st.sampled_from(['["203.0.113.7/32"]', '["0.0.0.0/0"]', '{"days": "MON-FRI"}', '{"instanceType": "t3.medium"}']),
)
KEYS = (
    "owner", "region", "allowedAccountIds", "allowedCidrs", "kubeContext", "disposable", "instanceClass",
    "accountPlan", "backupDays", "alertEmail", "projectStart", "months", "budgetUsd", "acceptCost", "access",
    "requireMfa", "users", "officeHours", "workbench", "trino", "local",
)  # fmt: skip
ANY_CONFIG = st.dictionaries(st.sampled_from(KEYS), VALUE, max_size=6)
DOMAINS = (MARKETING, SALES)
CONFIGURE = Callable[[Mapping[str, str]], Mapping[str, str]]


@examples(max_examples=300)
@given(changes=ANY_CONFIG)
@example(changes={"users": '{"\\f": ""}'})
def test_any_configuration_is_read_or_refused_in_one_readable_list(pulumi_config: CONFIGURE, changes: dict[str, str]):
    config = CONFIG | {f"datamesh:{key}": value for key, value in changes.items()}
    try:
        read_settings(pulumi_config(config), "dev", DOMAINS)
    except SettingsError as refused:
        title, *lines = str(refused).splitlines()
        assert re.fullmatch(r"the configuration of stack 'dev' has \d+ problems?:", title)
        way = "pulumi config (set|rm) |remove the entry from the stack's file"
        assert any(re.search(way, line) for line in lines), "nothing is told that mends it"


VALID = st.fixed_dictionaries(
    {
        "owner": st.from_regex(r"[a-z][a-z0-9]{1,19}", fullmatch=True),
        "region": st.sampled_from(["us-east-1", "eu-west-3", "eu-central-1"]),
        "disposable": st.sampled_from(["true", "false"]),
        "accountPlan": st.sampled_from(["free", "paid"]),
        "instanceClass": st.just("db.t4g.micro"),
        "months": st.integers(1, 36).map(str),
        "acceptCost": st.just("true"),
        "workbench": st.sampled_from(["{}", '{"instanceType": "t4g.micro"}']),
        "officeHours": st.sampled_from(["{}", '{"start": 9, "stop": 17}']),
        "users": st.sampled_from(["{}", '{"ada": {"domains": ["sales"]}}']),
        "trino": st.fixed_dictionaries(
            {}, optional={"memory": st.integers(1536, 16384), "workers": st.integers(0, 9)}
        ).map(json.dumps),
    }
)


@examples(max_examples=5)
@given(changes=VALID)
def test_any_valid_configuration_gives_a_program_that_registers(changes: dict[str, str]):
    recording = record(config=CONFIG | {f"datamesh:{key}": value for key, value in changes.items()})
    assert len(recording.of("aws:rds/instance:Instance")) == 2
    assert recording.exports["lake"]["bucket"] == f"datamesh-datalake-{changes['owner']}"


@given(name=st.text(max_size=25))
def test_any_text_is_a_domains_name_or_refused_with_a_reason(name: str):
    reason = refusal(name)
    assert reason is None or len(reason) > 10
    if reason is None:
        assert re.fullmatch(r"[a-z][a-z0-9-]{1,19}", name)
