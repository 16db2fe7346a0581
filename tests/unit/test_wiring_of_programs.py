"""What Trino, JupyterHub and Grafana find in their pods: addresses, logins, certificates, files, accounts."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.everything import DOMAINS, LOCAL_CA, PORTS, REGION, local, on_aws
from tests.unit.recording import Recording

MESHES = pytest.mark.parametrize("mesh", [on_aws, local], ids=["aws", "local"])
Mesh = Callable[[], Recording]
NAMED = re.compile(r"\$\{ENV:(\w+)\}([\w./-]*)")


def texts(recording: Recording, kind: str, name: str) -> dict[str, str]:
    """The files of a ConfigMap, or the values of a Secret."""
    found = recording.one(f"kubernetes:core/v1:{kind}", name).inputs
    return found["data"] if kind == "ConfigMap" else found["stringData"]


def properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def pods(recording: Recording) -> dict[str, dict[str, Any]]:
    """The specification of the pods of each Deployment, by its name in the program."""
    found = recording.of("kubernetes:apps/v1:Deployment")
    return {each.name: each.inputs["spec"]["template"]["spec"] for each in found}


@MESHES
def test_each_catalog_is_its_own_domains_database_as_trinos_role_with_that_roles_password(mesh: Mesh):
    catalogs, secrets = texts(mesh(), "ConfigMap", "trino-catalogs"), texts(mesh(), "Secret", "trino-credentials")
    assert catalogs.keys() == {f"{name}.properties" for name in (*DOMAINS, "lake", "iceberg")}
    for domain in DOMAINS:
        variable = f"{domain.upper()}_DB_PASSWORD"
        assert properties(catalogs[f"{domain}.properties"]) == {
            "connector.name": "postgresql",
            "connection-url": f"jdbc:postgresql://{domain}-db.example.com:{PORTS[domain]}/{domain}_db?sslmode=verify-full"
            "&sslrootcert=${ENV:TRINO_ETC}/database-ca.pem&tcpKeepAlive=true"
            "&sslNegotiation=direct&assumeMinServerVersion=17",
            "connection-user": f"{domain}_trino",
            "connection-password": f"${{ENV:{variable}}}",
            "postgresql.array-mapping": "AS_ARRAY",
            "decimal-mapping": "ALLOW_OVERFLOW",
            "decimal-default-scale": "18",
            "decimal-rounding-mode": "HALF_UP",
            "unsupported-type-handling": "CONVERT_TO_VARCHAR",
            "case-insensitive-name-matching": "true",
            "metadata.cache-ttl": "30s",
            "metadata.cache-missing": "true",
            "query.comment-format": "trino user=$USER query=$QUERY_ID",
        }
        assert secrets[variable] == f"PASSWORD-{domain}-trino-password"


@pytest.mark.parametrize(
    ("mesh", "region", "owner", "endpoint"),
    [(on_aws, REGION, "ada", None), (local, "us-east-1", "local", "http://127.0.0.1:4566")],
    ids=["aws", "local"],
)
def test_both_catalogs_of_the_lake_read_and_write_this_bucket_with_trinos_own_keys(
    mesh: Mesh, region: str, owner: str, endpoint: str | None
):
    emulator = {
        "hive.metastore.glue.endpoint-url": endpoint,
        "s3.endpoint": endpoint,
        "s3.path-style-access": "true",
    }
    storage = {
        "hive.metastore.glue.region": region,
        "hive.metastore.glue.default-warehouse-dir": f"s3://datamesh-datalake-{owner}/",
        "hive.metastore.glue.aws-access-key": "${ENV:LAKE_ACCESS_KEY}",
        "hive.metastore.glue.aws-secret-key": "${ENV:LAKE_SECRET_KEY}",
        "fs.native-s3.enabled": "true",
        "s3.region": region,
        "s3.aws-access-key": "${ENV:LAKE_ACCESS_KEY}",
        "s3.aws-secret-key": "${ENV:LAKE_SECRET_KEY}",
    } | (emulator if endpoint else {})
    found = texts(mesh(), "ConfigMap", "trino-catalogs")
    assert properties(found["lake.properties"]) == storage | {
        "connector.name": "hive",
        "hive.metastore": "glue",
        "hive.storage-format": "PARQUET",
        "hive.non-managed-table-writes-enabled": "true",
        "hive.iceberg-catalog-name": "iceberg",
    }
    assert properties(found["iceberg.properties"]) == storage | {
        "connector.name": "iceberg",
        "iceberg.catalog.type": "glue",
        "iceberg.file-format": "PARQUET",
        "iceberg.unique-table-location": "true",
        "iceberg.hive-catalog-name": "lake",
        "iceberg.expire-snapshots.min-retention": "0s",
        "iceberg.remove-orphan-files.min-retention": "0s",
        "iceberg.extended-statistics.collect-on-write": "false",
        "iceberg.allowed-extra-properties": (
            "write.metadata.delete-after-commit.enabled,write.metadata.previous-versions-max"
        ),
    }


@MESHES
def test_each_pod_runs_as_its_own_account_with_these_variables_and_these_folders(mesh: Mesh):
    catalogs = tuple(f"catalog/{name}.properties" for name in (*DOMAINS, "lake", "iceberg"))
    trino = {
        "/etc/trino": {("trino-database-ca", ()), ("trino-catalogs", catalogs)},
        "/etc/trino-access": {("trino-access", ())},
        "/etc/trino-passwords": {("trino-passwords", ())},
        "/etc/trino-tls": {("trino-tls", ())},
    }
    hub = {
        "/etc/jupyterhub": {("jupyterhub-config", ())},
        "/etc/mesh/passwords": {("trino-passwords", ())},
        "/etc/mesh/people": {("jupyterhub-people", ())},
        "/srv/state": {("jupyterhub-state", ())},
    }
    provisioned = (f"provisioning/{each}/mesh.yaml" for each in ("datasources", "dashboards"))
    grafana = {
        "/etc/grafana": {("grafana-config", ("grafana.ini", "database-ca.pem", *provisioned))},
        "/etc/grafana-dashboards": {
            ("grafana-dashboards", ()),
            *((f"grafana-dashboards-{domain}", ()) for domain in DOMAINS),
        },
    }
    coordinator, worker = (
        trino | {"/etc/trino": trino["/etc/trino"] | {(own, ())}} for own in ("trino-config", "trino-worker-config")
    )
    secrets, token = ["trino-credentials"], ["jupyterhub-proxy"]
    assert {name: wired(mesh(), pod) for name, pod in pods(mesh()).items()} == {
        "trino-coordinator": (
            "trino",
            {"trino": (secrets, coordinator), "query-log": (secrets, {"/etc/trino": coordinator["/etc/trino"]})},
        ),
        "trino-worker": ("trino", {"trino": ([*secrets, "trino-worker-login"], worker)}),
        "jupyterhub-hub": ("jupyterhub", {"hub": (token, hub), "proxy": (token, {})}),
        "grafana-server": ("grafana", {"grafana": (["grafana-credentials"], grafana)}),
    }


def wired(recording: Recording, pod: Mapping[str, Any]) -> tuple[str, dict[str, tuple[list[str], dict[str, Any]]]]:
    """A pod's account; of each container the Secrets in its variables, and by folder the objects and paths in it."""
    names = {
        each.inputs["metadata"].get("name", f"{each.name}-0a1b2c3d"): each.name
        for each in recording.resources
        if each.type.startswith("kubernetes:core/v1:")
    }

    def objects(volume: Mapping[str, Any]) -> set[tuple[str, tuple[str, ...]]]:
        if "persistentVolumeClaim" in volume:
            return {(names[volume["persistentVolumeClaim"]["claimName"]], ())}
        found = set()
        for source in volume.get("projected", {}).get("sources") or [volume]:
            inside = source.get("configMap") or source.get("secret") or {}
            named = inside.get("name") or inside["secretName"]
            found.add((names[named], tuple(item["path"] for item in inside.get("items", ()))))
        return found

    volumes = {each["name"]: objects(each) for each in pod["volumes"] if "emptyDir" not in each}
    scratch = {"/tmp", "/data/trino", "/data/queries", "/var/lib/grafana"}
    containers = {}
    for container in pod["containers"]:
        secrets = [names[each["secretRef"]["name"]] for each in container.get("envFrom", [])]
        chosen = [each["valueFrom"]["secretKeyRef"] for each in container.get("env", []) if "valueFrom" in each]
        for each in chosen:
            assert each["key"] in texts(recording, "Secret", names[each["name"]])
        folders = {mount["mountPath"]: mount["name"] for mount in container.get("volumeMounts", [])}
        mounts = {folder: volumes[name] for folder, name in folders.items() if name in volumes}
        assert folders.keys() - mounts.keys() <= scratch, "an empty folder in the place of files"
        containers[container["name"]] = (secrets + [names[each["name"]] for each in chosen], mounts)
    return pod["serviceAccountName"], containers


