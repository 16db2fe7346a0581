"""Who may see what in Trino. `first` decides as Trino does, so that the tests ask questions, not for text."""

import re
from typing import Any

import pytest

from k8s.trino.access import METADATA, groups, rules
from mesh.contracts.model import Column, Contract, Publication, Table
from mesh.contracts.read import read_contracts
from mesh.names import DomainName
from mesh.people import everyone
from tests.sample import DOMAINS_FOLDER, MARKETING, SALES

CARE = DomainName("customer-care")
MESH = (SALES, MARKETING)
CONTRACTS = read_contracts(DOMAINS_FOLDER, (SALES, MARKETING))
USERS = {"both": {"domains": ["sales", "marketing"]}, "nobody": {"domains": []}, "boss": {"admin": True}}


def made(**changes: Any) -> dict[str, Any]:
    return rules(**{"contracts": CONTRACTS, "people": everyone(MESH, USERS)} | changes)


def groups_of(user: str) -> set[str]:
    lines = groups(everyone(MESH, USERS)).splitlines()
    return {line.split(":")[0] for line in lines if user in line.split(":")[1].split(",")}


def first(section: list[dict[str, Any]], user: str, belongs: set[str] | None = None, **thing: str) -> dict[str, Any]:
    """The rule of `section` that decides for `user` about `thing`: the first that fits, as in Trino."""

    def fits(rule: dict[str, Any]) -> bool:
        own = groups_of(user) if belongs is None else belongs
        if not re.fullmatch(rule.get("user", ".*"), user):
            return False
        if "group" in rule and not any(re.fullmatch(rule["group"], group) for group in own):
            return False
        return all(re.fullmatch(rule[key], value) for key, value in thing.items() if key in rule)

    return next((rule for rule in section if fits(rule)), {})


def readable(user: str, catalog: str, schema: str, table: str, said: dict[str, Any] | None = None) -> bool:
    said = said or made()
    visible = first(said["catalogs"], user, catalog=catalog).get("allow", "none") != "none"
    rule = first(said["tables"], user, catalog=catalog, schema=schema, table=table)
    return visible and "SELECT" in rule.get("privileges", [])


FINANCE, LEGAL = DomainName("finance"), DomainName("legal")
AUDIENCES = {"marketing": None, "finance": "country = 'FR'", "legal": "amount > 10 OR country = 'DE'"}
"""The rows of a table of sales that each consumer may read; None: all."""
READERS = everyone(
    (SALES, MARKETING, FINANCE, LEGAL),
    {
        "books": {"domains": ["finance", "legal"]},
        "more-books": {"domains": ["finance", "legal"]},
        "spread": {"domains": ["finance", "legal", "marketing"]},
        "seller": {"domains": ["finance", "sales"]},
    },
)


@pytest.mark.parametrize(
    ("user", "seen"),
    [
        ("finance-analyst", "country = 'FR'"),
        ("legal-analyst", "amount > 10 OR country = 'DE'"),
        ("marketing-analyst", None),
        ("books", "(country = 'FR') OR (amount > 10 OR country = 'DE')"),
        ("more-books", "(country = 'FR') OR (amount > 10 OR country = 'DE')"),
        ("spread", None),
        ("seller", None),
        ("grafana", None),
        ("admin", None),
    ],
)
def test_whoever_belongs_to_several_domains_sees_the_rows_that_any_of_them_sees(user: str, seen: str | None):
    published = tuple(Publication(consumer=DomainName(name), rows=rows) for name, rows in AUDIENCES.items())
    secret = Column(name="who", logical_type="string", physical_type="text", required=True, mask="name")
    sales = Contract(domain="sales", tables=(Table(name="deals", columns=(secret,), published=published),))
    empty = {domain: Contract(domain=domain, tables=()) for domain in (MARKETING, FINANCE, LEGAL)}
    said = rules({SALES: sales, **empty}, READERS)["tables"]
    members = dict(line.split(":") for line in groups(READERS).splitlines())
    of_user = {group for group, users in members.items() if user in users.split(",")}
    rule = first(said, user, of_user, catalog="sales", schema="public", table="deals")
    assert "SELECT" in rule["privileges"]
    assert rule.get("filter") == seen
    clear = user in ("seller", "admin")
    assert ("columns" in rule) is not clear, "rows are chosen by who reads, and masks stay"


def test_everybody_of_the_mesh_has_a_rule_in_which_the_order_of_people_does_not_count():
    assert made(people=tuple(reversed(everyone(MESH, USERS)))) == made()


def columns(user: str, catalog: str, table: str) -> dict[str, dict[str, Any]]:
    rule = first(made()["tables"], user, catalog=catalog, schema="public", table=table)
    return {column["name"]: column for column in rule.get("columns", [])}


def test_analysts_read_their_own_domain_its_part_of_the_lake_and_the_shared_events():
    for user, own in (("sales-analyst", "sales"), ("marketing-analyst", "marketing")):
        assert readable(user, own, "public", "anything")
        assert readable(user, "lake", own, "anything")
        assert readable(user, "lake", "events", "customer_events")
        assert columns(user, own, "customers" if own == "sales" else "leads") == {}, "their own is clear"


def test_analysts_reach_nothing_of_a_domain_that_published_nothing_to_them():
    assert first(made()["catalogs"], "sales-analyst", catalog="marketing") == {}, "not even its name"
    assert not readable("sales-analyst", "marketing", "public", "campaigns")
    assert not readable("sales-analyst", "lake", "marketing", "anything")


