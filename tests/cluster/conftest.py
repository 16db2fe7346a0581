"""One platform on a real cluster for all tests of this folder; its databases and its lake are on this machine."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.cluster_objects import objects
from local.servers import process
from tests.cluster.kubernetes import NAMESPACE, Cluster, Object
from tests.stack.checkout import Checkout, Door

ADA = {"ada": {"domains": ["sales", "marketing"]}}
WORKERS = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder needs a cluster."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("cluster")


@dataclass
class Platform:
    """A stack whose servers listen where pods reach them, and the cluster that got its objects."""

    checkout: Checkout
    cluster: Cluster
    left_out: frozenset[str]
    warnings: str = ""

    def apply(self) -> None:
        """Brings to the cluster what the stack says now, and waits for it."""
        self.warnings = self.cluster.apply(self.objects())
        self.cluster.settled()

    def objects(self) -> list[Object]:
        """The stack's objects as its state has them, but for the replicas of what is left out."""
        found = objects(self.checkout.must("pulumi", "stack", "export", "--show-secrets"))
        for each in found:
            if each["kind"] == "Deployment" and each["metadata"]["name"] in self.left_out:
                each["spec"]["replicas"] = 0
        return found


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform, ready; gone from cluster and machine afterwards."""
    cluster = Cluster()
    assert not cluster.exists(), (
        f"there is a namespace {NAMESPACE} in this cluster already, and these tests would delete it. If nobody needs "
        f"it, type: kubectl delete namespace {NAMESPACE}"
    )
    checkout = Checkout.make(tmp_path_factory.mktemp("checkout"))
    host = cluster.host()
    checkout.configure(
        local={"awsEndpoint": f"http://{host}:{process.free_port(host)}"}, trino={"workers": WORKERS}, users=ADA
    )
    made = Platform(checkout, cluster, frozenset(os.environ.get("LEAVE_OUT", "").split()))
    # A name that everybody may enter: pods come as users of their own.
    volumes = Path(tempfile.mkdtemp(prefix="datamesh-volumes-"))
    volumes.chmod(0o755)
    try:
        cluster.provide_volumes(volumes, 3)  # the hub's, and homes of two people
        checkout.up()
        made.apply()
        yield made
    finally:
        cluster.destroy()
        shutil.rmtree(volumes)
        checkout.must(".venv/bin/python", "-m", "local", "down")


@pytest.fixture
def door(platform: Platform, tmp_path: Path) -> Iterator[Door]:
    """Trino's own door on the cluster, through a forwarded port."""
    outputs = platform.checkout.outputs()
    authority = tmp_path / "trino.pem"
    authority.write_text(outputs["trino"]["authority"])
    with platform.cluster.forward("trino-coordinator", 8443, "/v1/info", "https") as url:
        yield Door(url, authority, outputs["credentials"]["people"])
