"""Grafana as it goes to the cluster: who gets in, where the passwords are, what the pod may do."""

import configparser
import json
from typing import Any

import pulumi
import pytest
import yaml

from k8s.grafana import config as grafana_config
from k8s.grafana.component import Grafana, GrafanaArgs, GrafanaDatabase
from k8s.namespace import Namespace, NamespaceArgs
from mesh.contracts.read import read_contracts
from mesh.names import DomainName
from tests.grafana.pods import lay_out
from tests.grafana.server import SOURCE_FIELDS
from tests.grafana.server import Grafana as Server
from tests.sample import DOMAINS_FOLDER, EVENTS, MARKETING, SALES
from tests.unit import manifests
from tests.unit.recording import Recording, record

DOMAINS = (SALES, MARKETING)
DASHBOARDS = ["grafana-dashboards", *(f"grafana-dashboards-{domain}" for domain in DOMAINS)]
CONFIG_MAP, SECRET = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
JSON_DATA_FIELDS = {
    "grafana-postgresql-datasource": {
        "database", "sslmode", "tlsConfigurationMethod", "sslRootCertFile", "maxOpenConns", "maxIdleConns",
        "connMaxLifetime",
    },
    "trino-datasource": {"tlsAuthWithCACert"},
    "cloudwatch": {"authType", "defaultRegion"},
}  # fmt: skip
"""As Grafana's documentation of provisioning has them: nothing that can be installed here has them as a schema."""


def secret(value: str) -> pulumi.Output[str]:
    return pulumi.Output.secret(f"PASSWORD-{value}")


def program() -> Grafana:
    return Grafana(
        "grafana",
        GrafanaArgs(
            namespace=Namespace("namespace", NamespaceArgs(quota={})),
            databases=[
                GrafanaDatabase(
                    domain=DomainName(domain),
                    host=pulumi.Output.from_input(f"{domain}.example.com"),
                    port=5432,
                    database=f"{domain}_db",
                    password=secret(domain),
                    identifier=pulumi.Output.from_input(f"rds-{domain}"),
                )
                for domain in DOMAINS
            ],
            contracts=read_contracts(DOMAINS_FOLDER, DOMAINS),
            events=EVENTS,
            trino_password=secret("trino$HOME"),
            authority="CERTIFICATE of Trino's authority",
            database_ca="CERTIFICATES of the databases",
            region="eu-west-3",
            access_key="AKIAMOCK",
            secret_key=secret("aws"),
            monthly_usd=200,
        ),
    )


@pytest.fixture(scope="module")
def grafana() -> Recording:
    return record(program)


@pytest.fixture(scope="module")
def config(grafana: Recording) -> dict[str, str]:
    return grafana.one(CONFIG_MAP, "grafana-config").inputs["data"]


