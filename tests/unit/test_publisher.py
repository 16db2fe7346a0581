"""The CronJob that publishes by a schedule: when, with what, and that its pod's own files are enough to run it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from client import outputs
from client.errors import CommandError
from mesh.cost.estimate import Usage, estimate, stack_usage
from mesh.publish_settings import Publish
from mesh.settings import Settings, SettingsError, read_settings
from tests import sample
from tests.publisher_pod import CRON_JOB, lay_out, secret, specification
from tests.unit.everything import DOMAINS, LOCAL, PORTS, local, on_aws
from tests.unit.recording import CONFIG, Recording, record

HOURLY = {"datamesh:publish": '{"schedule": "0 * * * *"}'}
KEPT, NONE = "      - property: keptInLake\n        value: true\n", "    customProperties:\n    quality:"


def without_kept(folder: Path, *domains: str) -> Recording:
    """The program with the sample's contracts in `folder`, of which those of `domains` keep no port in the lake."""
    for file in sample.DOMAINS_FOLDER.glob("*/contract.yaml"):
        (folder / file.parent.name).mkdir(parents=True)
        text = file.read_text()
        if file.parent.name in domains:
            assert KEPT in text
            text = text.replace(KEPT, "").replace(NONE, "    quality:")
        (folder / file.parent.name / file.name).write_text(text)
    return record(sample.program(folder=folder), config=CONFIG | HOURLY)


def test_without_a_schedule_nothing_publishes(dev: Recording):
    assert not dev.of(CRON_JOB) and not [each for each in dev.resources if "publisher" in each.name.split("-")[0]]


