"""What the network policies let through and what not, asked from pods with the labels of each part.

That all else that the platform needs gets through is what the other tests of this folder show: policies are enforced
during all of them.
"""

import pytest

from k8s.network_policies import labels
from mesh.ports import TRINO_HTTP, TRINO_HTTPS
from tests.cluster.conftest import Platform
from tests.cluster.enforcement import connecting, reached
from tests.cluster.kubernetes import NAMESPACE

COORDINATOR, INSIDE, HUB = "Trino", "Trino without a login", "the hub"
DATABASE, LAKE, API = "a database", "the lake", "the API server"
REACHES = {
    "notebook": {COORDINATOR, HUB, DATABASE, LAKE},
    "server": {COORDINATOR, DATABASE},
    "publisher": {COORDINATOR, DATABASE},
    "": set[str](),
}
"""By component; without one, a pod of somebody who may make pods in the namespace."""


@pytest.mark.parametrize("component", REACHES)
def test_a_pod_reaches_what_its_part_needs_and_nothing_else(platform: Platform, component: str):
    outputs, cluster, here = platform.checkout.outputs(), platform.cluster, platform.host_address()
    api = cluster.get("endpointslices", "--namespace=default", "--selector=kubernetes.io/service-name=kubernetes")
    (address, *_) = [each["addresses"][0] for each in api["items"][0]["endpoints"]]
    targets = {
        # first: that nobody reaches it depends on the new pod's own rules alone
        API: (address, api["items"][0]["ports"][0]["port"]),
        INSIDE: ("trino-coordinator", TRINO_HTTP),
        COORDINATOR: ("trino-coordinator", TRINO_HTTPS),
        HUB: ("hub", 8081),
        DATABASE: (here, outputs["domains"]["sales"]["port"]),
        LAKE: (here, int(outputs["lake"]["endpoint"].rpartition(":")[2])),
    }
    own = labels(component) if component else {}
    found = reached(cluster, connecting("connecting", own, list(targets.values())), NAMESPACE)
    assert {name for name, yes in zip(targets, found, strict=True) if yes} == REACHES[component], (
        "where a cluster enforces no network policies, LEAVE_OUT=network-policies leaves this out"
    )
