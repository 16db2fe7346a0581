"""What takes the place of a personal column: a mask for other domains, a pseudonym for Grafana."""

import pytest

from k8s.trino.access import mask, pseudonym
from mesh.contracts.model import Column


def email(physical_type: str, mask: str = "email") -> Column:
    return Column(name="email", logical_type="string", physical_type=physical_type, required=True, mask=mask)


@pytest.mark.parametrize(
    ("physical", "digits", "trino"),
    [("varchar(254)", 64, "varchar(254)"), ("text", 64, "varchar"), ("varchar(40)", 40, "varchar(40)"),
     ("char(16)", 16, "char(16)")],
)  # fmt: skip
def test_a_pseudonym_fits_its_column_and_has_its_type(physical: str, digits: int, trino: str):
    expression = str(pseudonym(email(physical)))
    assert f", 1, {digits}) AS {trino}))" in expression
    assert expression.startswith('if("email" IS NOT NULL, '), "what is missing must stay missing"


def test_what_is_no_email_or_too_short_for_a_pseudonym_stays_closed():
    assert pseudonym(email("varchar(15)")) is None, "with so few digits two people would be taken for one"
    assert pseudonym(email("varchar(254)", mask="name")) is None
    assert pseudonym(email("varchar(254)", mask="hide")) is None


@pytest.mark.parametrize(
    ("physical", "trino"),
    [
        ("text", "varchar"),
        ("varchar(254)", "varchar(254)"),
        ("character varying(9)", "varchar(9)"),
        ("char(3)", "char(3)"),
    ],
)
def test_a_mask_has_the_type_of_its_column(physical: str, trino: str):
    column = Column(name="email", logical_type="string", physical_type=physical, required=True, mask="email")
    assert mask(column).endswith(f" AS {trino}))")


def test_a_column_to_hide_is_null_whatever_its_type():
    assert mask(Column(name="born", logical_type="date", physical_type="date", required=True, mask="hide")) == "NULL"
