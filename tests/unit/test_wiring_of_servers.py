"""How the platform's servers are set up, over the whole program: who may enter, what rolls, which port leads where."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.everything import DOMAINS, local, on_aws
from tests.unit.recording import Recording

MESHES = pytest.mark.parametrize("mesh", [on_aws, local], ids=["aws", "local"])
Mesh = Callable[[], Recording]
ENDS = ("", *(f"-{domain}" for domain in DOMAINS))
REREAD = {
    "ConfigMap": {"trino-access", "jupyterhub-people"} | {f"grafana-dashboards{end}" for end in ENDS},
    "Secret": {"trino-passwords", "jupyterhub-logins"},
}
"""What programs read again while they run, under a fixed name; a change of anything else makes a new pod."""


def properties(mesh: Mesh, config: str, file: str) -> dict[str, str]:
    """A file of Trino's configuration."""
    text = mesh().one("kubernetes:core/v1:ConfigMap", config).inputs["data"][file]
    return dict(line.split("=", 1) for line in text.splitlines())


def deployments(mesh: Mesh) -> dict[str, dict[str, Any]]:
    """By name in the program: the specification of each Deployment."""
    return {each.name: each.inputs["spec"] for each in mesh().of("kubernetes:apps/v1:Deployment")}


@MESHES
@pytest.mark.parametrize("config", ["trino-config", "trino-worker-config"])
def test_each_of_trinos_servers_asks_for_logins_and_keeps_the_rules(mesh: Mesh, config: str):
    etc = "${ENV:TRINO_ETC}"
    server = properties(mesh, config, "config.properties")
    assert {key: server[key] for key in server if "http" in key or "authentication" in key or "secret" in key} == {
        "http-server.http.port": "8080",
        "http-server.https.enabled": "true",
        "http-server.https.port": "8443",
        "http-server.https.keystore.path": f"{etc}-tls/trino.pem",
        "http-server.authentication.type": "PASSWORD",
        "internal-communication.shared-secret": "${ENV:TRINO_SHARED_SECRET}",
    }
    assert properties(mesh, config, "access-control.properties") == {
        "access-control.name": "file",
        "security.config-file": f"{etc}-access/rules.json",
        "security.refresh-period": "10s",
    }
    assert properties(mesh, config, "group-provider.properties") == {
        "group-provider.name": "file",
        "file.group-file": f"{etc}-access/groups.txt",
        "file.refresh-period": "10s",
    }
    assert properties(mesh, config, "password-authenticator.properties") == {
        "password-authenticator.name": "file",
        "file.password-file": f"{etc}-passwords/password.db",
        "file.refresh-period": "10s",
    }


@MESHES
def test_trinos_workers_find_the_coordinator_and_verify_themselves_before_they_send_their_password(mesh: Mesh):
    (service,) = (each.inputs for each in mesh().of("kubernetes:core/v1:Service") if each.name == "trino-service")
    found = properties(mesh, "trino-worker-config", "config.properties")["discovery.uri"]
    assert found == f"http://{service['metadata']['name']}:8080"
    (container,) = deployments(mesh)["trino-worker"]["template"]["spec"]["containers"]
    script = container["lifecycle"]["preStop"]["exec"]["command"][-1]
    assert "--cacert /etc/trino-tls/trino.pem" in script and "https://localhost:8443/" in script
    assert "insecure" not in script and " -k" not in script


@MESHES
def test_what_is_read_again_has_a_fixed_name_and_can_be_changed_and_all_else_makes_a_new_pod(mesh: Mesh):
    for kind, reread in REREAD.items():
        objects = {each.name: each.inputs for each in mesh().of(f"kubernetes:core/v1:{kind}")}
        assert reread < objects.keys()
        for name, each in objects.items():
            said = each["metadata"].get("name"), each["immutable"]
            assert said == ((name, False) if name in reread else (None, True)), f"{kind} {name}: a change is lost"


@MESHES
def test_a_server_that_there_may_be_once_goes_before_the_next_comes_and_workers_one_by_one(mesh: Mesh):
    once = (1, {"type": "Recreate"})
    assert {name: (spec["replicas"], spec["strategy"]) for name, spec in deployments(mesh).items()} == {
        "trino-coordinator": once,
        "jupyterhub-hub": once,
        "grafana-server": once,
        "trino-worker": (2, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
    }


@MESHES
def test_each_service_leads_from_its_ports_to_those_of_its_own_pods(mesh: Mesh):
    templates = [spec["template"] for spec in deployments(mesh).values()]
    found = {}
    for service in mesh().of("kubernetes:core/v1:Service"):
        selector = service.inputs["spec"]["selector"]
        (pod,) = [each["spec"] for each in templates if selector.items() <= each["metadata"]["labels"].items()]
        ports = {port["name"]: port["containerPort"] for each in pod["containers"] for port in each.get("ports", [])}
        found[service.inputs["metadata"]["name"]] = {
            port["port"]: ports[port["targetPort"]] for port in service.inputs["spec"]["ports"]
        }
    assert found == {
        "trino-coordinator": {8443: 8443, 8080: 8080},
        "hub": {8081: 8081},
        "jupyterhub": {80: 8000},
        "grafana": {80: 3000},
    }


@MESHES
def test_the_hubs_proxy_sends_people_to_the_hub_and_listens_to_it_alone(mesh: Mesh):
    containers = {each["name"]: each for each in deployments(mesh)["jupyterhub-hub"]["template"]["spec"]["containers"]}
    assert set(containers["proxy"]["command"]) == {
        "configurable-http-proxy",
        "--ip=0.0.0.0",
        "--port=8000",
        "--api-ip=127.0.0.1",
        "--api-port=8001",
        "--default-target=http://127.0.0.1:8081",
        "--error-target=http://127.0.0.1:8081/hub/error",
    }
    said = {each["name"]: each["value"] for each in containers["hub"]["env"] if "value" in each}
    assert (said["PEOPLE_SECRET"], said["MESH_CONFIG_MAP"]) == ("jupyterhub-logins", "jupyterhub-mesh-0a1b2c3d")


@MESHES
def test_the_hub_may_make_pods_and_homes_and_nobody_else_may_do_anything(mesh: Mesh):
    (role,) = mesh().of("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert {rule["resources"][0]: (rule["resources"], set(rule["verbs"])) for rule in role.inputs["rules"]} == {
        "pods": (["pods"], {"get", "list", "watch", "create", "delete"}),
        "events": (["events"], {"get", "list", "watch"}),
        "persistentvolumeclaims": (["persistentvolumeclaims"], {"get", "list", "watch", "create"}),
    }
    (binding,) = mesh().of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
    account = {"kind": "ServiceAccount", "name": "jupyterhub", "namespace": "data-platform"}
    assert binding.inputs["subjects"] == [account]
    assert (binding.inputs["roleRef"]["kind"], binding.inputs["roleRef"]["name"]) == ("Role", "jupyterhub")
