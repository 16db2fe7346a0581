"""Network policies are enforced while the tests run: by the cluster itself, else by kube-router on this machine.

kube-router runs as a firewall alone, from its Go module, where the only node is this machine and root asks. What it
wrote into iptables and ipset goes with it.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands.images import importer
from local import paths
from local.prepare.cache_folder import making
from local.prepare.go import Go
from local.progress import MEGABYTE, say, ticking
from mesh.images import NOTEBOOK
from tests.cluster.base_image import must
from tests.cluster.kubernetes import PATIENCE, Cluster, Object

MODULE, VERSION = "github.com/cloudnativelabs/kube-router/v2", "v2.1.0"
CHAINS = re.compile(r"KUBE-ROUTER-|KUBE-POD-FW-|KUBE-NWPLCY-")
"""What kube-router's chains begin with."""
SETS = re.compile(r"KUBE-(SRC|DST)-|kube-router-|inet6:")
PROBE = "data-platform-probe"
CONNECT = """
import json, socket, sys, time
def reached(host, port):
    try:
        socket.create_connection((host, port), timeout=3).close()
        return True
    except OSError:
        return False
targets, until = json.loads(sys.argv[1]), time.monotonic() + 30
while reached(*targets[0]) and time.monotonic() < until:
    time.sleep(0.1)
print(json.dumps([reached(*target) for target in targets]))
"""
"""Enforcement begins a moment after a pod does, so it waits for the first target to be out of reach."""


def connecting(name: str, labels: dict[str, str], targets: list[tuple[str, int]]) -> Object:
    """A pod that prints for each target whether it could connect; the first is one that it must not reach."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "connecting",
                    "image": NOTEBOOK,
                    "command": ["python3", "-c", CONNECT, json.dumps(targets)],
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }


def reached(cluster: Cluster, pod: Object, namespace: str) -> list[bool]:
    """What a pod of `connecting` found out."""
    name = pod["metadata"]["name"]
    cluster.kubectl("apply", "--namespace", namespace, "--filename", "-", text=json.dumps(pod))
    try:
        done = ("--for=jsonpath={.status.phase}=Succeeded", f"--timeout={PATIENCE}s")
        cluster.kubectl("wait", "--namespace", namespace, f"pod/{name}", *done)
        return json.loads(cluster.kubectl("logs", "--namespace", namespace, name))
    finally:
        cluster.kubectl("delete", "--namespace", namespace, "pod", name, "--force", "--grace-period=0")


def enforces(cluster: Cluster) -> bool:
    """Whether a pod that may send nothing cannot reach the API server."""
    api = cluster.kubectl("get", "service", "kubernetes", "--namespace=default", "--output=jsonpath={.spec.clusterIP}")
    nothing = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "nothing"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
    cluster.kubectl("create", "namespace", PROBE)
    try:
        cluster.kubectl("apply", "--namespace", PROBE, "--filename", "-", text=json.dumps(nothing))
        cluster.kubectl("wait", "--namespace", PROBE, "--for=create", "serviceaccount/default")
        return reached(cluster, connecting("probe", {}, [(api, 443)]), PROBE) == [False]
    finally:
        cluster.kubectl("delete", "namespace", PROBE)


@contextmanager
def enforced(cluster: Cluster) -> Iterator[None]:
    """Within, policies are enforced, where this cluster or machine can do so: `enforces` tells."""
    here = importer(json.dumps(cluster.get("nodes")))
    if not here or os.geteuid() or enforces(cluster):
        yield
        return
    if not shutil.which("ipset"):
        assert shutil.which("apt-get"), "kube-router needs ipset: install it"
        must("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "ipset")
    (node,) = cluster.get("nodes")["items"]
    command = [
        str(_built() / "kube-router"),
        f"--kubeconfig={os.environ['KUBECONFIG']}",
        f"--hostname-override={node['metadata']['name']}",
        "--run-router=false",
        "--run-service-proxy=false",
        "--run-firewall=true",
        "--enable-cni=false",
        "--health-port=0",
    ]
    log = paths.cache() / "kube-router.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as router:
        try:
            until = time.monotonic() + PATIENCE
            while not enforces(cluster):
                assert router.poll() is None and time.monotonic() < until, log.read_text()[-3000:]
            yield
        finally:
            router.terminate()
            router.wait()
            _clean()


def _built() -> Path:
    folder = paths.cache() / f"kube-router-{VERSION.removeprefix('v')}"
    with making(folder, "kube-router", 4000 * MEGABYTE) as work:
        if work:
            say(f"Building kube-router {VERSION} from its Go module, once")
            go = Go(work, "kube-router could not be built", "LEAVE_OUT=network-policies does without it.")
            with ticking("compiling"):
                go.begin("kube-router-here")
                go.run("get", f"{MODULE}/cmd/kube-router@{VERSION}")
                go.install("", [f"{MODULE}/cmd/kube-router"])
            go.binaries.rename(folder)
    return folder


def _clean() -> None:
    """Takes kube-router's chains and sets away; all others stay."""
    rules = must("iptables-save", "--table", "filter").splitlines()
    kept = "".join(f"{line}\n" for line in rules if not CHAINS.search(line))
    subprocess.run(["iptables-restore", "--table", "filter"], input=kept, text=True, check=True)
    for name in must("ipset", "list", "--name").split():
        if SETS.match(name):
            must("ipset", "destroy", name)
