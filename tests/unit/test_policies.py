"""IAM: what holds for every document."""

import re
from typing import Any

import pytest

from tests.unit.iam import listed
from tests.unit.iam_documents import IDENTITY_DOCUMENTS

every_document = pytest.mark.parametrize("document", IDENTITY_DOCUMENTS.values(), ids=IDENTITY_DOCUMENTS)


@every_document
def test_a_bare_star_stands_only_where_aws_has_no_narrower_form(document: dict[str, Any]):
    for statement in document["Statement"]:
        starred = "*" in listed(statement["Resource"])
        assert starred == statement["Sid"].startswith("NoResourceLevel"), statement["Sid"]


@every_document
def test_every_statement_has_a_readable_name_of_its_own(document: dict[str, Any]):
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(sids) == len(set(sids)), "AWS refuses a document in which two statements have one Sid"
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    assert document["Version"] == "2012-10-17", "older versions know no policy variables"
