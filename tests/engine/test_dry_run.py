"""The whole stack on AWS through the real engine and the local plugins, as a dry run."""

from pathlib import Path

from local import paths
from tests.stack.checkout import Checkout

MINE = "config:\n  datamesh:owner: mine\n"


def test_the_stack_on_aws_can_be_tried_with_every_part_and_leaves_nothing(tmp_path: Path):
    checkout = Checkout.make(tmp_path)
    own = tmp_path / "Pulumi.dev-check.yaml"
    own.write_text(MINE)
    left = paths.cache() / "check-999999999-killed"  # no process has such a number
    left.mkdir(parents=True, exist_ok=True)
    done = checkout.python("-m", "local", "dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("workbench-machine", "datamesh-office-hours", "datamesh-project", "trino-coordinator", "sales-db"):
        assert part in done.stdout, f"{part} is not in the preview"
    assert "to create" in done.stdout
    assert own.read_text() == MINE, "a file of that name is the user's"
    assert not left.exists() and not checkout.local.exists()
