import json

import pytest

from k8s.trino import catalogs
from k8s.trino import config as trino_config
from k8s.trino.config import Memory
from tests.unit.recording import CONFIG, Recording, record


def properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_domains_catalog_verifies_the_server_and_names_its_password_only():
    text = catalogs.postgresql(
        host="sales.example.com",
        port=5432,
        database="sales_db",
        user="sales_trino",
        password_variable="SALES_DB_PASSWORD",
    )
    values = properties(text)
    assert values["connection-url"].startswith("jdbc:postgresql://sales.example.com:5432/sales_db?sslmode=verify-full&")
    assert "sslrootcert=${ENV:TRINO_ETC}/database-ca.pem" in values["connection-url"]
    assert values["connection-password"] == "${ENV:SALES_DB_PASSWORD}"
    assert "$USER" in values["query.comment-format"], "PostgreSQL's log would not say who asked"


def test_no_properties_file_has_a_comment_behind_a_value():
    text = catalogs.lake(region="us-east-1", bucket="b") + "".join(
        text for file, text in trino_config.coordinator(Memory(2560)).items() if file.endswith(".properties")
    )
    assert " #" not in text, "the comment would become part of the value"


def test_the_lakes_catalog_speaks_to_glue_and_s3_of_its_region():
    values = properties(catalogs.lake(region="eu-west-3", bucket="b"))
    assert (values["connector.name"], values["hive.metastore"]) == ("hive", "glue")
    assert values["hive.metastore.glue.region"] == values["s3.region"] == "eu-west-3"
    assert not [key for key in values if key.startswith("hive.s3.") or "endpoint" in key]


def test_an_emulator_takes_the_place_of_both_services():
    values = properties(catalogs.lake(region="us-east-1", bucket="b", endpoint="http://127.0.0.1:4566"))
    assert values["s3.endpoint"] == values["hive.metastore.glue.endpoint-url"] == "http://127.0.0.1:4566"
    assert values["s3.path-style-access"] == "true"


@pytest.mark.parametrize("limit", [1536, 2048, 2560, 4096, 16384])
def test_the_heap_leaves_room_for_the_rest_of_the_process(limit: int):
    memory = Memory(limit)
    assert f"-Xmx{memory.heap}M" in trino_config.jvm(memory)
    assert limit - memory.heap >= 600, "threads, code and direct buffers need about 600 MiB beside the heap"


@pytest.mark.parametrize("limit", [1536, 2560, 16384])
def test_queries_and_what_trino_keeps_for_itself_fit_into_the_heap(limit: int):
    memory = Memory(limit)
    for files in (trino_config.coordinator(memory), trino_config.worker(memory, "trino-coordinator")):
        config = properties(files["config.properties"])
        amounts = [config["query.max-memory-per-node"], config["memory.heap-headroom-per-node"]]
        assert all(amount.endswith("MB") for amount in amounts)
        assert sum(int(amount.removesuffix("MB")) for amount in amounts) <= memory.heap, "Trino would not start"


def test_a_coordinator_works_itself_only_where_there_are_no_workers():
    alone, leading = (properties(trino_config.coordinator(Memory(2560), n)["config.properties"]) for n in (0, 3))
    assert (alone["node-scheduler.include-coordinator"], leading["node-scheduler.include-coordinator"]) == (
        "true",
        "false",
    )
    most = [int(each["query.max-memory"].removesuffix("MB")) for each in (alone, leading)]
    assert most[1] == 3 * most[0], "a query may use all workers"


def test_a_worker_asks_everybody_for_a_login_and_finds_the_coordinator():
    files = trino_config.worker(Memory(2560), "trino-coordinator")
    config = properties(files["config.properties"])
    assert config["discovery.uri"] == "http://trino-coordinator:8080"
    assert (config["coordinator"], config["http-server.authentication.type"]) == ("false", "PASSWORD")
    assert "access-control.properties" in files, "any login could end the worker"
    assert "resource-groups.properties" not in files, "queries wait at the coordinator"


def test_too_little_memory_is_refused():
    with pytest.raises(ValueError, match="at least 1536 MiB"):
        Memory(1024)


def deployment(recording: Recording) -> dict:
    return recording.one("kubernetes:apps/v1:Deployment", "trino-coordinator").inputs


