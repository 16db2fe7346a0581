"""A changed region, account, cluster, owner or plan is explained before an update takes anything."""

from pathlib import Path
from typing import Any

import pytest

from commands import removed
from commands.replaced import Change, changes, was
from mesh.local_settings import UNUSED
from mesh.settings import read_settings
from tests.sample import NAMES
from tests.unit.test_removed import CONFIG, stack

__all__ = ["stack"]


def database(domain: str, days: int) -> dict[str, Any]:
    identifier = f"datamesh-{domain}-0a1b2c3d"
    return {
        "urn": f"urn:pulumi:dev::datamesh::datamesh:components:Domain$aws:rds/instance:Instance::{domain}-db",
        "custom": True,
        "type": "aws:rds/instance:Instance",
        "outputs": {
            "arn": f"arn:aws:rds:eu-west-3:123456789012:db:{identifier}",
            "backupRetentionPeriod": days,
            "identifier": identifier,
        },
    }


PROVIDER = {"custom": True, "type": "pulumi:providers:aws", "outputs": {"region": "eu-west-3", "version": "7.51.1"}}
BUCKET = {
    "urn": "urn:pulumi:dev::datamesh::datamesh:components:Lake$aws:s3/bucket:Bucket::lake-bucket",
    "custom": True,
    "type": "aws:s3/bucket:Bucket",
    "outputs": {"arn": "arn:aws:s3:::datamesh-datalake-ada", "bucket": "datamesh-datalake-ada"},
}
CLUSTER = {
    "urn": "urn:pulumi:dev::datamesh::pulumi:providers:kubernetes::cluster",
    "custom": True,
    "type": "pulumi:providers:kubernetes",
    "inputs": {"context": "kind-old", "kubeconfig": "/of/the/last/update"},
}
PLATFORM = [CLUSTER, {"type": "kubernetes:core/v1:Namespace", "outputs": {}}]
STATE = [{"type": "pulumi:pulumi:Stack"}, PROVIDER, BUCKET, database("sales", 7), database("marketing", 7)]
"""What `pulumi stack export` holds of a stack in eu-west-3, as far as it is looked at."""
SAME = {"region": "eu-west-3", "instanceClass": "db.t4g.micro", "disposable": "true"}


def told(state: list[dict[str, Any]] = STATE, /, **settings: Any) -> list[Change]:
    config = CONFIG | SAME | settings
    return changes(was(state), read_settings(config, "dev", NAMES), "dev")


def text(change: Change) -> str:
    return "\n".join(change.lines)


@pytest.mark.parametrize(
    ("settings", "key", "old"),
    [
        ({"region": "us-east-1"}, "region", "eu-west-3"),
        ({"allowedAccountIds": "210987654321"}, "allowedAccountIds", "123456789012"),
    ],
)
def test_a_mesh_does_not_move_and_is_told_what_it_would_lose(settings: dict[str, str], key: str, old: str):
    (change,) = told(**settings, owner="bo")
    assert not change.possible and change.word is None, "one thing at a time: nothing else matters then"
    shown = text(change)
    for part in (
        "datamesh-sales-0a1b2c3d", "datamesh-marketing-0a1b2c3d", "datamesh-datalake-ada", "Nothing was changed",
        f"pulumi config set {key} {old} --stack dev", "make down STACK=dev, then make up STACK=dev",
    ):  # fmt: skip
        assert part in shown, part
    (guarded,) = told(**settings, owner="bo", disposable="false")
    assert "make down" not in text(guarded) and f"first {key} as above, then docs/destroy.md" in text(guarded)


def test_another_owner_costs_the_bucket_and_that_has_to_be_named():
    (change,) = told(owner="bo")
    assert change.word == "datamesh-datalake-ada" and change.possible
    shown = text(change)
    assert "makes datamesh-datalake-bo, empty, and deletes datamesh-datalake-ada with all its files" in shown
    assert "aws s3 sync s3://datamesh-datalake-ada FOLDER" in shown
    assert "pulumi config set owner ada --stack dev" in shown and "unprotect" not in shown
    (guarded,) = told(owner="bo", disposable="false")
    assert "pulumi state unprotect --stack dev 'URN of lake-bucket'" in text(guarded)


def test_shorter_backups_have_to_be_named_and_the_free_plan_is_explained():
    (change,) = told(accountPlan="free")
    assert change.word == "backups-older-than-1-days"
    shown = text(change)
    assert "datamesh-sales-0a1b2c3d, datamesh-marketing-0a1b2c3d are kept for 7 days" in shown
    assert "never returns to the free plan" in shown and "config set accountPlan paid --stack dev" in shown
    (change,) = told(backupDays="3")
    assert change.word == "backups-older-than-3-days" and "free plan" not in text(change)


def test_a_plan_that_takes_nothing_is_explained_and_stops_nobody():
    state = [PROVIDER, BUCKET, database("sales", 1)]
    (change,) = told(state, accountPlan="paid")
    assert change.word is None and change.possible and "7 days in the place of 1; nothing is replaced" in text(change)