def test_analysts_read_of_other_domains_exactly_what_was_published_and_masked():
    assert readable("marketing-analyst", "sales", "public", "customers")
    assert not readable("marketing-analyst", "sales", "public", "orders")
    assert not readable("marketing-analyst", "sales", "public", "customers_backup")
    assert not readable("marketing-analyst", "sales", "pg_catalog", "customers")
    masked = columns("marketing-analyst", "sales", "customers")
    assert set(masked) == {"customer_name", "email", "phone"}
    assert all(column["mask"] for column in masked.values())


def test_an_analyst_of_both_domains_sees_both_in_clear():
    assert readable("both", "sales", "public", "orders")
    assert readable("both", "marketing", "public", "leads")
    assert columns("both", "sales", "customers") == {}


def test_the_system_catalog_shows_what_tools_need_and_no_more():
    for user in ("sales-analyst", "grafana"):
        assert readable(user, "system", "jdbc", "tables")
        assert not readable(user, "system", "runtime", "queries")
        assert all(readable(user, "system", "metadata", table) for table in METADATA)
        assert not readable(user, "system", "metadata", "one_of_a_later_version")


def test_grafana_reads_described_tables_without_their_personal_columns_save_for_pseudonyms_of_emails():
    assert readable("grafana", "sales", "public", "orders")
    assert not readable("grafana", "sales", "public", "undescribed")
    assert not readable("grafana", "lake", "sales", "anything")
    closed = columns("grafana", "sales", "customers")
    assert {name for name, said in closed.items() if said.get("allow") is False} == {"customer_name", "phone"}
    assert "sha256(" in closed["email"]["mask"]


def test_both_sides_of_a_join_have_pseudonyms_of_one_kind():
    sides = [columns("grafana", "sales", "customer_revenue"), columns("grafana", "marketing", "lead_first_touch")]
    assert sides[0]["email"] == sides[1]["email"], "the same address must have the same pseudonym in both domains"


def test_only_administrators_write_create_kill_or_pass_raw_sql():
    said = made()
    for user in ("sales-analyst", "both", "grafana"):
        for catalog in ("sales", "marketing", "lake", "system"):
            assert first(said["catalogs"], user, catalog=catalog).get("allow", "none") in ("none", "read-only")
            assert first(said["functions"], user, catalog=catalog, schema="system") == {}, "raw SQL passes masks by"
            assert first(said["procedures"], user, catalog=catalog) == {}
            assert first(said["catalog_session_properties"], user, catalog=catalog) == {"allow": False}
        assert first(said["schemas"], user, catalog="lake") == {"owner": False}
        assert first(said["queries"], user)["allow"] == ["execute"]
    writers = ("admins", "publisher")
    assert all(set(rule["privileges"]) == {"SELECT"} or rule["group"] in writers for rule in said["tables"]), (
        "reading is all that anyone else gets"
    )
    assert set(first(said["queries"], "boss")["allow"]) == {"execute", "kill", "view"}
    assert "OWNERSHIP" in first(said["tables"], "boss", catalog="lake", schema="events", table="x")["privileges"]


def test_a_view_of_an_administrator_hands_nothing_on_from_a_domains_database():
    said = made()
    table = first(said["tables"], "admin", catalog="sales", schema="public", table="customers")
    assert "SELECT" in table["privileges"]
    assert "GRANT_SELECT" not in table["privileges"]
    function = first(said["functions"], "admin", catalog="sales", schema="system")
    assert function["privileges"] == ["EXECUTE"]


def test_someone_in_no_group_may_do_nothing():
    said = made()
    assert groups_of("nobody") == set()
    assert first(said["queries"], "nobody") == {}
    for catalog in ("sales", "lake", "system"):
        assert first(said["catalogs"], "nobody", catalog=catalog) == {}


def test_nobody_may_become_someone_else_and_only_administrators_run_the_server():
    said = made()
    assert said["impersonation"] == []
    assert said["system_information"] == [{"user": "admin|boss|trino-worker", "allow": ["read", "write"]}]


def test_every_section_that_would_allow_everything_when_absent_is_there():
    assert {"catalogs", "schemas", "tables", "queries", "catalog_session_properties"} <= made().keys()


def test_a_third_domain_changes_nothing_for_the_others_and_its_name_is_spelled_as_its_catalog():
    table = Table(
        name="calls",
        columns=(Column(name="phone", logical_type="string", physical_type="text", required=True, mask="phone"),),
    )
    contracts = CONTRACTS | {CARE: Contract(domain="customer-care", tables=(table,))}
    mesh = (*MESH, CARE)
    more = made(contracts=contracts, people=everyone(mesh))
    own, lake = (rule for rule in more["tables"] if rule.get("group") == "customer-care-analysts")
    assert own["catalog"] == "customer_care"
    assert lake["schema"] == "customer_care"
    assert not readable("sales-analyst", "customer_care", "public", "calls", more)
    assert readable("sales-analyst", "sales", "public", "orders", more)
    assert "customer-care-analysts:customer-care-analyst\n" in groups(everyone(mesh))


def test_the_rules_do_not_depend_on_the_order_of_the_domains():
    assert made(contracts=dict(reversed(CONTRACTS.items()))) == made()
