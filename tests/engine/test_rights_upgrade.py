"""An update of a stack that an earlier version made, by the real engine: Trino has its rights all the time."""

from collections.abc import Callable

from tests.engine.bench import Bench
from tests.sample import ROOT

BEFORE = """
class Identity(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("datamesh:components:Identity", "identity")
        user = Raw("aws:iam/user:User", "datamesh-trino", {"permissionsBoundary": "arn:b", "forceDestroy": True,
                                                           "name": None}, parent=self)
        Raw("aws:iam/userPolicy:UserPolicy", "identity-trino", {"user": user.id, "policy": "{}"}, parent=self)
        Raw("aws:iam/accessKey:AccessKey", "identity-trino", {"user": user.id}, parent=self)

Identity()
"""
"""What the component registered of Trino when its policy was inside the user."""
NOW = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from components.identity import Identity, IdentityArgs

Identity("identity", IdentityArgs(
    owner="ada", region="eu-west-3", account_id="123456789012", permissions_boundary="arn:b",
    bucket_arn="arn:aws:s3:::lake", glue_databases=["sales"], events_database="events", require_mfa=True,
))
"""


def test_new_rights_are_attached_before_the_old_ones_go_and_user_and_key_stay(bench: Callable[..., Bench]):
    stack = bench()
    stack.up(BEFORE)
    before = stack.resources()["datamesh-trino"]["id"]
    run = stack.up(NOW)
    assert run.of("datamesh-trino")[0] in ("same", "update") and stack.resources()["datamesh-trino"]["id"] == before
    # the policy and the key had one name; neither was made anew
    assert sorted(run.of("identity-trino")) == ["delete", "same"]
    gone = run.steps.index(("delete", "identity-trino"))
    for part in ("identity-trino-lake", "identity-trino-tables-1"):
        assert run.steps.index(("create", part)) < gone