@MESHES
@pytest.mark.parametrize("server", ["trino-coordinator", "trino-worker"])
def test_everything_that_trinos_files_name_is_in_the_pod(mesh: Mesh, server: str):
    pod = pods(mesh())[server]
    container = pod["containers"][0]
    secrets, folders = wired(mesh(), pod)[1]["trino"]
    variables = {each["name"] for each in container["env"]} | {"HOSTNAME"}
    variables |= {key for name in secrets for key in texts(mesh(), "Secret", name)}
    files = set()
    for folder, objects in folders.items():
        for name, paths in objects:
            kind = "Secret" if name in ("trino-passwords", "trino-tls") else "ConfigMap"
            files |= {f"{folder}/{path}" for path in paths or texts(mesh(), kind, name)}
    own = "trino-worker-config" if server == "trino-worker" else "trino-config"
    read = {**texts(mesh(), "ConfigMap", own), **texts(mesh(), "ConfigMap", "trino-catalogs")}
    named = [match for text in read.values() for match in NAMED.findall(text)]
    assert {variable for variable, _ in named} <= variables
    paths = {f"{value(container, variable)}{rest}" for variable, rest in named if variable == "TRINO_ETC"}
    assert len(paths) >= 5 and paths <= files, f"Trino would not find {paths - files}"
    assert {f"/etc/trino/{file}" for file in texts(mesh(), "ConfigMap", own)} <= files


