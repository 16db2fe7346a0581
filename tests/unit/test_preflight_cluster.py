"""`make preflight`: the cluster, and the images that it pulls."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from mesh.images import BUILT, PULLED
from mesh.names import NAMESPACE
from preflight import cluster
from preflight.cluster import check_cluster
from preflight.findings import Colour
from preflight.registries import check_images, reference
from tests.unit.manifests import pods
from tests.unit.recording import Recording
from tests.unit.rehearsal import resource

Answer = tuple[int, str, str]
OWN = (resource("kubernetes:core/v1:Namespace", NAMESPACE),)
THERE = (0, f"namespace/{NAMESPACE}", "")


def placed(context: str) -> tuple[Any, ...]:
    """The resources of a stack whose platform is in the cluster of a context."""
    return (*OWN, {**resource("pulumi:providers:kubernetes", "cluster"), "inputs": {"context": context}})


def version(minor: str) -> Answer:
    return 0, json.dumps({"clientVersion": {}, "serverVersion": {"major": "1", "minor": minor}}), ""


def nodes(*images: str) -> Answer:
    return 0, json.dumps({"items": [{"status": {"images": [{"names": list(images)}]}}, {"status": {}}]}), ""


GREEN: dict[str, Answer] = {
    "version": version("34"),
    "auth": (0, "yes\n", ""),
    "get namespace": (0, "", ""),
    "get nodes": nodes(*(f"docker.io/{image}" for image in BUILT)),
}


def findings(resources: Any = (), **changed: Answer) -> dict[str, Any]:
    """What is found by the first word of a line, where kubectl answers as in GREEN but for `changed`."""
    answers = GREEN | {key.replace("_", " "): answer for key, answer in changed.items()}

    def ask(words: Sequence[str]) -> Answer:
        (answer,) = [answer for start, answer in answers.items() if " ".join(words).startswith(start)]
        return answer

    return {each.what: each for each in check_cluster(ask, "kind-datamesh", resources, "dev", list(BUILT))}


def test_a_cluster_that_answers_is_green():
    found = findings()
    assert list(found) == ["cluster", "cluster rights", "namespace", "built images"]
    assert {each.colour for each in found.values()} == {Colour.GREEN}
    assert found["cluster"].text == "kind-datamesh answers, Kubernetes 1.34"


CASES: Mapping[str, tuple[dict[str, Any], str, Colour, str]] = {
    "old": ({"version": version("24+")}, "cluster", Colour.YELLOW, "1.24, which does not hold pods"),
    "unreachable": (
        {"version": (1, "{}", "The connection to the server was refused")}, "cluster", Colour.RED,
        "kind-datamesh does not answer: The connection to the server was refused",
    ),
    "no context": (
        {"version": (1, "", 'error: context "kind-datamesh" does not exist')}, "cluster", Colour.RED,
        "kubectl config get-contexts --output name",
    ),
    "not Kubernetes": ({"version": (0, "<html>", "")}, "cluster", Colour.RED, "no answer that can be read"),
    "client alone": ({"version": (0, '{"clientVersion": {}}', "")}, "cluster", Colour.RED, "no answer"),
    "no rights": ({"auth": (1, "no\n", "")}, "cluster rights", Colour.RED, "ask the cluster's owner"),
    "taken": ({"get_namespace": (0, f"namespace/{NAMESPACE}", "")}, "namespace", Colour.RED, "did not make it"),
    "ours": (
        {"get_namespace": (0, f"namespace/{NAMESPACE}", ""), "resources": OWN}, "namespace", Colour.GREEN,
        "made by this stack",
    ),
    "ours, by the provider": (
        {"get_namespace": THERE, "resources": placed("kind-datamesh")}, "namespace", Colour.GREEN, "made by this stack",
    ),
    "of others, ours is elsewhere": (
        {"get_namespace": THERE, "resources": placed("kind-old")}, "namespace", Colour.RED,
        "the stack's platform is in kind-old, and Pulumi does not move it make up STACK=dev",
    ),
    "free, ours is elsewhere": (
        {"resources": placed("kind-old")}, "namespace", Colour.RED, "the stack's platform is in kind-old",
    ),
    "made anew": (
        {"resources": placed("kind-datamesh")}, "namespace", Colour.YELLOW, "pulumi up --refresh --stack dev",
    ),
    "taken, without a state": (
        {"get_namespace": (0, f"namespace/{NAMESPACE}", ""), "resources": None}, "namespace", Colour.YELLOW,
        "state cannot be read",
    ),
    "hidden": ({"get_namespace": (1, "", "forbidden")}, "namespace", Colour.YELLOW, "forbidden"),
    "no images": ({"get_nodes": nodes("docker.io/library/x:1")}, "built images", Colour.YELLOW, "make images STACK="),
    "hidden nodes": ({"get_nodes": (1, "", "forbidden")}, "built images", Colour.YELLOW, "cannot be asked: forbidden"),
    "unreadable nodes": ({"get_nodes": (0, "", "")}, "built images", Colour.YELLOW, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_cluster_that_lacks_something_says_what_to_type(case: str):
    changed, what, colour, says = CASES[case]
    found = findings(**changed)
    assert found[what].colour is colour and says in f"{found[what].text} {found[what].fix}"
    assert len(found) == (1 if what == "cluster" and colour is Colour.RED else 4), "a cluster that is gone is one line"


def test_several_kubeconfigs_are_red_for_pulumis_plugin_takes_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KUBECONFIG", "/one:/two")
    found = findings()["kubeconfig"]
    assert found.colour is Colour.RED and "'/one:/two'" in found.text and "--flatten" in found.fix
    monkeypatch.setenv("KUBECONFIG", "/one")
    assert "kubeconfig" not in findings()


def test_without_kubectl_the_cluster_is_red(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cluster.kubectl("kind-datamesh") is None
    (found,) = check_cluster(None, "kind-datamesh", (), "dev", [])
    assert found.colour is Colour.RED and "kubectl is not on PATH" in found.text


def test_only_the_context_of_the_settings_is_asked_and_with_a_limit_of_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    program = tmp_path / "kubectl"
    program.write_text('#!/bin/sh\necho "$@"; [ "$7" = wait ] && exec sleep 60; exit 0\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    ask = cluster.kubectl("kind-datamesh")
    assert ask is not None
    assert ask(["version"]) == (0, "--context kind-datamesh --request-timeout 15s version\n", "")
    monkeypatch.setattr(cluster, "_SECONDS", 0.1)
    began = time.monotonic()
    assert ask(["a", "b", "wait"])[2].startswith("no answer in")
    assert time.monotonic() - began < 50


def test_the_namespace_is_the_one_that_the_program_makes(dev: Recording):
    (namespace,) = dev.of("kubernetes:core/v1:Namespace")
    assert namespace.inputs["metadata"]["name"] == NAMESPACE


def test_every_image_of_the_platform_is_pulled_or_built(program: Recording):
    used = {container["image"] for pod in pods(program).values() for container in pod["containers"]}
    assert used and used <= {*PULLED, *BUILT}


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("trinodb/trino:476", ("registry-1.docker.io", "trinodb/trino", "476")),
        ("postgres:17", ("registry-1.docker.io", "library/postgres", "17")),
        ("quay.io/jupyterhub/proxy:5.3.0", ("quay.io", "jupyterhub/proxy", "5.3.0")),
        ("localhost:5000/a/b:1", ("localhost:5000", "a/b", "1")),
    ],
)
def test_an_image_is_looked_for_in_its_own_registry(image: str, parts: tuple[str, str, str]):
    assert reference(image) == parts


class Registry(requests.Session):
    """Registries that ask for a token, as Docker Hub does, and answer with a status for each image."""

    def __init__(self, status: int | Exception, token: int = 200) -> None:
        super().__init__()
        self.status, self.token = status, token
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        assert request.method in ("GET", "HEAD") and request.url
        self.asked.append(f"{request.method} {request.url}")
        if isinstance(self.status, Exception):
            raise self.status
        answer = requests.Response()
        answer.request, answer.url = request, request.url
        if request.url.startswith("https://auth.example/token"):
            answer.status_code, answer._content = self.token, b'{"token": "T"}'
        elif request.headers.get("Authorization") == "Bearer T":
            answer.status_code = self.status
        else:
            answer.status_code = 401
            answer.headers["WWW-Authenticate"] = 'Bearer realm="https://auth.example/token",service="registry"'
        return answer


def test_images_that_are_there_are_one_green_line_and_nothing_is_downloaded():
    registry = Registry(200)
    (found,) = check_images(registry)
    assert found.colour is Colour.GREEN and all(image in found.text for image in PULLED)
    manifests = [each for each in registry.asked if "/manifests/" in each]
    assert manifests and all(each.startswith("HEAD https://") for each in manifests)
    tokens = [each for each in registry.asked if each.startswith("GET")]
    assert any("scope=repository%3Atrinodb%2Ftrino%3Apull" in each for each in tokens)


@pytest.mark.parametrize(
    ("registry", "colours", "says"),
    [
        (Registry(404), {Colour.RED}, "is not in its registry"),
        (Registry(429), {Colour.YELLOW}, "status 429"),
        (Registry(200, token=503), {Colour.YELLOW}, "status 503"),
        (Registry(requests.ConnectionError("no route")), {Colour.YELLOW}, "ConnectionError"),
        (Registry(requests.ReadTimeout("slow")), {Colour.YELLOW}, "ReadTimeout"),
    ],
    ids=["missing", "limited", "no token", "no network", "slow"],
)
def test_images_that_are_missing_are_red_and_unknown_ones_yellow(registry: Registry, colours: set[Colour], says: str):
    found = list(check_images(registry))
    assert {each.colour for each in found} == colours and says in found[0].text
    assert len(found) == (len(PULLED) if Colour.RED in colours else 1)
