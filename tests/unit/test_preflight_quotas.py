"""`make preflight`: the account's quotas hold the mesh, beside what the account has already."""

from dataclasses import replace
from typing import Any

import pytest

from account.calls import IAM_USAGE, RDS_USAGE, VPCS
from mesh.demand import demand
from mesh.names import DomainName
from mesh.quotas import QUOTAS
from preflight.findings import Colour, Finding
from preflight.limits import _OWN, check_quotas
from tests.unit.aws_answers import Asked, Refusal, asked
from tests.unit.recording import Recording
from tests.unit.rehearsal import ALL, DOMAINS, SETTINGS, ask, granted, quota, rds_usage, resource, vpcs

PARTS = ("rds", "iam", "vpcs", "gateways", "quotas", "account's quota")
DATABASE = "aws:rds/instance:Instance"
FORTY = [DomainName(f"domain-{number}") for number in range(40)]


def check(resources: Any = (), settings: Any = SETTINGS, domains: Any = None, **changed: Asked) -> list[Finding]:
    answers = {part: ALL[part] for part in PARTS} | changed
    more = {"domains": domains} if domains else {}
    return ask(check_quotas, *answers.values(), resources=resources, settings=settings, **more)


def test_an_empty_account_holds_a_mesh():
    (found,) = check()
    assert found.colour is Colour.GREEN and "hold 2 domains" in found.text
    assert int(found.text.split()[0]) == sum(each.need(demand(SETTINGS, len(DOMAINS))) > 0 for each in QUOTAS)


def test_what_others_have_counts():
    short, _ = check(rds=rds_usage(used=39, most=40))
    assert short.colour is Colour.RED
    assert short.text == "2 DB instances are needed beside 39 of others, and AWS gives this account 40"
    assert "request-service-quota-increase --region eu-central-1 --service-code rds" in short.fix
    assert "--desired-value 41" in short.fix and "--path quotas.dbInstances 41 --stack dev" in short.fix


def test_what_the_stack_has_itself_does_not_count_twice():
    own = [resource(DATABASE, f"db-{number}") for number in range(2)]
    (found,) = check(own, rds=rds_usage(used=40, most=40))
    assert found.colour is Colour.GREEN


@pytest.mark.parametrize(("count", "colour"), [(59, Colour.GREEN), (60, Colour.RED)])
def test_networks_are_counted(count: int, colour: Colour):
    assert check(vpcs=vpcs(count))[0].colour is colour


def test_a_quota_of_the_whole_account_is_asked_for_where_aws_answers():
    short, _ = check(**{"account's quota": granted(quota(0.0), whole_account=True)})
    assert short.colour is Colour.RED and "1 buckets are needed" in short.text
    assert "--region us-east-1 --service-code s3" in short.fix


def test_more_domains_than_the_settings_know_of_say_what_aws_has_granted():
    domains = [*FORTY, DomainName("one-more")]
    red, _ = check(domains=domains, rds=rds_usage(most=60))
    assert red.colour is Colour.RED and "AWS has granted 60 DB instances" in red.text
    assert red.fix == "pulumi config set --path quotas.dbInstances 60 --stack dev"
    known = replace(SETTINGS, quotas={"dbInstances": 60})
    assert [each.colour for each in check(domains=domains, settings=known, rds=rds_usage(most=60))] == [Colour.GREEN]


def test_a_quota_that_service_quotas_does_not_know_is_that_of_the_documents():
    (found,) = check(quotas=granted(Refusal("NoSuchResourceException")))
    assert found.colour is Colour.GREEN


@pytest.mark.parametrize(
    ("part", "call", "right"),
    [
        ("rds", RDS_USAGE, "rds:DescribeAccountAttributes"),
        ("iam", IAM_USAGE, "iam:GetAccountSummary"),
        ("vpcs", VPCS, "ec2:DescribeVpcs"),
    ],
)
def test_usage_that_is_denied_is_a_yellow_line_that_names_the_right(part: str, call: Any, right: str):
    changed = {part: asked(call, Refusal("AccessDenied"))}
    if part == "rds":
        changed["quotas"] = granted(services=["rds"])
    elif part == "iam":
        changed["account's quota"] = granted(whole_account=True, services=["iam"])
    else:
        changed["gateways"] = asked(ALL["gateways"].call)
    green, yellow = check(**changed)
    assert (green.colour, yellow.colour) == (Colour.GREEN, Colour.YELLOW)
    assert f"you are not allowed {right}" in yellow.text and right in yellow.fix


def test_quotas_that_are_denied_are_one_yellow_line():
    changed = {
        "quotas": granted(*[Refusal("AccessDeniedException")] * 50),
        "account's quota": granted(*[Refusal("AccessDeniedException")] * 50, whole_account=True),
    }
    green, yellow = check(**changed)
    assert yellow.text.count("servicequotas:GetServiceQuota") == 1 and green.colour is Colour.GREEN


def test_what_counts_as_the_stacks_own_is_registered_by_the_program(dev: Recording):
    registered = {each.type for each in dev.resources}
    optional = {"aws:iam/instanceProfile:InstanceProfile"}  # of the workbench
    assert {type_ for types in _OWN.values() for type_ in types} <= registered | optional
