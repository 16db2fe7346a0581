"""JupyterHub as it goes to the cluster: what a server is given, and what changes when somebody comes or goes."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from traitlets.config import Config

from commands import notebook
from k8s.jupyterhub import mesh_hub
from k8s.jupyterhub.component import JupyterHub, JupyterHubArgs, PersonLogins
from k8s.namespace import Namespace, NamespaceArgs
from k8s.network_policies import HUB, labels, policies
from mesh.images import NOTEBOOK
from mesh.names import SERVICES
from tests.unit.recording import Recording, record

CONFIG_MAP, SECRET = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"
PEOPLE = ("admin", "sales-analyst")


def databases(person: str) -> str:
    return json.dumps({"sales": {"user": "sales_analyst", "password": f"PASSWORD-database-{person}"}})


def hub(*people: str) -> Recording:
    def program() -> None:
        JupyterHub(
            "jupyterhub",
            JupyterHubArgs(
                namespace=Namespace("namespace", NamespaceArgs(quota={})),
                people={
                    person: PersonLogins(
                        trino=pulumi.Output.secret(f"PASSWORD-trino-{person}"),
                        databases=pulumi.Output.secret(databases(person)),
                    )
                    for person in people
                },
                password_file="trino-passwords",
                authority="CERTIFICATE of Trino's authority",
                database_ca="CERTIFICATES of the databases",
                mesh='{"domains": {}, "lake": {}}',
            ),
        )

    return record(program)


@pytest.fixture(scope="module")
def two() -> Recording:
    return hub(*PEOPLE)


def pod(recording: Recording) -> dict[str, Any]:
    return recording.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]


def configured(recording: Recording) -> Any:
    """JupyterHub's configuration, made by what the hub's container finds in its environment."""
    (container,) = [each for each in pod(recording)["containers"] if each["name"] == "hub"]
    c = Config()
    mesh_hub.configure(c, {each["name"]: each["value"] for each in container["env"] if "value" in each})
    return c


def contents(recording: Recording) -> dict[str, dict[str, str]]:
    """What is in each ConfigMap and Secret, by its name in the program."""
    found = [*recording.of(CONFIG_MAP), *recording.of(SECRET)]
    return {each.name: each.inputs.get("data") or each.inputs["stringData"] for each in found}


def test_who_comes_or_goes_changes_only_what_the_running_hub_reads_again(two: Recording):
    more = hub(*PEOPLE, "ada")
    assert pod(more) == pod(two), "everybody would wait for a new hub"
    before, after = contents(two), contents(more)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"jupyterhub-people", "jupyterhub-logins"}
    for each in [*more.of(CONFIG_MAP), *more.of(SECRET)]:
        said = "name" in each.inputs["metadata"], each.inputs["immutable"]
        assert said == ((True, False) if each.name in changed else (False, True)), f"{each.name}: a change is lost"


def test_the_hub_serves_people_and_no_service(two: Recording):
    names = contents(two)["jupyterhub-people"]["names"].split()
    assert names == sorted(PEOPLE)
    assert not set(names) & set(SERVICES)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_server_finds_its_own_persons_logins_under_the_keys_that_it_asks_for(two: Recording, person: str):
    logins = two.one(SECRET, "jupyterhub-logins")
    assert "stringData" in logins.secrets
    environment = configured(two).KubeSpawner.environment
    asked = {name: value["valueFrom"]["secretKeyRef"] for name, value in environment.items() if isinstance(value, dict)}
    assert {each["name"] for each in asked.values()} == {logins.inputs["metadata"]["name"]}
    given = {
        name: logins.inputs["stringData"][each["key"].format(unescaped_username=person)] for name, each in asked.items()
    }
    assert given == {"TRINO_PASSWORD": f"PASSWORD-trino-{person}", "MESH_DATABASES": databases(person)}


def test_logins_are_in_one_secret_alone_and_no_pod_mounts_it(two: Recording):
    holding = {
        name for name, texts in contents(two).items() if any("PASSWORD-trino" in text for text in texts.values())
    }
    assert holding == {"jupyterhub-logins"}
    mounted = json.dumps(pod(two)["volumes"])
    assert "trino-passwords" in mounted, "nobody could log in"
    assert "jupyterhub-logins" not in mounted, "whoever breaks into the hub's files would have everybody's"


def test_a_server_has_the_variables_of_make_notebook_and_the_files_that_they_name(two: Recording):
    spawner = configured(two).KubeSpawner
    assert spawner.image == NOTEBOOK
    outputs = {
        "credentials": {"people": {"ada": "x"}, "databases": {}},
        "people": {"ada": []},
        "trino": {"url": "https://127.0.0.1:8443"},
        "databaseCa": "ca.pem",
    }
    here = notebook.variables(outputs, "ada", Path("/notebooks/ada"))
    assert set(spawner.environment) == set(here), "the notebook would run in one of the two places only"
    files = {Path(spawner.environment[name]) for name in ("TRINO_CA", "MESH", "DATABASE_CA")}
    (folder,) = [each["mountPath"] for each in spawner.volume_mounts if each["name"] == "mesh"]
    assert {file.name for file in files} < set(contents(two)["jupyterhub-mesh"])
    assert {str(file.parent) for file in files} == {folder}
    assert "mesh.ipynb" in contents(two)["jupyterhub-mesh"]


def test_the_proxy_takes_orders_from_its_own_pod_alone(two: Recording):
    (proxy,) = [each for each in pod(two)["containers"] if each["name"] == "proxy"]
    assert "--api-ip=127.0.0.1" in proxy["command"], "anybody in the cluster could turn the traffic of people round"
    said = configured(two).ConfigurableHTTPProxy.api_url
    assert f"--api-port={said.rpartition(':')[2]}" in proxy["command"]
    tokens = [env["valueFrom"]["secretKeyRef"] for each in pod(two)["containers"] for env in each["env"]
              if env["name"] == "CONFIGPROXY_AUTH_TOKEN"]  # fmt: skip
    assert len(tokens) == 2 and tokens[0] == tokens[1], "hub and proxy have to share one token"
    services = two.of("kubernetes:core/v1:Service")
    ports = {each.inputs["metadata"]["name"]: each.inputs["spec"]["ports"][0] for each in services}
    assert (ports["jupyterhub"]["port"], ports["jupyterhub"]["targetPort"]) == (80, "http")
    assert (ports["hub"]["port"], ports["hub"]["targetPort"]) == (8081, "hub")
    assert len(ports) == 2, "one more door, perhaps to the proxy's orders"


def test_the_proxy_finds_the_hub_of_its_own_pod_by_the_services_name():
    """To Kubernetes that is the pod itself; kube-router takes it for traffic."""
    policy = json.loads(json.dumps(policies([], 443, publisher=False)["jupyterhub-hub"]))
    own = {"pod_selector": {"match_labels": labels("hub")}}
    for direction, peers in (("ingress", "from_"), ("egress", "to")):
        assert {"port": HUB, "protocol": "TCP"} in [
            port for rule in policy[direction] if own in rule[peers] for port in rule["ports"]
        ], direction