def test_there_is_one_catalog_for_each_domain_and_one_for_the_lake(dev: Recording):
    texts = dev.one("kubernetes:core/v1:ConfigMap", "trino-catalogs").inputs["data"]
    assert set(texts) == {"sales.properties", "marketing.properties", "lake.properties", "iceberg.properties"}
    assert "jdbc:postgresql://sales-db.example.com:5432/sales_db?" in texts["sales.properties"]


def test_passwords_are_in_a_secret_and_in_no_config_map(dev: Recording):
    secret = dev.one("kubernetes:core/v1:Secret", "trino-credentials")
    assert "stringData" in secret.secrets
    assert secret.inputs["stringData"]["SALES_DB_PASSWORD"] == "PASSWORD-sales-trino-password"
    for config_map in dev.of("kubernetes:core/v1:ConfigMap"):
        assert "PASSWORD-" not in json.dumps(config_map.inputs)


def test_a_change_of_catalogs_or_credentials_makes_the_pod_anew(dev: Recording):
    for kind, name in (("ConfigMap", "trino-catalogs"), ("ConfigMap", "trino-config"), ("Secret", "trino-credentials")):
        metadata = dev.one(f"kubernetes:core/v1:{kind}", name).inputs["metadata"]
        assert "name" not in metadata, f"{name} would be changed in place, and a running Trino would not see it"


def test_the_pod_keeps_the_restricted_security_level(dev: Recording):
    pod = deployment(dev)["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    labels = dev.one("kubernetes:core/v1:Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_first_pull_of_the_image_has_half_an_hour(dev: Recording):
    assert deployment(dev)["spec"]["progressDeadlineSeconds"] == 1800
    resource = dev.one("kubernetes:apps/v1:Deployment", "trino-coordinator")
    assert resource.timeouts[:2] == ("1800s", "1800s")


def test_trino_may_take_five_minutes_to_start_and_is_ready_when_it_says_so(dev: Recording):
    container, _ = deployment(dev)["spec"]["template"]["spec"]["containers"]
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 300
    assert container["readinessProbe"]["exec"]["command"] == ["/usr/lib/trino/bin/health-check"]
    assert container["image"] == "trinodb/trino:476"


@pytest.fixture(scope="module")
def large() -> Recording:
    """The program with workers."""
    return record(config=CONFIG | {"datamesh:trino": '{"memory": 4096, "workers": 3}'})


def test_workers_are_as_many_as_the_configuration_says_and_spread_over_nodes(large: Recording, dev: Recording):
    spec = large.one("kubernetes:apps/v1:Deployment", "trino-worker").inputs["spec"]
    assert spec["replicas"] == 3
    (spread,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "ScheduleAnyway")
    assert spread["labelSelector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert not [r for r in dev.of("kubernetes:apps/v1:Deployment") if r.name == "trino-worker"]


def test_a_worker_that_has_to_go_is_given_the_time_to_end_its_work(large: Recording):
    pod = large.one("kubernetes:apps/v1:Deployment", "trino-worker").inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (shell, option, script) = container["lifecycle"]["preStop"]["exec"]["command"]
    assert (shell, option) == ("/bin/sh", "-c") and "SHUTTING_DOWN" in script
    assert pod["terminationGracePeriodSeconds"] >= 2 * 2 * trino_config.GRACE_SECONDS
    assert "PASSWORD-" not in script, "arguments show in the list of processes"
    secrets = [each["secretRef"]["name"] for each in container["envFrom"]]
    assert len(secrets) == 2 and all("trino" in name for name in secrets)


def test_only_workers_know_the_password_that_ends_them(large: Recording):
    login = large.one("kubernetes:core/v1:Secret", "trino-worker-login")
    assert login.inputs["stringData"] == {"TRINO_WORKER_PASSWORD": "PASSWORD-people-trino-worker"}
    assert "stringData" in login.secrets
    assert "trino-worker-login" not in json.dumps(deployment(large))


def test_only_one_coordinator_lives_at_a_time(dev: Recording):
    spec = deployment(dev)["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_the_service_has_the_name_that_the_seed_document_uses(dev: Recording):
    service = dev.one("kubernetes:core/v1:Service", "trino-service").inputs
    assert service["metadata"]["name"] == "trino-coordinator"
    assert service["metadata"]["namespace"] == "data-platform"
    selector = service["spec"]["selector"]
    assert selector == deployment(dev)["spec"]["template"]["metadata"]["labels"]


def test_no_port_of_the_machine_is_taken_on_a_real_cluster(dev: Recording):
    said = json.dumps(deployment(dev))
    assert "hostPort" not in said and "published-ports" not in said
