"""The settings of the stack `local`, and keys that nothing reads."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pytest

from local.paths import LocalError
from local.stack import stackfile
from mesh.local_settings import UNUSED, authority_problem
from mesh.settings import Settings, SettingsError, read_settings
from tests.sample import MARKETING, ROOT, SALES
from tests.unit.recording import CONFIG, record

DOMAINS = (MARKETING, SALES)
Configure = Callable[[Mapping[str, str]], Mapping[str, str]]

LOCAL = {"awsEndpoint": "http://127.0.0.1:4566", "databaseCa": "ca.pem", "trinoPort": 8081, "trinoHttpsPort": 8443}


def on_local(configure: Configure, stack: str = "local", **values: str) -> Settings:
    least = {"owner": "local", "allowedCidrs": '["127.0.0.1/32"]', "local": json.dumps(LOCAL)} | values
    return read_settings(configure({f"datamesh:{key}": value for key, value in least.items()}), stack, DOMAINS)


def test_the_local_stack_needs_no_cluster_and_its_own_machine_may_reach_the_databases(pulumi_config: Configure):
    read = on_local(pulumi_config)
    assert read.local is not None
    assert read.local.aws_endpoint == "http://127.0.0.1:4566"
    assert read.database_ca == Path("ca.pem")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trinoPort": None}, "trinoPort missing; `make up` writes it"),
        ({"awsEndpoint": "http://0.0.0.0:4566"}, "would open the emulator to other machines"),
        ({"awsEndpoint": "http://203.0.114.7:4566"}, "would open the emulator to other machines"),
        ({"awsEndpoint": "http://127.0.0.1:4566\nhive.s3.endpoint=http://x"}, "like http://127.0.0.1:23456"),
        ({"awsEndpoint": "http://ada@127.0.0.1:4566"}, "like http://127.0.0.1:23456"),
        ({"awsEndpoint": "http://127.0.0.1:99999"}, "like http://127.0.0.1:23456"),
        ({"awsEndpoint": "http://127.0.0.1:0"}, "like http://127.0.0.1:23456"),
        ({"awsEndpoint": "https://127.0.0.1:4566"}, "like http://127.0.0.1:23456"),
        ({"databaseCa": "/etc/shadow"}, "a file of certificates"),
        ({"databaseCa": "a\n.pem"}, "a file of certificates"),
        ({"trinoPort": 0}, "1 to 65535, not 0"),
        ({"trinoPort": 65536}, "1 to 65535, not 65536"),
        ({"trinoPort": True}, "is True, not a number"),
        ({"trinoPort": 10**40}, "1 to 65535"),
        ({"trinoHttpsPort": 8081}, "trinoHttpsPort and trinoPort are the same port"),
        ({"trinoPort": 4566}, "trinoPort and awsEndpoint are the same port"),
        ({"hostAddress": "127.0.0.1"}, "leads a pod to itself"),
        ({"hostAddress": "172.18.0.1"}, "without kubeContext no pod asks for hostAddress"),
        ({"more": 1}, "'more' is not one of its entries"),
    ],
)
def test_what_make_up_would_not_write_is_refused(pulumi_config: Configure, changes: dict[str, object], reason: str):
    group = {key: value for key, value in (LOCAL | changes).items() if value is not None}
    with pytest.raises(SettingsError, match=re.escape(reason)) as refused:
        on_local(pulumi_config, local=json.dumps(group))
    assert all(line.isprintable() for line in str(refused.value).splitlines())


def test_a_cluster_of_the_local_stack_needs_a_way_to_this_machine(pulumi_config: Configure):
    with pytest.raises(SettingsError, match="hostAddress does not say where pods of kind-datamesh reach this machine"):
        on_local(pulumi_config, kubeContext="kind-datamesh")
    group = json.dumps(LOCAL | {"hostAddress": "172.18.0.1"})
    read = on_local(pulumi_config, kubeContext="kind-datamesh", local=group)
    assert read.local is not None and read.local.pods_endpoint == "http://172.18.0.1:4566"


@pytest.mark.parametrize("key", UNUSED)
def test_what_the_local_stack_cannot_use_is_refused_there(pulumi_config: Configure, key: str):
    given = {"allowedAccountIds": "123456789012", "acceptCost": "true"}
    value = given.get(key, '{"dbInstances": 60}')
    with pytest.raises(SettingsError, match=f"pulumi config rm {key}"):
        on_local(pulumi_config, **{key: value})


def test_on_the_local_stack_an_address_and_a_first_day_come_together(pulumi_config: Configure):
    assert on_local(pulumi_config, alertEmail="ada@example.com", projectStart="2026-12-01").project_start
    with pytest.raises(SettingsError, match="projectStart: missing"):
        on_local(pulumi_config, alertEmail="ada@example.com")
    with pytest.raises(SettingsError, match="pulumi config rm projectStart"):
        on_local(pulumi_config, projectStart="2026-12-01")
    with pytest.raises(SettingsError, match="not an e-mail address"):
        on_local(pulumi_config, alertEmail="ada")


def test_no_other_stack_puts_this_machine_in_the_place_of_aws(pulumi_config: Configure):
    with pytest.raises(SettingsError, match="pulumi config rm local"):
        read_settings(pulumi_config(CONFIG | {"datamesh:local": json.dumps(LOCAL)}), "dev", DOMAINS)


def test_make_up_does_not_start_an_emulator_that_other_machines_reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(stackfile, "file", lambda: tmp_path / "Pulumi.local.yaml")
    stackfile.file().write_text("config:\n  datamesh:local:\n    awsEndpoint: http://0.0.0.0:4566\n")
    with pytest.raises(LocalError, match=r"open the emulator to other machines.*repeat the command"):
        stackfile.emulator_endpoint()


CERTIFICATE = (ROOT / "tests/sample/authority.pem").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "root:x:0:0:root:/root:/bin/sh",
        CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY"),
        CERTIFICATE + "more",
        CERTIFICATE + "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    ],
)
def test_no_other_file_is_shown_as_the_authority(text: str, tmp_path: Path):
    assert authority_problem(text)
    assert authority_problem(CERTIFICATE) is None
    (tmp_path / "a.pem").write_text(text)
    for file in ("a.pem", "none.pem"):
        group = json.dumps(LOCAL | {"databaseCa": str(tmp_path / file)})
        config = {"datamesh:owner": "ada", "datamesh:allowedCidrs": '["127.0.0.1/32"]', "datamesh:local": group}
        with pytest.raises(pulumi.RunError, match="should certify the databases"):
            record(config=config, stack_name="local")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("allowedAccountIDs", "the nearest one is allowedAccountIds\n      pulumi config rm allowedAccountIDs"),
        ("budget", "the nearest one is budgetUsd"),
        ("OWNER", "the nearest one is owner"),
        ("zzz", "there are acceptCost, access,"),
        ("users.ada.admin", "an entry of users is set with --path"),
        ("access.sales[0]", "an entry of access is set with --path"),
        ("x; id", "pulumi config rm 'x; id'"),
        ("aws:region", "set the option region instead\n      pulumi config rm aws:region"),
        ("aws:allowedAccountIds", "set the option allowedAccountIds instead"),
        ("aws:profile", "export AWS_PROFILE"),
        ("aws:defaultTags", "reads no key of aws; it has no effect"),
        ("kubernetes:context", "set the option kubeContext instead"),
        ("kubernetes:kubeconfig", "reads no key of kubernetes"),
        ("datamash:owner", "the program's own is datamesh, or none: 'owner'"),
    ],
)
def test_a_key_that_nothing_reads_is_refused_with_the_command_that_removes_it(
    pulumi_config: Configure, key: str, reason: str
):
    with pytest.raises(SettingsError, match=re.escape(reason)):
        read_settings(pulumi_config(CONFIG | {key: "1"}), "dev", DOMAINS)


@pytest.mark.parametrize("key", ["pulumi:tags", "random:x", "github:owner"])
def test_keys_of_the_engine_and_of_other_plugins_are_theirs(pulumi_config: Configure, key: str):
    assert read_settings(pulumi_config(CONFIG | {key: "1"}), "dev", DOMAINS)
