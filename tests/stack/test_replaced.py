"""A region and an owner that change under a running mesh."""

import pytest

from tests.stack.checkout import Checkout


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("region", "eu-central-1", "region: the stack is in us-east-1, and its configuration says eu-central-1"),
        ("owner", "another", "deletes datamesh-datalake-local with all its files"),
    ],
)
def test_make_up_explains_it_and_changes_nothing(mesh: Checkout, key: str, value: str, told: str):
    before = (mesh.folder / "Pulumi.local.yaml").read_text()
    state = mesh.must("pulumi", "stack", "export")
    mesh.configure(**{key: value})
    try:
        done = mesh.python("-m", "local", "up")
        assert done.returncode == 1
        shown = done.stdout + done.stderr
        assert told in shown and "Nothing was changed" in shown and "Traceback" not in shown
    finally:
        (mesh.folder / "Pulumi.local.yaml").write_text(before)
    assert mesh.must("pulumi", "stack", "export") == state
