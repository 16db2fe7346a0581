"""Who logs in where, as whom, over the whole program: a password is of no use beside another's name or address."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from client.stack import parse_outputs
from commands import notebook
from tests.unit.everything import DOMAINS, LOCAL_CA, PEOPLE, PORTS, REGION, SERVICES, local, on_aws
from tests.unit.recording import Recording

MESHES = pytest.mark.parametrize(("mesh", "iam"), [(on_aws, True), (local, False)], ids=["aws", "local"])
Mesh = Callable[[], Recording]


def texts(recording: Recording, kind: str, name: str) -> dict[str, str]:
    """The files of a ConfigMap, or the values of a Secret."""
    found = recording.one(f"kubernetes:core/v1:{kind}", name).inputs
    return found["data"] if kind == "ConfigMap" else found["stringData"]


def analyst(domain: str, *, iam: bool) -> dict[str, str]:
    """What an analyst logs in to a domain's database with."""
    return {"user": f"{domain}_analyst"} | ({} if iam else {"password": f"PASSWORD-{domain}-analyst-password"})


@MESHES
def test_everyones_notebook_holds_the_logins_to_their_own_databases_and_to_no_others(mesh: Mesh, iam: bool):
    logins = texts(mesh(), "Secret", "jupyterhub-logins")
    databases = {name.removesuffix(".databases"): text for name, text in logins.items() if "." in name}
    assert {name: json.loads(text) for name, text in databases.items()} == {
        person: {domain: analyst(domain, iam=iam) for domain in own} for person, own in PEOPLE.items()
    }
    assert {name: text for name, text in logins.items() if "." not in name} == {
        person: f"PASSWORD-people-{person}" for person in PEOPLE
    }


@MESHES
def test_a_notebook_on_this_machine_holds_the_same_logins_as_on_the_cluster(mesh: Mesh, iam: bool):
    hub = texts(mesh(), "Secret", "jupyterhub-logins")
    for person in PEOPLE:
        found = notebook.variables(mesh().exports, person, Path("/notebooks"))
        assert (found["TRINO_USER"], found["TRINO_PASSWORD"]) == (person, hub[person])
        assert json.loads(found["MESH_DATABASES"]) == json.loads(hub[f"{person}.databases"])
        assert (found["TRINO_HOST"], found["TRINO_PORT"]) == ("127.0.0.1", "8443" if iam else "20002")
        assert found["DATABASE_CA"].endswith("data/rds-root-cas.pem" if iam else LOCAL_CA)


@MESHES
def test_the_stack_says_of_each_password_whose_it_is(mesh: Mesh, iam: bool):
    def logins(domain: str) -> dict[str, Any]:
        roles = {"admin": "dm_admin", "trino": f"{domain}_trino", "grafana": f"{domain}_grafana"}
        found = {role: {"user": user, "password": f"PASSWORD-{domain}-{role}-password"} for role, user in roles.items()}
        return found if iam else found | {"analyst": analyst(domain, iam=False)}

    assert mesh().exports["credentials"] == {
        "databases": {domain: logins(domain) for domain in DOMAINS},
        "people": {name: f"PASSWORD-people-{name}" for name in (*PEOPLE, *SERVICES)},
        "grafana": {"user": "admin", "password": "PASSWORD-grafana-admin"},
    }
    assert mesh().exports["people"] == {person: list(own) for person, own in PEOPLE.items()}


@MESHES
def test_each_group_of_trino_has_its_people(mesh: Mesh, iam: bool):
    lines = dict(line.split(":") for line in texts(mesh(), "ConfigMap", "trino-access")["groups.txt"].splitlines())
    admins = {"admin", "bo"}
    groups = {f"{d}-analysts": {who for who, own in PEOPLE.items() if d in own} - admins for d in DOMAINS}
    assert {name: set(members.split(",")) for name, members in lines.items()} == groups | {
        "admins": admins,
        "grafana": {"grafana"},
        "publisher": {"publisher"},
    }
    rules = json.loads(texts(mesh(), "ConfigMap", "trino-access")["rules.json"])
    assert rules["system_information"] == [{"user": "admin|bo|trino-worker", "allow": ["read", "write"]}]
    assert texts(mesh(), "ConfigMap", "jupyterhub-people")["names"].split() == sorted(PEOPLE)


@MESHES
def test_grafana_asks_each_database_as_its_own_role_and_trino_as_grafana(mesh: Mesh, iam: bool):
    files, values = texts(mesh(), "ConfigMap", "grafana-config"), texts(mesh(), "Secret", "grafana-credentials")
    sources = {source["name"]: source for source in yaml.safe_load(files["datasources.yaml"])["datasources"]}
    assert sources.keys() == {*DOMAINS, "Trino", "CloudWatch"}

    def secret(name: str, key: str) -> str:
        return values[sources[name]["secureJsonData"][key].removeprefix("$")]

    for domain in DOMAINS:
        source = sources[domain]
        assert (source["url"], source["user"]) == (f"{domain}-db.example.com:{PORTS[domain]}", f"{domain}_grafana")
        assert (source["jsonData"]["database"], source["jsonData"]["sslmode"]) == (f"{domain}_db", "verify-full")
        assert secret(domain, "password") == f"PASSWORD-{domain}-grafana-password"
    assert (sources["Trino"]["url"], sources["Trino"]["basicAuthUser"]) == ("https://trino-coordinator:8443", "grafana")
    assert secret("Trino", "basicAuthPassword") == "PASSWORD-people-grafana"
    assert sources["CloudWatch"]["jsonData"] == {
        "authType": "keys",
        "defaultRegion": REGION if iam else "us-east-1",
    }
    keys = secret("CloudWatch", "accessKey"), secret("CloudWatch", "secretKey")
    assert keys == ("AKIA-identity-grafana", "PASSWORD-identity-grafana")


