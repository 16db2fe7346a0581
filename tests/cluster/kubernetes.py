"""The cluster that KUBECONFIG names, looked at by its command line."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

NAMESPACE = "data-platform"
PATIENCE = 600
"""Seconds for a first start, images that are pulled for the first time included."""

Object = dict[str, Any]


class Cluster:
    """Speaks to the current context of the kubeconfig."""

    def __init__(self) -> None:
        assert os.environ.get("KUBECONFIG"), (
            "KUBECONFIG is not set: these tests make and delete a namespace, so they want to be told in which cluster. "
            "Type: make test-cluster KUBECONFIG=/path/to/kubeconfig"
        )
        assert shutil.which("kubectl"), "kubectl is not on PATH, and these tests speak to the cluster through it"
        self._volumes: list[str] = []

    @property
    def context(self) -> str:
        """The current context of the kubeconfig."""
        return self.kubectl("config", "current-context").strip()

    def kubectl(self, *words: str, text: str = "") -> str:
        """Standard output of a command that has to succeed."""
        done = self.run(*words, text=text)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def run(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """A command in the platform's namespace; nothing is checked."""
        command = ["kubectl", "--namespace", NAMESPACE, *words]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    def get(self, *words: str) -> Object:
        """Objects as the API server has them."""
        return json.loads(self.kubectl("get", *words, "--output", "json"))

    def exists(self) -> bool:
        """Whether the platform's namespace is there."""
        return self.run("get", "namespace", NAMESPACE).returncode == 0

    def provide_volumes(self, folder: Path, count: int) -> None:
        """Folders of this machine for volume claims, where the cluster makes none itself."""
        classes = self.get("storageclasses")["items"]
        default = "storageclass.kubernetes.io/is-default-class"
        if any(each["metadata"].get("annotations", {}).get(default) == "true" for each in classes):
            return
        for number in range(count):
            place = folder / str(number)
            place.mkdir(parents=True)
            place.chmod(0o777)
            volume = {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": f"{NAMESPACE}-test-{number}"},
                "spec": {
                    "capacity": {"storage": "1Gi"},
                    "accessModes": ["ReadWriteOnce"],
                    "persistentVolumeReclaimPolicy": "Retain",
                    "hostPath": {"path": str(place), "type": "Directory"},
                },
            }
            self.kubectl("apply", "--filename", "-", text=json.dumps(volume))
            self._volumes.append(volume["metadata"]["name"])

    def destroy(self) -> None:
        """Deletes the namespace, and waits until it is gone with all that is in it; no worker drains for nobody."""
        self.run("delete", "pods", "--all", "--force", "--grace-period=0")
        self.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", f"--timeout={PATIENCE}s")
        if self._volumes:
            self.kubectl("delete", "persistentvolume", *self._volumes, "--ignore-not-found")

    def settled(self) -> None:
        """Waits until every Deployment runs what it says; the error shows what its pods say."""
        for name in self.kubectl("get", "deployments", "--output", "name").split():
            done = self.run("rollout", "status", name, f"--timeout={PATIENCE}s")
            if done.returncode:
                seen = self.run("get", "pods").stdout + self.run("get", "events", "--sort-by=.lastTimestamp").stdout
                raise AssertionError(f"{name} did not get ready: {done.stderr}\n{seen[-6000:]}")

    def names(self, kind: str) -> set[str]:
        """The names of all objects of a kind in the namespace."""
        return {each["metadata"]["name"] for each in self.get(kind)["items"]}

    def pods(self, component: str) -> list[str]:
        """Names of the pods of a component (`coordinator`, `worker`, `hub`, …) that are not on their way out."""
        selector = f"app.kubernetes.io/component={component}"
        found = self.get("pods", "--selector", selector)["items"]
        return [pod["metadata"]["name"] for pod in found if "deletionTimestamp" not in pod["metadata"]]

    @contextmanager
    def forward(self, service: str, port: int, path: str, scheme: str = "http") -> Iterator[str]:
        """The URL under which a port of a Service answers here; `path` is what shows that it does."""
        command = ["kubectl", "--namespace", NAMESPACE, "port-forward", f"service/{service}", f":{port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as forward:
            assert forward.stdout
            try:
                said = forward.stdout.readline()
                assert said.startswith("Forwarding from"), f"no port was forwarded: {said}"
                url = f"{scheme}://127.0.0.1:{said.split()[2].rpartition(':')[2]}"
                deadline = time.monotonic() + PATIENCE
                while not _answers(url + path):
                    assert time.monotonic() < deadline, f"{service} does not answer at {url}{path}"
                    time.sleep(0.2)
                yield url
            finally:
                forward.terminate()


def _answers(url: str) -> bool:
    try:
        # only whether something speaks there; who it is, the tests check with the stack's authority
        return requests.get(url, timeout=5, verify=False).status_code < 500
    except requests.ConnectionError:
        return False
