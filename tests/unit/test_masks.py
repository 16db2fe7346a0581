"""What takes the place of a personal column: a pseudonym of e-mails, a part of other texts, nothing of the rest."""

import pytest

from k8s.trino.masks import mask, pseudonymous
from mesh.contracts.model import Column
from mesh.pseudonyms import DIGITS


def email(physical_type: str, mask: str = "email") -> Column:
    return Column(name="email", logical_type="string", physical_type=physical_type, required=True, mask=mask)


TYPES = pytest.mark.parametrize(
    ("physical", "trino"),
    [("text", "varchar"), ("varchar(254)", "varchar(254)"), ("character varying(40)", "varchar(40)"),
     ("char(32)", "char(32)")],
)  # fmt: skip


@TYPES
@pytest.mark.parametrize("kind", ["email", "phone", "name"])
def test_a_mask_has_the_type_of_its_column_and_leaves_missing_what_is_missing(physical: str, trino: str, kind: str):
    expression = mask(email(physical, kind))
    assert expression.startswith('if("email" IS NOT NULL, CAST(') and expression.endswith(f" AS {trino}))")


def test_other_domains_and_grafana_get_the_same_pseudonym_as_long_in_every_column():
    for physical in ("text", "varchar(254)", "varchar(32)"):
        assert mask(email(physical)) == pseudonymous(email(physical))
        assert f", 1, {DIGITS})" in mask(email(physical)), "pseudonyms of different length would join nothing"


def test_blanks_at_the_end_of_a_char_do_not_count():
    assert "trim(TRAILING ' ' FROM" in mask(email("char(254)"))
    assert "trim(" not in mask(email("varchar(254)")), "a varchar has no blanks but those that were typed"


@pytest.mark.parametrize("physical", ["varchar(31)", "char(31)", "char"])
def test_an_email_that_is_too_short_for_its_pseudonym_is_not_shown_at_all(physical: str):
    assert pseudonymous(email(physical)) is None, "a part of a pseudonym would join nothing"
    assert mask(email(physical)) == "NULL"


def test_only_emails_have_pseudonyms():
    for kind in ("name", "phone", "hide"):
        assert pseudonymous(email("varchar(254)", mask=kind)) is None


def test_a_column_to_hide_is_null_whatever_its_type():
    assert mask(Column(name="born", logical_type="date", physical_type="date", required=True, mask="hide")) == "NULL"
