"""IAM: what holds for every document."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.policies import admin as admin_policies
from components.policies.admin import Mesh
from mesh.names import DomainName
from tests.unit.iam import listed
from tests.unit.iam_documents import ACCOUNT, IDENTITY_DOCUMENTS, domains

every_document = pytest.mark.parametrize("document", IDENTITY_DOCUMENTS.values(), ids=IDENTITY_DOCUMENTS)
owners = st.from_regex(r"[a-z][a-z0-9]{1,9}(-[a-z0-9]{1,8})?", fullmatch=True)
regions = st.sampled_from(["us-east-1", "eu-west-3", "ap-southeast-3", "ap-northeast-1", "il-central-1"])


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


@given(owner=owners, region=regions, names=st.lists(domains, max_size=8, unique=True))
def test_documents_stay_inside_the_sizes_that_aws_allows(owner: str, region: str, names: list[str]):
    mesh = Mesh(region=region, account=ACCOUNT, owner=owner)
    admin = admin_policies.admin_policy(mesh, glue_databases=[DomainName(name).identifier for name in names])
    assert len(json.dumps(admin_policies.boundary(mesh), separators=(",", ":"))) <= 6144, "managed policy"
    assert len(json.dumps(admin, separators=(",", ":"))) <= 10240, "policy inside a role"
    assert len(mesh.boundary_name) <= 128
