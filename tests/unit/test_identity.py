import json

import pytest

from components.boundary import Boundary, BoundaryArgs
from components.identity import Identity, IdentityArgs
from tests.unit.recording import Recording, record

ACCOUNT = "123456789012"


def program(*, admins: tuple[str, ...] = (), owner: str = "ada") -> Recording:
    def body() -> None:
        boundary = Boundary("boundary", BoundaryArgs(owner=owner, region="eu-west-3", account_id=ACCOUNT))
        Identity(
            "identity",
            IdentityArgs(
                owner=owner,
                region="eu-west-3",
                account_id=ACCOUNT,
                permissions_boundary=boundary.arn,
                bucket_arn=f"arn:aws:s3:::datamesh-datalake-{owner}",
                glue_databases=["sales", "marketing"],
                events_database="events",
                admins=admins,
                require_mfa=True,
            ),
        )

    return record(body)


@pytest.fixture(scope="module")
def identity() -> Recording:
    return program()


def test_every_role_and_user_is_inside_the_boundary(identity: Recording):
    boundary = identity.one("aws:iam/policy:Policy", "boundary-policy")
    bounded = identity.of("aws:iam/role:Role") + identity.of("aws:iam/user:User")
    assert {resource.name for resource in bounded} == {"datamesh-admin", "datamesh-trino", "datamesh-grafana"}
    for resource in bounded:
        assert resource.inputs["permissionsBoundary"].endswith("boundary-policy"), resource.name
        assert boundary.urn in resource.depends_on, "AWS refuses a boundary that does not exist yet"


def test_the_boundary_protects_the_very_name_it_has(identity: Recording):
    boundary = identity.one("aws:iam/policy:Policy", "boundary-policy").inputs
    (deny,) = [s for s in json.loads(boundary["policy"])["Statement"] if s["Effect"] == "Deny"]
    assert f"arn:aws:iam::{ACCOUNT}:policy/{boundary['name']}" in deny["Resource"]


def test_the_admin_needs_mfa_and_may_be_a_list_of_people(identity: Recording):
    (statement,) = json.loads(identity.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    ada = f"arn:aws:iam::{ACCOUNT}:user/ada"
    (statement,) = json.loads(program(admins=(ada,)).one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": [ada]}


def test_services_have_one_key_each_and_people_have_none(identity: Recording):
    keys = identity.of("aws:iam/accessKey:AccessKey")
    assert sorted(key.inputs["user"] for key in keys) == ["datamesh-grafana", "datamesh-trino"]


def test_secret_keys_are_no_registered_outputs(identity: Recording):
    outputs = next(values for urn, values in identity.component_outputs.items() if urn.endswith("::identity"))
    assert sorted(outputs) == ["admin_role_arn", "grafana_access_key_id", "trino_access_key_id"]
    assert "PASSWORD" not in json.dumps(outputs)


def test_a_secret_key_stays_a_secret_on_its_way_out():
    import pulumi

    def body() -> None:
        made = Identity(
            "identity",
            IdentityArgs(
                owner="ada",
                region="us-east-1",
                account_id=ACCOUNT,
                permissions_boundary="arn",
                bucket_arn="arn:aws:s3:::lake",
                glue_databases=[],
                events_database="events",
                require_mfa=True,
            ),
        )
        pulumi.export("trino", made.trino_secret_access_key)
        pulumi.export("grafana", made.grafana_secret_access_key)

    recording = record(body)
    assert recording.exports == {"trino": "PASSWORD-identity-trino", "grafana": "PASSWORD-identity-grafana"}
    assert recording.secret_exports == {"trino", "grafana"}


def test_documents_are_about_this_region_and_all_domains(identity: Recording):
    kinds = ("aws:iam/userPolicy:UserPolicy", "aws:iam/policy:Policy")
    policies = {policy.name: policy.inputs["policy"] for kind in kinds for policy in identity.of(kind)}
    assert '"arn:aws:glue:eu-west-3:123456789012:database/marketing"' in policies["datamesh-trino-tables-1"]
    assert '"arn:aws:glue:eu-west-3:123456789012:table/events/*"' in policies["datamesh-trino-lake"]
    assert '["eu-west-3", "us-east-1"]' in policies["identity-grafana"], "the bill is in us-east-1"
    admin = identity.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    assert '"arn:aws:glue:eu-west-3:123456789012:table/events/*"' in admin


def test_rights_are_there_before_the_key_and_before_those_of_an_earlier_version_change(identity: Recording):
    def attached(kind: str) -> set[str]:
        return {each.urn for each in identity.of(f"aws:iam/{kind.lower()}PolicyAttachment:{kind}PolicyAttachment")}

    assert len(attached("User")) == 2 and len(attached("Role")) == 1
    assert attached("User") <= set(identity.one("aws:iam/accessKey:AccessKey", "identity-trino").depends_on)
    assert attached("Role") <= set(identity.one("aws:iam/rolePolicy:RolePolicy", "identity-admin").depends_on)
