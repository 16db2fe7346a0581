import pytest

from mesh.names import DomainName, refusal


def test_a_name_of_two_words_is_spelled_as_each_place_wants_it():
    name = DomainName("customer-care")
    assert name.identifier == "customer_care"
    assert name.password_variable == "CUSTOMER_CARE_DB_PASSWORD"
    assert name.database == "customer_care_db"
    assert (name.analyst_user, name.trino_user) == ("customer_care_analyst", "customer_care_trino")


@pytest.mark.parametrize("name", ["hr", "sales", "customer-care", "a1", "finance-2026", "abcdefghij-abcdefghi"])
def test_a_name_of_lower_case_words_is_accepted(name: str):
    assert refusal(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("s", "2 to 20"),
        ("a" * 21, "2 to 20"),
        ("", "2 to 20"),
        ("Sales", "lower-case"),
        ("2sales", "lower-case"),
        ("sales_eu", "lower-case"),
        ("sales--eu", "lower-case"),
        ("-sales", "lower-case"),
        ("sales-", "lower-case"),
        ("sales eu", "lower-case"),
        ("système", "lower-case"),
        ("system", "Trino"),
        ("lake", "lake"),
        ("events", "Glue"),
        ("admin", "administrator"),
        ("jmx", "Trino"),
        ("postgres", "PostgreSQL"),
        ("default", "Glue"),
        ("public", "schema"),
        ("information-schema", "SQL"),
        ("pg", "pg_"),
        ("pg-stats", "pg_"),
        ("rds", "RDS"),
        ("rdsales", "RDS"),
    ],
)
def test_a_name_that_some_place_cannot_take_is_refused_with_the_reason(name: str, reason: str):
    with pytest.raises(ValueError, match="cannot be the name of a domain") as refused:
        DomainName(name)
    assert reason in str(refused.value)
