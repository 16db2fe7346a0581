"""The whole stack on AWS through the real engine and the local plugins, as a dry run."""

from pathlib import Path

from tests.stack.checkout import Checkout


def test_the_stack_on_aws_can_be_tried_with_every_part_and_leaves_nothing(tmp_path: Path):
    checkout = Checkout.make(tmp_path)
    done = checkout.python("-m", "local", "dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("workbench-machine", "datamesh-office-hours", "datamesh-project", "trino-coordinator", "sales-db"):
        assert part in done.stdout, f"{part} is not in the preview"
    assert "to create" in done.stdout
    assert not (tmp_path / "Pulumi.dev-check.yaml").exists() and not checkout.local.exists()