def test_the_schedule_and_its_time_zone_are_those_of_the_settings_and_publications_do_not_overlap():
    spec = on_aws().one(CRON_JOB).inputs["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("5 8-18/2 * * MON-FRI", "Europe/Paris")
    assert spec["concurrencyPolicy"] == "Forbid" and 0 < spec["startingDeadlineSeconds"] < 3600
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (1, 1)
    job = spec["jobTemplate"]["spec"]
    assert 0 < job["backoffLimit"] < 5 and 0 < job["activeDeadlineSeconds"] < 24 * 3600
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_the_secret_has_what_a_publication_needs_and_no_more():
    held = secret(on_aws())
    assert held["credentials"] == {
        "databases": {
            name: {"trino": {"user": f"{name}_trino", "password": f"PASSWORD-{name}-trino-password"}}
            for name in DOMAINS
        },
        "people": {"publisher": "PASSWORD-people-publisher"},
    }
    addresses = {name: (each["host"], each["port"]) for name, each in held["domains"].items()}
    assert addresses == {name: (f"{name}-db.example.com", PORTS[name]) for name in DOMAINS}
    assert held["trino"] == {
        "url": "https://trino-coordinator:8443",
        "authority": "CERTIFICATE trino-certificate-authority",
    }
    assert held["people"] == {} and held["lake"]["endpoint"] is None


def test_of_a_domain_without_kept_ports_the_pod_has_no_login(tmp_path: Path):
    found = without_kept(tmp_path, "sales")
    assert secret(found)["credentials"]["databases"].keys() == secret(found)["domains"].keys() == {"marketing"}


def test_pods_of_the_local_stacks_cluster_reach_the_databases_where_it_is_said():
    assert not local().of(CRON_JOB)
    with_cluster = json.loads(LOCAL["datamesh:local"]) | {"hostAddress": "172.18.0.1"}
    config = LOCAL | HOURLY | {"datamesh:local": json.dumps(with_cluster), "datamesh:kubeContext": "kind-datamesh"}
    found = record(config=config, stack_name="local")
    assert {each["host"] for each in secret(found)["domains"].values()} == {"172.18.0.1"}


def test_a_changed_contract_is_another_config_map_and_needs_no_image(tmp_path: Path):
    found = without_kept(tmp_path)
    volume = next(each for each in specification(found)["volumes"] if "projected" in each)
    mounted = [source["configMap"]["name"] for source in volume["projected"]["sources"]]
    maps = {each.name: each.inputs for each in found.of("kubernetes:core/v1:ConfigMap") if "publisher" in each.name}
    assert mounted == ["publisher-code-0a1b2c3d", "publisher-contracts-0a1b2c3d"]
    assert all(each["immutable"] for each in maps.values()), "a change would come in the middle of a publication"
    texts = maps["publisher-contracts"]["data"]
    assert texts.keys() == {*(f"domains.{name}.contract.yaml" for name in DOMAINS), "database-ca.pem"}
    assert texts["domains.sales.contract.yaml"] == (tmp_path / "sales/contract.yaml").read_text()


def unreachable(held: dict[str, Any]) -> dict[str, Any]:
    for each in held["domains"].values():
        each |= {"host": "127.0.0.1", "port": 1}
    return held


def test_the_pods_files_are_all_that_the_publication_needs_of_the_project(tmp_path: Path):
    """Its command, in a folder with nothing else and without Pulumi, gets to the databases, of which none is there."""
    command, variables, folder = lay_out(on_aws(), tmp_path, unreachable)
    assert command == ["python", "-m", "publish", "publish"]
    done = subprocess.run(
        [sys.executable, *command[1:]], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    for domain in DOMAINS:
        assert f"{domain}: cannot log in to the database of {domain} (127.0.0.1:1) as {domain}_trino" in done.stderr
    assert done.returncode == 1 and "Traceback" not in done.stderr and "PASSWORD" not in done.stderr + done.stdout


def test_the_pod_waits_until_network_policies_let_it_through_to_trino():
    (first,) = specification(on_aws())["initContainers"]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        script = first["command"][-1].replace("'trino-coordinator', 8443", f"'127.0.0.1', {listener.getsockname()[1]}")
        with subprocess.Popen([sys.executable, *first["command"][1:-1], script]) as waiting:
            assert waiting.poll() is None
            listener.listen()
            assert waiting.wait() == 0


def test_a_file_of_outputs_is_read_in_the_place_of_pulumis_unless_a_stack_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "outputs.json").write_text('{"lake": 1}')
    monkeypatch.setenv("DATAMESH_OUTPUTS", str(tmp_path / "outputs.json"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert outputs.read_outputs() == {"lake": 1}
    with pytest.raises(CommandError, match="`pulumi` is not on PATH"):
        outputs.read_outputs("dev")


@pytest.mark.parametrize("text", [None, "{secret", '["secret"]', "\udcff"])
def test_a_wrong_file_of_outputs_is_one_message_without_its_text(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "outputs.json"
    if text is not None:
        file.write_text(text, errors="surrogateescape")
    monkeypatch.setenv("DATAMESH_OUTPUTS", str(file))
    with pytest.raises(CommandError, match="DATAMESH_OUTPUTS names") as refused:
        outputs.read_outputs()
    assert "secret" not in str(refused.value) and os.fspath(file) in str(refused.value)


@pytest.mark.parametrize(
    ("schedule", "a_month"),
    [
        ("0 * * * *", 730),
        ("*/15 * * * *", 2922),
        ("0 6 * * *", 30),
        ("30 6 1 * *", 1),
        ("0 8-18/2 * * MON-FRI", 130),
        ("0 8-18/2 * * mon,tue,wed,4,5", 130),
        ("0 0 1 * 1", 5),  # the first of the month, and every Monday
        ("0 0 29 2 *", 0),  # once in four years
        ("0 0 1 JAN,JUL *", 0),
        ("5/20 * * * *", 2192),
    ],
)
def test_a_schedule_comes_as_often_as_cron_says(schedule: str, a_month: int):
    publish = Publish(schedule=schedule)
    assert (publish.problem(), publish.a_month) == (None, a_month)


def refusal(stack: str = "dev", **values: str) -> str:
    base = LOCAL if stack == "local" else CONFIG
    settings = {key.removeprefix("datamesh:"): value for key, value in base.items()} | values
    with pytest.raises(SettingsError) as refused:
        read_settings(settings, stack, sample.NAMES)
    return str(refused.value)


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("hourly", "is not five fields of cron"),
        ("@hourly", "is not five fields of cron"),
        ("0 * * * * *", "is not five fields of cron"),
        ("60 * * * *", "'60' is not a minute, which is 0 to 59"),
        ("0 24 * * *", "'24' is not a hour"),
        ("0 0 0 * *", "is not a day of the month, which is 1 to 31"),
        ("0 0 * 13 *", "is not a month, which is 1 to 12"),
        ("0 0 * * 7", "is not a day of the week, which is 0 to 6"),
        ("0 0 * MON *", "'MON' is not a month"),
        ("0 20-8 * * *", "names none"),
        ("*/0 * * * *", "names none"),
        ("0 *-3 * * *", "write a number"),
        ("0,, * * * *", "write a number"),
        ("0 ? * * *", "write a number"),
        ("0 ٣ * * *", "write a number"),
        ("0 0 31 2,4 *", "is a day that never comes"),
    ],
)
def test_what_kubernetes_would_not_take_or_never_run_is_refused_with_what_to_type(schedule: str, told: str):
    text = refusal(publish=json.dumps({"schedule": schedule}))
    assert told in text and 'pulumi config set --path publish.schedule "0 * * * *"' in text


def test_a_wrong_group_is_refused_by_name():
    assert "'every' is not one of its entries (schedule, timezone)" in refusal(publish='{"every": "hour"}')
    assert "schedule is missing" in refusal(publish='{"timezone": "UTC"}')
    zone = refusal(publish='{"schedule": "0 * * * *", "timezone": "Mars"}')
    assert "'Mars' is not a time zone" in zone and "pulumi config set --path publish.timezone Europe/Paris" in zone


def test_the_local_stack_without_a_cluster_is_told_what_to_type():
    text = refusal("local", publish='{"schedule": "0 * * * *"}')
    assert "publish: there is no cluster" in text and "`make publish`" in text
    assert "pulumi config rm publish" in text and "pulumi config set kubeContext kind-datamesh" in text


def test_a_schedule_without_anything_to_publish_is_refused(tmp_path: Path):
    with pytest.raises(
        Exception, match=r"publish: no contract keeps a port in the lake(.|\n)*pulumi config rm publish"
    ):
        without_kept(tmp_path, *DOMAINS)


def test_the_estimate_counts_the_schedules_publications():
    hourly = stack_usage(Settings(owner="ada"), 2, 3)
    daily = stack_usage(Settings(owner="ada", publish=Publish(schedule="0 6 * * *")), 2, 3)
    assert (hourly.publications, daily.publications) == (Usage.publications, 30)
    assert estimate(daily).total < estimate(hourly).total