@MESHES
def test_dashboards_show_the_metrics_of_their_own_database_and_the_configured_budget(mesh: Mesh, iam: bool):
    boards = texts(mesh(), "ConfigMap", "grafana-dashboards")
    for domain in DOMAINS:
        boards |= texts(mesh(), "ConfigMap", f"grafana-dashboards-{domain}")
    for domain in DOMAINS:
        others = [each for each in DOMAINS if each != domain]
        board = boards[f"domain-{domain}.json"]
        assert f'"datamesh-{domain}-0a1b2c3d"' in board
        assert not any(f"datamesh-{each}-" in board for each in others)
    assert ('"value": 50.0' in boards["mesh.json"]) is iam, "300 USD in six months"


@MESHES
def test_the_stack_says_where_everything_is_and_every_notebook_knows_it(mesh: Mesh, iam: bool):
    owner, endpoint = ("ada", None) if iam else ("local", "http://127.0.0.1:4566")
    lake = {
        "bucket": f"datamesh-datalake-{owner}",
        "region": REGION if iam else "us-east-1",
        "eventsTable": "lake.events.customer_events",
        "eventsPrefix": "events/",
        **({"endpoint": endpoint} if endpoint else {}),
    }
    domains = {
        domain: {
            "host": f"{domain}-db.example.com",
            "port": PORTS[domain],
            "identifier": f"datamesh-{domain}-0a1b2c3d",
            "database": f"{domain}_db",
            "catalog": domain,
            "analystRoleArn": f"arn:aws:mock:::datamesh-{domain}-analyst",
            "adminSecretArn": f"arn:aws:mock:::{domain}-admin",
            "trinoSecretArn": f"arn:aws:mock:::{domain}-trino",
            "glueDatabase": domain,
            "lakePrefix": f"{domain}/",
        }
        for domain in DOMAINS
    }
    said = mesh().exports
    assert (said["domains"], said["lake"]) == (domains, lake)
    assert said["adminRoleArn"] == "arn:aws:mock:::datamesh-admin"
    known = json.loads(texts(mesh(), "ConfigMap", "jupyterhub-mesh")["mesh.json"])
    assert known == {"domains": domains, "lake": {"endpoint": None, **lake}}


@MESHES
def test_the_client_logs_in_to_each_domain_with_that_domains_logins(mesh: Mesh, iam: bool):
    stack = parse_outputs(mesh().exports)
    assert stack.trino.passwords == {name: f"PASSWORD-people-{name}" for name in (*PEOPLE, *SERVICES)}
    roles = {"admin", "trino", "grafana"} | (set() if iam else {"analyst"})
    assert {
        str(name): (domain.host, domain.port, {role: login.password for role, login in domain.logins.items()})
        for name, domain in stack.domains.items()
    } == {
        domain: (
            f"{domain}-db.example.com",
            PORTS[domain],
            {role: f"PASSWORD-{domain}-{role}-password" for role in roles},
        )
        for domain in DOMAINS
    }


def test_people_find_trino_behind_a_forward_or_at_a_port_of_this_machine():
    there, here = on_aws().exports["trino"], local().exports["trino"]
    assert there["url"] == "https://127.0.0.1:8443"
    command = "kubectl --context kind-datamesh --namespace data-platform port-forward service/trino-coordinator"
    assert there["portForward"] == f"{command} 8443:8443"
    assert (here["url"], here.get("portForward")) == ("https://127.0.0.1:20002", None)
    published = {
        mesh: mesh().one("kubernetes:apps/v1:Deployment", "trino-coordinator").inputs["metadata"]["annotations"]
        for mesh in (on_aws, local)
    }
    assert published[on_aws] == {}
    assert json.loads(published[local]["datamesh/published-ports"]) == {"8080": 20001, "8443": 20002}


@MESHES
def test_what_leaves_the_namespace_reaches_the_ports_of_databases_and_lake(mesh: Mesh, iam: bool):
    lake = set() if iam else {4566}
    for name, wanted in {
        "trino-coordinator": {*PORTS.values(), *lake, 443},
        "trino-worker": {*PORTS.values(), *lake, 443},
        "jupyterhub-notebook": {*PORTS.values(), *lake, 443},
        "grafana": {*PORTS.values(), 443},
        "jupyterhub-hub": {443, 6443, 8443, 16443},
    }.items():
        policy = mesh().one("kubernetes:networking.k8s.io/v1:NetworkPolicy", f"traffic-{name}").inputs
        (outside,) = [rule for rule in policy["spec"]["egress"] if "ipBlock" in rule["to"][0]]
        assert {port["port"] for port in outside["ports"]} == wanted, name
        assert outside["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]


@MESHES
def test_each_of_trinos_servers_has_the_configured_memory(mesh: Mesh, iam: bool):
    limit, heap = ("4096Mi", "-Xmx2457M") if iam else ("2560Mi", "-Xmx1536M")
    for deployment, config in (("trino-coordinator", "trino-config"), ("trino-worker", "trino-worker-config")):
        pod = mesh().one("kubernetes:apps/v1:Deployment", deployment).inputs["spec"]["template"]["spec"]
        assert pod["containers"][0]["resources"]["limits"] == {"memory": limit}
        assert heap in texts(mesh(), "ConfigMap", config)["jvm.config"]
