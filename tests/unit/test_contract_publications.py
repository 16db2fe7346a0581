"""To whom a contract publishes a table, until when, and which rows."""

from datetime import date

import pytest

from mesh.contracts.model import Publication
from mesh.contracts.read import ContractError
from tests.unit.test_contract_mistakes import GOOD, contract, mistakes


def published(entry: str) -> tuple[Publication, ...]:
    return contract(GOOD.replace("[marketing]", f"[{entry}]")).tables[0].published


@pytest.mark.parametrize(
    ("entry", "until", "rows"),
    [
        ("marketing", None, None),
        ("{domain: marketing}", None, None),
        ("{domain: marketing, until: 2027-06-30}", date(2027, 6, 30), None),
        ("{domain: marketing, until: '2027-06-30'}", date(2027, 6, 30), None),
        ("{domain: marketing, rowFilter: revenue > 0}", None, '"revenue" > 0'),
    ],
)
def test_a_table_is_published_to_a_domain_until_a_day_and_with_rows(entry: str, until: date | None, rows: str | None):
    (publication,) = published(entry)
    assert (publication.consumer, publication.until, publication.rows) == ("marketing", until, rows)


def test_after_its_last_day_a_publication_is_no_more():
    read = contract(GOOD.replace("[marketing]", "[{domain: marketing, until: 2027-06-30}]"))
    assert read.on(date(2027, 6, 30)).consumers == ("marketing",)
    assert read.on(date(2027, 7, 1)).consumers == ()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("marketing, marketing", "value[1] names marketing for the second time"),
        ("{domain: [marketing]}", "value[0] names ['marketing'], which is no domain of this mesh"),
        ("{}", "value[0] names None, which is no domain"),
        ("{domain: sales}", "value[0] names sales itself"),
        ("{domain: marketing, unitl: 2027-06-30}", "value[0].unitl is not known here: there are domain, until, rowF"),
        ("{domain: marketing, until: 2027-06-31}", "not YAML: '2027-06-31' is no timestamp: mend it, or put it"),
        ("{domain: marketing, until: '2027-06-31'}", "until must be the last day of access, e.g. 2027-06-30"),
        ("{domain: marketing, until: 30/06/2027}", "until must be the last day of access, e.g. 2027-06-30"),
        ("{domain: marketing, until: 2027-06-30T00:00:00Z}", "until must be the last day of access"),
        ("{domain: marketing, until: }", "until must be the last day of access"),
        ("{domain: marketing, rowFilter: ' '}", "rowFilter must be one predicate in SQL, such as total_amount > 0"),
        ("{domain: marketing, rowFilter: email IS NULL}", "rowFilter names email, which is personal: the rows that"),
        ("{domain: marketing, rowFilter: revenue = 'x'}", "rowFilter compares revenue, which is numeric(12, 2), with"),
        (
            "{domain: marketing, rowFilter: revenue <> 0}",
            '"revenue" <> 0: it says which rows are hidden. Trino would apply',
        ),
        ("{domain: marketing, rowFilter: true}", "rowFilter must be a predicate in SQL over the columns"),
    ],
)
def test_a_publication_that_cannot_be_kept_is_refused_with_its_line(entry: str, said: str):
    found = mistakes("[marketing]", f"[{entry}]")
    assert any(", line 9: " in each and said in each for each in found), found


def test_a_filter_names_columns_as_the_database_does():
    text = GOOD.replace("- name: revenue\n", "- name: Income\n        physicalName: revenue\n")
    entry = "[{domain: marketing, rowFilter: revenue > 0}]"
    assert contract(text.replace("[marketing]", entry)).tables[0].published[0].rows == '"revenue" > 0'
    with pytest.raises(ContractError, match="rowFilter names income, which is no column of this table in the database"):
        contract(text.replace("[marketing]", entry.replace("revenue", "Income")))
