"""How the platform leaves the cluster, and what is said when the cluster is gone; in the order of this file."""

from pathlib import Path

import pytest
import yaml

from tests.cluster.conftest import Platform


@pytest.fixture(scope="module")
def own(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the kubeconfig; Pulumi keeps its path from the update on."""
    file = tmp_path_factory.mktemp("own") / "kubeconfig"
    file.write_text(platform.cluster.kubectl("config", "view", "--raw"))
    return file


def lose(file: Path) -> None:
    """Makes the cluster of a kubeconfig one that no longer answers."""
    content = yaml.safe_load(file.read_text())
    for each in content["clusters"]:
        each["cluster"]["server"] = "https://127.0.0.1:9"
    file.write_text(yaml.safe_dump(content))


def rows(platform: Platform) -> str:
    """The orders that Trino counts, through whichever port."""
    words = ("--format=csv", "--query=SELECT count(*) FROM sales.public.orders")
    return platform.checkout.must(".venv/bin/python", "-m", "commands.sql", *words)


def test_peoples_files_are_given_up_by_name_only(platform: Platform):
    assert platform.cluster.names("persistentvolumeclaims") > {"jupyterhub-state"}, "nobody has a home"
    done = platform.checkout.python("-m", "local", "up", "--kube-context=")
    assert done.returncode == 1 and "jupyterhub-state" in done.stderr and "REMOVE=homes" in done.stderr, done.stderr
    assert platform.cluster.exists() and platform.cluster.pods("coordinator")


def test_settings_that_need_the_cluster_keep_the_platform_there(platform: Platform):
    done = platform.checkout.python("-m", "local", "up", "--kube-context=", "--remove=homes")
    assert done.returncode == 1 and "publish: there is no cluster" in done.stderr, done.stderr
    assert platform.cluster.pods("coordinator") and platform.cluster.names("persistentvolumeclaims")
    platform.checkout.must("pulumi", "config", "rm", "publish")


def test_the_way_back_to_this_machine_loses_no_row(platform: Platform):
    before = rows(platform)
    platform.checkout.up("--kube-context=", "--remove=homes")
    assert not platform.cluster.exists(), "the platform is still on the cluster"
    assert "trino-coordinator" in platform.checkout.running()
    assert rows(platform) == before


def test_a_cluster_that_is_gone_is_said_and_nothing_changes(
    platform: Platform, own: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setenv("KUBECONFIG", str(own))
        platform.up()
        lose(own)
        done = platform.checkout.python("-m", "local", "up")
    assert done.returncode == 1, done.stdout
    assert f"The cluster {platform.cluster.context} does not answer" in done.stderr and "KUBE_CONTEXT=" in done.stderr
    assert platform.cluster.pods("coordinator")


def test_down_ends_though_the_cluster_is_gone(platform: Platform, own: Path):
    done = platform.checkout.python("-m", "local", "down", env={"KUBECONFIG": str(own)})
    assert done.returncode == 0, done.stderr
    assert "forgotten, not deleted" in done.stderr and "delete namespace data-platform" in done.stderr
    assert not platform.checkout.local.exists()
    assert platform.cluster.exists(), "it was to be out of reach"


def test_a_namespace_of_others_is_left_alone(platform: Platform):
    done = platform.checkout.python("-m", "local", "up", *platform.there())
    assert done.returncode == 1 and "which this stack did not make" in done.stderr, done.stderr
    platform.cluster.destroy()