@pytest.fixture(scope="module")
def sources(config: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {source["name"]: source for source in yaml.safe_load(config["datasources.yaml"])["datasources"]}


def pod(grafana: Recording) -> dict[str, Any]:
    return grafana.one(DEPLOYMENT).inputs["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def server(grafana: Recording, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A stand-in for Grafana's server, started with what the pod mounts."""
    named = [
        {**each.inputs, "metadata": {**each.inputs["metadata"], "name": manifests.named(each)}}
        for each in manifests.objects(grafana)
    ]
    return Server(lay_out(named, "grafana", tmp_path_factory.mktemp("pod")), lambda host, port: (host, port))


def test_a_server_starts_with_what_the_pod_mounts_and_has_every_password(server: Server):
    assert server.login("admin", "PASSWORD-grafana-admin") and not server.login("admin", "admin")
    filled = {source["name"]: source["secureJsonData"] for source in server.sources.values()}
    assert filled["sales"] == {"password": "PASSWORD-sales"}
    assert filled["Trino"]["basicAuthPassword"] == "PASSWORD-trino$HOME", "a $ in a password would be filled in again"
    assert filled["CloudWatch"] == {"accessKey": "AKIAMOCK", "secretKey": "PASSWORD-aws"}
    assert server.home["uid"] == "mesh" and set(server.boards) == {"mesh", "domain-sales", "domain-marketing"}


def test_nobody_gets_in_without_a_login(config: dict[str, str]):
    said = configparser.ConfigParser(interpolation=None)
    said.read_string(config["grafana.ini"])
    assert said["auth.anonymous"]["enabled"] == "false"
    assert said["users"]["allow_sign_up"] == said["users"]["allow_org_create"] == "false"
    assert said["security"]["cookie_samesite"] == "strict"
    assert "admin_password" not in said["security"]


def test_nothing_is_reported_to_anybody(config: dict[str, str]):
    said = configparser.ConfigParser(interpolation=None)
    said.read_string(config["grafana.ini"])
    assert set(said["analytics"].values()) == {"false"}
    assert said["snapshots"]["external_enabled"] == said["news"]["news_feed_enabled"] == "false"


def test_grafana_starts_without_the_plugin_where_it_cannot_be_downloaded(config: dict[str, str]):
    said = configparser.ConfigParser(interpolation=None)
    said.read_string(config["grafana.ini"])
    assert said["plugins"]["preinstall"] == "trino-datasource@1.1.1"
    assert not {"preinstall_sync", "preinstall_async"} & set(said["plugins"]), "a failed download would end the server"


def test_passwords_are_in_a_secret_and_in_no_config_map(grafana: Recording):
    credentials = grafana.one(SECRET)
    assert "stringData" in credentials.secrets
    assert credentials.inputs["stringData"] == {
        "GF_SECURITY_ADMIN_PASSWORD": "PASSWORD-grafana-admin",
        "GF_SECURITY_SECRET_KEY": "PASSWORD-grafana-secret-key",
        "TRINO_PASSWORD": "PASSWORD-trino$HOME",
        "AWS_KEY_ID": "AKIAMOCK",
        "AWS_KEY_SECRET": "PASSWORD-aws",
        "SALES_DB_PASSWORD": "PASSWORD-sales",
        "MARKETING_DB_PASSWORD": "PASSWORD-marketing",
    }
    for resource in grafana.resources:
        open_inputs = {key: value for key, value in resource.inputs.items() if key not in resource.secrets}
        assert "PASSWORD-" not in json.dumps(open_inputs), f"{resource.name} shows a password"
    for outputs in grafana.component_outputs.values():
        assert "PASSWORD-" not in json.dumps(outputs)


def test_each_domain_has_a_data_source_of_its_own_role_which_verifies_the_server(sources: dict[str, dict[str, Any]]):
    assert set(sources) == {"sales", "marketing", "Trino", "CloudWatch"}
    sales = sources["sales"]
    assert (sales["url"], sales["user"]) == ("sales.example.com:5432", "sales_grafana")
    said = sales["jsonData"]
    assert (said["database"], said["sslmode"]) == ("sales_db", "verify-full")
    assert said["sslRootCertFile"] == "/etc/grafana/database-ca.pem"
    assert said["maxOpenConns"] <= 5, "two pods at once would pass the ten connections of the role"


def test_trinos_certificate_is_verified_and_its_name_is_that_of_the_service(sources: dict[str, dict[str, Any]]):
    trino = sources["Trino"]
    assert (trino["url"], trino["basicAuthUser"]) == ("https://trino-coordinator:8443", "grafana")
    assert trino["jsonData"]["tlsAuthWithCACert"] is True
    assert trino["secureJsonData"]["tlsCACert"] == "CERTIFICATE of Trino's authority"


def test_data_sources_have_only_fields_that_grafana_knows_and_cannot_be_changed(sources: dict[str, dict[str, Any]]):
    for source in sources.values():
        assert set(source) <= SOURCE_FIELDS, source["name"]
        assert set(source["jsonData"]) == JSON_DATA_FIELDS[source["type"]]
        assert source["editable"] is False and source["access"] == "proxy"


def test_every_panel_has_its_data_source(grafana: Recording, sources: dict[str, dict[str, Any]]):
    known = {(source["type"], source["uid"]) for source in sources.values()}
    boards = {key: text for name in DASHBOARDS for key, text in grafana.one(CONFIG_MAP, name).inputs["data"].items()}
    assert set(boards) == {"mesh.json", "domain-sales.json", "domain-marketing.json"}
    for board in boards.values():
        for panel in json.loads(board)["panels"]:
            assert (panel["datasource"]["type"], panel["datasource"]["uid"]) in known, panel["title"]
    assert '"rds-sales"' in boards["domain-sales.json"]


def test_dashboards_come_from_the_folder_that_the_pod_mounts(grafana: Recording, config: dict[str, str]):
    (provider,) = yaml.safe_load(config["dashboards.yaml"])["providers"]
    known = {"name", "type", "disableDeletion", "allowUiUpdates", "updateIntervalSeconds", "options"}
    assert set(provider) == known
    assert provider["allowUiUpdates"] is False
    (container,) = pod(grafana)["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod(grafana)["volumes"]}
    sources = volumes[mounts[provider["options"]["path"]]]["projected"]["sources"]
    assert sorted(source["configMap"]["name"] for source in sources) == sorted(DASHBOARDS)
    keys = {item["key"]: item["path"] for item in volumes[mounts["/etc/grafana"]]["configMap"]["items"]}
    assert set(keys) == set(config), "a file of the ConfigMap is not mounted"
    assert f"/etc/grafana/{keys['database-ca.pem']}" == grafana_config.DATABASE_CA


def test_a_new_dashboard_is_read_by_the_running_server_and_a_new_password_makes_another_pod(grafana: Recording):
    for name in DASHBOARDS:
        fixed = grafana.one(CONFIG_MAP, name).inputs
        assert fixed["metadata"]["name"] == name and not fixed["immutable"]
        assert len(fixed["data"]) == 1, "all of a large mesh are more than a ConfigMap may hold"
    for kind, name in ((CONFIG_MAP, "grafana-config"), (SECRET, "grafana-credentials")):
        rolled = grafana.one(kind, name).inputs
        assert "name" not in rolled["metadata"] and rolled["immutable"]


def test_the_pod_keeps_the_restricted_security_level(grafana: Recording):
    spec = pod(grafana)
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 472,
        "runAsGroup": 472,
        "fsGroup": 472,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= set(container["resources"])
    assert {"readinessProbe", "livenessProbe"} <= set(container)
    name, _, version = container["image"].partition(":")
    assert name == "grafana/grafana" and version.count(".") == 2, "a tag that moves is not the image that was tried"


def test_the_service_finds_the_pod(grafana: Recording):
    service = grafana.one("kubernetes:core/v1:Service").inputs
    labels = grafana.one(DEPLOYMENT).inputs["spec"]["template"]["metadata"]["labels"]
    assert service["metadata"]["name"] == "grafana" and service["spec"]["selector"] == labels
    assert labels == {"app.kubernetes.io/name": "grafana", "app.kubernetes.io/component": "server"}
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]


def test_everything_lives_in_the_namespace_and_goes_with_it(grafana: Recording):
    for resource in grafana.resources:
        if resource.type.startswith("kubernetes:") and not resource.type.endswith(":Namespace"):
            assert resource.inputs["metadata"]["namespace"] == "data-platform", resource.name
            assert resource.deleted_with, f"{resource.name} would be deleted one by one"


def test_the_admins_password_is_an_output_and_a_secret():
    recording = record(lambda: pulumi.export("password", program().admin_password))
    assert recording.exports["password"] == "PASSWORD-grafana-admin"
    assert recording.secret_exports == {"password"}
