import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from mesh.people import Person
from mesh.settings import Settings, SettingsError, read_settings
from tests.sample import MARKETING, ROOT, SALES
from tests.unit.recording import CONFIG

DOMAINS = (MARKETING, SALES)
Configure = Callable[[Mapping[str, str]], Mapping[str, str]]


def problems(configure: Configure, **values: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read_settings(configure(CONFIG | {f"datamesh:{key}": value for key, value in values.items()}), "dev", DOMAINS)
    return str(refused.value)


def test_the_least_configuration_gives_the_documented_defaults(pulumi_config: Configure):
    read = read_settings(pulumi_config(CONFIG), "dev", DOMAINS)
    expected = Settings(
        owner="ada",
        allowed_cidrs=("203.0.113.7/32",),
        kube_context="kind-datamesh",
        alert_email="ada@example.com",
        project_start="2026-12-01",
        people=(
            Person(name="admin", admin=True),
            Person(name="marketing-analyst", domains=(MARKETING,)),
            Person(name="sales-analyst", domains=(SALES,)),
        ),
    )
    assert read == expected
    assert read.database_ca == Path("data/rds-root-cas.pem")


def test_the_defaults_of_the_project_file_are_those_of_the_settings(pulumi_config: Configure):
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {
        f"datamesh:{key}": json.dumps(entry["default"]) if entry["type"] != "string" else entry["default"]
        for key, entry in declared.items()
    }
    declared_too = read_settings(pulumi_config(defaults | CONFIG), "dev", DOMAINS)
    assert declared_too == read_settings(pulumi_config(CONFIG), "dev", DOMAINS)


def test_all_problems_are_told_at_once_each_with_the_command_that_mends_it(pulumi_config: Configure):
    told = problems(
        pulumi_config,
        owner="Ada Lovelace",
        region="moon",
        allowedCidrs='["0.0.0.0/0", "192.168.1.7/32"]',
        allowedAccountIds="12",
        kubeContext="",
        disposable="perhaps",
        instanceClass="t3.micro",
        alertEmail="ada",
        projectStart="next week",
        months="many",
        accountPlan="student",
        access='{"sales": ["*"]}',
        officeHours='{"start": 20, "stop": 8}',
        workbench='{"size": "big"}',
        users='{"ada": {"domains": ["hr"]}}',
    )
    assert "16 problems" in told and "users.ada" in told
    for key in ("owner", "region", "allowedCidrs[0]", "allowedCidrs[1]", "allowedAccountIds", "kubeContext",
                "disposable", "instanceClass", "alertEmail", "projectStart", "months", "accountPlan",
                "access.sales[0]"):  # fmt: skip
        commands = (f"pulumi config set {key} ", f"pulumi config set --path '{key}' ")
        assert any(command in told for command in commands), f"no command mends {key}"


def test_a_stack_without_any_configuration_hears_what_is_missing(pulumi_config: Configure):
    with pytest.raises(SettingsError) as refused:
        read_settings(pulumi_config({}), "dev", DOMAINS)
    for key in ("owner", "allowedCidrs", "kubeContext", "alertEmail", "projectStart"):
        assert f"- {key}: " in str(refused.value), f"{key} is not asked for"
    commands = [line for line in str(refused.value).splitlines() if line.startswith("      pulumi config ")]
    assert len(commands) == 5 and all(line.endswith(" --stack dev") for line in commands), "another may be selected"


@pytest.mark.parametrize(
    ("cidr", "reason"),
    [
        ("0.0.0.0/0", "whole internet"),
        ("::/0", "whole internet"),
        ("1.2.3.4/0", "whole internet"),
        ("0.0.0.0/1", "addresses"),
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("2001:db8::1/128", "IPv6"),
        ("192.168.1.7/32", "private"),
        ("10.0.0.0/24", "private"),
        ("100.64.1.1/32", "private"),
        ("127.0.0.1/32", "private"),
        ("224.0.0.1/32", "multicast"),
        ("240.0.0.0/8", "reserved"),
        ("255.255.255.255/32", "reserved"),
        ("0.0.0.0/32", "no address of a machine"),
        ("169.254.169.254/32", "private"),
        ("198.18.0.0/16", "reserved"),
        ("my-home", "not an address"),
        ("203.0.113.7/33", "not an address"),
        ("", "not an address"),
    ],
)
def test_a_range_that_is_too_open_or_a_common_mistake_is_explained(pulumi_config: Configure, cidr: str, reason: str):
    assert reason in problems(pulumi_config, allowedCidrs=json.dumps([cidr]))


@pytest.mark.parametrize("value", ["203.0.113.7/32", '{"a": 1}', "[", "3"])
def test_a_list_that_is_none_is_refused(pulumi_config: Configure, value: str):
    assert "a list is needed" in problems(pulumi_config, allowedCidrs=value)


@pytest.mark.parametrize("owner", ["a", "-ada", "ada-", "ada--l", "a" * 21, "ada.l", "ADA", "été"])
def test_an_owner_who_does_not_fit_a_bucket_name_is_refused(pulumi_config: Configure, owner: str):
    assert "does not fit a bucket's name" in problems(pulumi_config, owner=owner)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("instanceClass", "db.t3.small", "db.t3.micro"),
        ("backupDays", "7", "from 0 to 1"),
        ("workbench", '{"instanceType": "t3.medium"}', "t3.micro"),
    ],
)
def test_what_the_free_plan_does_not_have_is_refused_with_what_it_has(
    pulumi_config: Configure, key: str, value: str, reason: str
):
    assert reason in problems(pulumi_config, accountPlan="free", **{key: value})