def value(container: Mapping[str, Any], variable: str) -> str:
    """The value of a container's variable."""
    return next(each["value"] for each in container["env"] if each["name"] == variable)


@MESHES
def test_trinos_certificate_is_the_servers_own_and_everybody_verifies_it_with_its_authority(mesh: Mesh):
    server, authority = "CERTIFICATE trino-certificate-server", "CERTIFICATE trino-certificate-authority"
    key = "-----BEGIN PRIVATE KEY-----\nPASSWORD-trino-certificate-server\n"
    assert texts(mesh(), "Secret", "trino-tls") == {"trino.pem": f"{key}{server}"}
    signed = mesh().one("tls:index/locallySignedCert:LocallySignedCert").inputs
    assert signed["caCertPem"] == authority
    assert signed["certRequestPem"] == "REQUEST trino-certificate-server"
    assert "server_auth" in signed["allowedUses"] and not signed.get("isCaCertificate")
    own = mesh().one("tls:index/selfSignedCert:SelfSignedCert").inputs
    assert own["isCaCertificate"] is True and "cert_signing" in own["allowedUses"]
    assert min(own["validityPeriodHours"], signed["validityPeriodHours"]) >= 5 * 365 * 24, "nobody renews it"
    request = mesh().one("tls:index/certRequest:CertRequest").inputs
    service = mesh().one("kubernetes:core/v1:Service", "trino-service").inputs["metadata"]["name"]
    names = {service, *(f"{service}.data-platform{end}" for end in ("", ".svc", ".svc.cluster.local")), "localhost"}
    assert (set(request["dnsNames"]), request["ipAddresses"]) == (names, ["127.0.0.1"])
    assert mesh().exports["trino"]["authority"] == authority
    assert texts(mesh(), "ConfigMap", "jupyterhub-mesh")["trino-ca.pem"] == authority
    sources = yaml.safe_load(texts(mesh(), "ConfigMap", "grafana-config")["datasources.yaml"])["datasources"]
    (trino,) = [source for source in sources if source["name"] == "Trino"]
    assert trino["secureJsonData"]["tlsCACert"] == authority
    assert trino["jsonData"] == {"tlsAuthWithCACert": True}, "one more word could turn the verification off"


@pytest.mark.parametrize(("mesh", "file"), [(on_aws, "data/rds-root-cas.pem"), (local, LOCAL_CA)], ids=["aws", "local"])
def test_everybody_verifies_the_databases_with_the_stacks_own_authorities(mesh: Mesh, file: str):
    for name in ("trino-database-ca", "grafana-config", "jupyterhub-mesh"):
        assert texts(mesh(), "ConfigMap", name)["database-ca.pem"] == Path(file).read_text(encoding="utf-8"), name
    assert mesh().exports["databaseCa"] == file
