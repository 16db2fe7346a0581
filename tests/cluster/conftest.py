"""One platform on a real cluster for all tests of this folder; its databases and its lake are on this machine."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cluster.enforcement import enforced
from tests.cluster.kubernetes import NAMESPACE, Cluster
from tests.stack.checkout import Checkout, Door

ADA = {"ada": {"domains": ["sales", "marketing"]}}
WORKERS = 2
NEVER = "0 0 29 2 *"
"""A schedule of the publisher that leaves it to the tests when it runs."""
_COMPONENTS = {
    "grafana": "k8s/grafana/component.py",
    "jupyterhub": "k8s/jupyterhub/component.py",
}
"""The modules of the Deployments that can be left out."""
POLICIES = "network-policies"
"""What else can be left out, where nothing enforces them."""
LEFT_OUT = frozenset(os.environ.get("LEAVE_OUT", "").split())
collect_ignore = ["test_network_policies.py"] if POLICIES in LEFT_OUT else []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder needs a cluster."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("cluster")


@dataclass
class Platform:
    """A stack `local` whose platform is on the cluster, and what its first `make up` printed."""

    checkout: Checkout
    cluster: Cluster
    left_out: frozenset[str]
    first: str = ""

    def up(self, *words: str) -> str:
        """All that `make up KUBE_CONTEXT=…` prints."""
        return self.checkout.up(*self.there(), *words)

    def there(self) -> list[str]:
        """The options of `up` that bring the platform to the cluster."""
        address = os.environ.get("HOST_ADDRESS")
        return [f"--kube-context={self.cluster.context}", *([f"--host-address={address}"] if address else [])]

    def host_address(self) -> str:
        """Where pods reach this machine, as `make up` found it or was told."""
        return yaml.safe_load((self.checkout.folder / "Pulumi.local.yaml").read_text())["config"]["datamesh:local"][
            "hostAddress"
        ]


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform, ready; gone from cluster and machine afterwards."""
    cluster = Cluster()
    assert not cluster.exists(), (
        f"there is a namespace {NAMESPACE} in this cluster already, and these tests would delete it. If nobody needs "
        f"it, type: kubectl delete namespace {NAMESPACE}"
    )
    checkout = Checkout.make(tmp_path_factory.mktemp("checkout"))
    checkout.configure(trino={"workers": 1}, users=ADA, publish={"schedule": NEVER})
    made = Platform(checkout, cluster, LEFT_OUT - {POLICIES})
    for name in made.left_out:
        _leave_out(checkout.folder / _COMPONENTS[name])
    # A name that everybody may enter: pods come as users of their own.
    volumes = Path(tempfile.mkdtemp(prefix="datamesh-volumes-"))
    volumes.chmod(0o755)
    try:
        cluster.provide_volumes(volumes, 6)  # twice the hub's, and homes of two people
        with nullcontext() if POLICIES in LEFT_OUT else enforced(cluster):
            made.first = made.up()
            yield made
    finally:
        checkout.python("-m", "local", "down", "--force")
        cluster.destroy()
        shutil.rmtree(volumes)


def _leave_out(component: Path) -> None:
    """Its Deployment has no pods, because the cluster cannot get their image."""
    text = component.read_text()
    fewer, count = re.subn(r'"replicas": 1,', '"replicas": 0,', text)
    assert count == 1, f"{component} does not say how many pods it has as this knows it"
    component.write_text(fewer)


@pytest.fixture
def door(platform: Platform, tmp_path: Path) -> Iterator[Door]:
    """Trino's own door on the cluster, through a forwarded port."""
    outputs = platform.checkout.outputs()
    authority = tmp_path / "trino.pem"
    authority.write_text(outputs["trino"]["authority"])
    with platform.cluster.forward("trino-coordinator", 8443, "/v1/info", "https") as url:
        yield Door(url, authority, outputs["credentials"]["people"])