def test_backups_are_kept_as_long_as_the_plan_allows_but_a_week_at_most(pulumi_config: Configure):
    days = {
        plan: read_settings(pulumi_config(CONFIG | {"datamesh:accountPlan": plan}), "dev", DOMAINS).backup_days
        for plan in ("free", "paid")
    }
    assert days == {"free": 1, "paid": 7}


@pytest.mark.parametrize("arn", ["*", "arn:aws:iam::123456789012:*", "123456789012", "ada"])
def test_nobody_but_named_people_and_roles_may_be_trusted(pulumi_config: Configure, arn: str):
    assert "may be trusted" in problems(pulumi_config, access=json.dumps({"sales": [arn]}))


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("access", '{"slaes": ["arn:aws:iam::123456789012:user/ada"]}', "no role 'slaes'"),
        ("access", '{"sales": []}', "needs a list"),
        ("access", '{"sales": "arn:aws:iam::123456789012:user/ada"}', "needs a list"),
        ("workbench", '{"months": -100}', "1 to 36"),
        ("months", "--5", "whole number"),
        ("months", "٣", "whole number"),
        ("projectStart", "9999-12-31", "from 2020 to 2079"),
        ("projectStart", "٢٠٢٦-12-01", "not a date"),
        ("users", "[" * 100_000, "nested too deeply"),
        ("users", '{"ada": {"domains": [["sales"]]}}', "nested too deeply"),
        ("users", '{"ada": {"admin": true}, "ada": {"domains": ["sales"]}}', "'ada' is in it twice"),
        ("trino", '{"memory": NaN}', "NaN is no number"),
        ("trino", '{"memory": 1e999}', "inf, not a number"),
        ("trino", '{"memory": ' + "9" * 4000 + "}", "1536 to 262144 MiB"),
        ("trino", "9" * 600_000, "500,000 are allowed"),
        ("owner", "a" * 9000, "does not fit"),
        ("kubeContext", "a\nb", "not a context's name"),
        ("kubeContext", "a" * 257, "not a context's name"),
        ("alertEmail", "ada@example.com\nBcc: eve@example.com", "not an e-mail"),
        ("alertEmail", "ada @example.com", "not an e-mail"),
        ("alertEmail", "ada@exam\x00ple.com", "not an e-mail"),
        ("alertEmail", "ada@example..com", "not an e-mail"),
        ("alertEmail", ".ada@example.com", "not an e-mail"),
        ("alertEmail", "<ada@example.com>", "not an e-mail"),
        ("alertEmail", "ada@example.com,eve@example.com", "not an e-mail"),
        ("alertEmail", "adä@example.com", "not an e-mail"),
        ("alertEmail", "a" * 65 + "@example.com", "not an e-mail"),
        ("allowedCidrs", json.dumps([f"203.0.113.{n}/32" for n in range(51)]), "51 entries, 50 are allowed"),
        ("access", '{"sales": ["arn:aws:sts::123456789012:role/x"]}', "may be trusted"),
        ("access", '{"sales": ["arn:aws:iam::123456789012:user/adä"]}', "may be trusted"),
        ("access", '{"sales": [1]}', "may be trusted"),
        ("access", json.dumps({"x" * 9000: []}), "there are admin, marketing, sales"),
        ("projectStart", "20261201", "not a date"),
        ("projectStart", "2026-W49-2", "not a date"),
        ("projectStart", "2026-02-30", "not a date"),
        ("trino", '{"memory": 1024}', "1536 to 262144 MiB, not 1024"),
        ("trino", '{"workers": -1}', "workers are 0 to 100, not -1"),
        ("trino", '{"workers": "2"}', "'2', not a number"),
        ("trino", '{"heap": 1024}', "not one of its entries (memory, workers)"),
    ],
)
def test_what_would_fail_late_or_open_more_than_meant_is_refused(
    pulumi_config: Configure, key: str, value: str, reason: str
):
    told = problems(pulumi_config, **{key: value})
    assert reason in told
    assert len(told) < 1000 and all(line.isprintable() for line in told.splitlines())


def test_an_address_that_is_listed_twice_counts_once(pulumi_config: Configure):
    twice = CONFIG | {"datamesh:allowedCidrs": '["203.0.113.7/32", "203.0.113.7/32"]'}
    assert read_settings(pulumi_config(twice), "dev", DOMAINS).allowed_cidrs == ("203.0.113.7/32",)