@pytest.mark.parametrize(
    "state", [[], [{"type": "pulumi:pulumi:Stack"}, PROVIDER], STATE], ids=["new", "begun", "same"]
)
def test_a_new_stack_and_an_unchanged_one_are_told_nothing(state: list[dict[str, Any]]):
    assert told(state) == []
    assert told(state[:2], region="us-east-1", owner="bo") == []


def test_what_a_broken_replacement_left_behind_is_not_the_stack():
    old = BUCKET | {"delete": True, "outputs": {"bucket": "datamesh-datalake-before"}}
    assert told([PROVIDER, old, BUCKET, *STATE[3:]]) == []


def test_make_up_stops_at_a_region_before_it_asks_anything_else(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    stack["resources"] = STATE
    assert removed.main(["--stack", "dev", "--accept", "finance"]) == 1
    shown = capsys.readouterr().err
    assert "region: the stack is in eu-west-3" in shown and "finance" not in shown


def test_another_cluster_is_refused_with_what_people_keep_in_the_old_one_and_with_the_way(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = '[ "$1 $2 $3 $4" = "--kubeconfig /of/the/last/update --context kind-old" ] || exit 1'
    (tmp_path / "kubectl").write_text(f"#!/bin/sh\n{asked}\necho persistentvolumeclaim/home-ada\n")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    stack["resources"] = [*STATE, *PLATFORM]
    stack["config"] |= SAME | {"kubeContext": "kind-new"}
    assert removed.main(["--stack", "dev", "--accept", "finance"]) == 1
    shown = capsys.readouterr().err
    for part in (
        "the platform is in kind-old, and its configuration says kind-new",
        "home-ada",
        "pulumi config set kubeContext kind-old --stack dev",
        "pulumi destroy --stack dev --target urn:pulumi:dev::datamesh::pulumi:providers:kubernetes::cluster "
        "--target-dependents",
        "Nothing was changed",
    ):
        assert part in shown, part
    (tmp_path / "kubectl").write_text("#!/bin/sh\necho 'connection refused' >&2\nexit 1\n")
    assert removed.main(["--stack", "dev", "--accept", "finance"]) == 1
    assert "what people keep there, which it does not tell: connection refused" in capsys.readouterr().err


def test_a_cluster_that_was_made_anew_is_named_with_what_fills_it(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def told_by(kubectl: str) -> str:
        (tmp_path / "kubectl").write_text(f"#!/bin/sh\n{kubectl}\n")
        (tmp_path / "kubectl").chmod(0o755)
        assert removed.main(["--stack", "dev", "--accept", "finance"]) == 0
        return capsys.readouterr().err

    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    stack["resources"] = [*STATE, *PLATFORM]
    stack["config"] |= SAME | {"kubeContext": "kind-old"}
    assert "pulumi up --refresh --stack dev" in told_by("exit 0")
    assert "refresh" not in told_by("echo namespace/data-platform"), "it has everything"
    assert "refresh" not in told_by("exit 1"), "nobody knows"


def test_a_cluster_without_the_platform_and_the_same_one_are_left_without_a_word():
    moved = {"kubeContext": "kind-new"}
    assert told([*STATE, CLUSTER], **moved) == [], "nothing is there yet"
    assert told([*STATE, *PLATFORM], kubeContext="kind-old") == []
    (change,) = told([*STATE, *PLATFORM], **moved)
    assert not change.possible
    local = {
        "local": '{"awsEndpoint": "http://127.0.0.1:4566", "databaseCa": "ca.pem", "trinoPort": 1, '
        '"trinoHttpsPort": 2, "hostAddress": "172.18.0.1"}'
    }
    kept = {key: value for key, value in (CONFIG | SAME).items() if key not in UNUSED}
    on_local = read_settings(kept | moved | local, "local", NAMES)
    assert not [each for each in changes(was(PLATFORM), on_local, "local") if not each.possible], "it moves by itself"


def test_several_kubeconfigs_are_refused_before_the_update(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KUBECONFIG", "/one:/two")
    assert removed.main(["--stack", "dev", "--accept", "finance"]) == 1
    shown = capsys.readouterr().err
    assert "'/one:/two', and Pulumi's plugin takes one" in shown and "kubectl config view --flatten" in shown


def test_make_up_asks_for_domains_and_bucket_at_once(stack: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    there = {"region": "eu-west-3", "instanceClass": "db.t4g.micro"}
    stack["resources"] = [*STATE, database("finance", 7)]
    stack["config"] |= there | {"owner": "bo"}
    assert removed.main(["--stack", "dev"]) == 1
    shown = capsys.readouterr().err
    assert "payments 1,200 rows" in shown and "REMOVE=datamesh-datalake-ada,finance" in shown
    assert removed.main(["--stack", "dev", "--accept", "finance,datamesh-datalake-ada"]) == 0
    assert removed.main(["--stack", "dev", "--accept", "finance,datamesh-datalake-bo"]) == 1


def test_a_configuration_that_the_program_refuses_is_refused_before_anything_is_compared(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    stack["resources"], stack["config"] = STATE, {"owner": "!"}
    assert removed.main(["--stack", "dev", "--accept", "finance"]) == 1
    shown = capsys.readouterr().err
    assert "pulumi config set owner ada --stack dev" in shown and "region us-east-1" not in shown
