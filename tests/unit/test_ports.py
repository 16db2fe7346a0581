"""`make ports` with a kubectl and a pulumi that only pretend: what is started, kept up, ended, and said."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.errors import CommandError
from commands import ports
from local.servers.process import free_port
from tests.sample import ROOT
from tests.unit.recording import Recording

KUBECTL = """\
echo "$*" >>"$FAKE/asked"
case "$*" in
*" get service "*)
    [ ! -f "$FAKE/refusal" ] || { cat "$FAKE/refusal" >&2; exit 1; }
    ;;
*" port-forward "*)
    echo $$ >>"$FAKE/pids"
    service=$(echo "$*" | sed 's/.*service.\\([a-z-]*\\).*/\\1/')
    if [ -f "$FAKE/absent-$service" ] && rm "$FAKE/absent-$service"; then
        echo 'Error from server: no endpoints available' >&2
        exit 1
    fi
    echo "Forwarding from 127.0.0.1:1 -> 2"
    echo "Handling connection for 1"
    if [ -f "$FAKE/rolls-$service" ] && rm "$FAKE/rolls-$service"; then
        echo 'error: lost connection to pod' >&2
        exit 1
    fi
    exec sleep 1000
    ;;
esac
"""
PULUMI = """\
case "$*" in
*"stack output"*) cat "$FAKE/outputs" ;;
*"config get kubeContext"*) echo kind-datamesh ;;
esac
"""
ON_A_CLUSTER = {"namespace": "data-platform", "url": "https://127.0.0.1:8443", "portForward": "kubectl …"}
SERVICES = ("trino-coordinator", "jupyterhub", "grafana")


class Machine:
    """A folder of programs that pretend, and `commands.ports` on it, at ports that are free."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict.fromkeys(SERVICES, 0)
        while len(set(self.ports.values())) < len(SERVICES):
            self.ports = {service: free_port("127.0.0.1") for service in SERVICES}
        for name, text in (("kubectl", KUBECTL), ("pulumi", PULUMI)):
            (folder / name).write_text(f"#!/bin/sh\n{text}")
            (folder / name).chmod(0o755)
        self.says({"trino": ON_A_CLUSTER})
        self.started: list[subprocess.Popen[str]] = []

    def says(self, outputs: dict[str, object]) -> None:
        (self.folder / "outputs").write_text(json.dumps(outputs))

    def start(self, stack: str = "dev") -> subprocess.Popen[str]:
        words = [f"--{title}={self.ports[service]}" for title, service in
                 zip(("trino", "jupyterhub", "grafana"), SERVICES, strict=True)]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "commands.ports", "--stack", stack, *words],
            cwd=ROOT,
            env=os.environ | {"PATH": f"{self.folder}:/usr/bin:/bin", "FAKE": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def refused(self) -> str:
        """What it says before it ends with an error, forwarding nothing."""
        process = self.start()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1, said
        assert not (self.folder / "pids").exists(), "something was forwarded all the same"
        return said

    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    for process in machine.started:
        if process.poll() is None:
            process.terminate()
        process.communicate()


def lines_until(process: subprocess.Popen[str], count: int, containing: str) -> list[str]:
    """The lines that it prints, up to the `count`th with this text."""
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if sum(containing in line for line in lines) == count:
            return lines
    raise AssertionError(f"it ended after {lines}: {process.stderr.read() if process.stderr else ''}")


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_three_are_forwarded_until_it_is_told_to_end(machine: Machine, sign: signal.Signals):
    process = machine.start()
    said = "\n".join(lines_until(process, 3, " is at "))
    for title, service, scheme in zip(("Trino", "JupyterHub", "Grafana"), SERVICES, ("https", "http", "http"),
                                      strict=True):  # fmt: skip
        assert f"{title} is at {scheme}://127.0.0.1:{machine.ports[service]}" in said
    assert "make password STACK=dev" in said and "Handling connection" not in said
    pids = [int(pid) for pid in (machine.folder / "pids").read_text().split()]
    assert len(pids) == 3 and all(runs(pid) for pid in pids)

    process.send_signal(sign)
    assert process.wait(timeout=60) == 0
    assert not [pid for pid in pids if runs(pid)], "a kubectl is left, and holds its port"
    to = {service: f"service/{service} {machine.ports[service]}:" for service in SERVICES}
    for service, remote in zip(SERVICES, (8443, 80, 80), strict=True):
        (command,) = [line for line in machine.asked() if to[service] in line]
        assert command.startswith("--context kind-datamesh --namespace data-platform port-forward")
        assert "--address 127.0.0.1" in command, "the whole network could come in"
        assert command.endswith(f":{remote}")


@pytest.mark.parametrize(
    ("what", "reason"), [("rolls", "error: lost connection to pod"), ("absent", "no endpoints available")]
)
def test_a_forward_that_ends_is_made_again_and_the_others_stay(machine: Machine, what: str, reason: str):
    (machine.folder / f"{what}-grafana").touch()
    process = machine.start()
    wanted = 4 if what == "rolls" else 3
    lines = lines_until(process, wanted, " is at ")
    (interrupted,) = [line for line in lines if "is unreachable" in line]
    assert interrupted.startswith("Grafana is unreachable (") and reason in interrupted
    assert lines.index(interrupted) < max(at for at, line in enumerate(lines) if line.startswith("Grafana is at"))
    forwards = [line for line in machine.asked() if "port-forward" in line]
    assert [sum(f"service/{service} " in line for line in forwards) for service in SERVICES] == [1, 1, 2]


def test_a_port_in_use_is_named_with_the_way_round_it(machine: Machine):
    with socket.create_server(("127.0.0.1", 0)) as other:
        machine.ports["grafana"] = other.getsockname()[1]
        said = machine.refused()
    assert f"port {machine.ports['grafana']} of this machine, for Grafana, is in use" in said
    assert f"commands.ports --stack dev --grafana {machine.ports['grafana'] + 1}\n" in said


def test_what_kubectl_says_of_an_unknown_context_or_a_missing_service_is_told(machine: Machine):
    (machine.folder / "refusal").write_text('error: context "kind-datamesh" does not exist\n')
    said = machine.refused()
    assert 'context "kind-datamesh" does not exist' in said and "kubectl config get-contexts" in said
    assert "`pulumi up --refresh --stack dev`" in said, "without a refresh, Pulumi makes nothing that it made before"


def test_without_kubectl_it_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ports.shutil, "which", lambda program: None)
    with pytest.raises(CommandError, match="`kubectl` is not on PATH"):
        ports.check(ports.TARGETS, ["kubectl"], "the namespace", "dev")


def test_a_stack_that_is_not_deployed_is_told_so(machine: Machine):
    machine.says({})
    assert "the stack dev has no output 'trino'" in machine.refused()


def test_the_local_stack_has_nothing_to_forward(machine: Machine):
    machine.says({"trino": ON_A_CLUSTER | {"portForward": None, "url": "https://127.0.0.1:20443"}})
    process = machine.start("local")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "https://127.0.0.1:20443 already" in said and "make notebook" in said
    assert not (machine.folder / "asked").exists(), "a cluster that has nothing to do with it was asked"


def test_what_is_forwarded_are_services_that_the_program_makes(dev: Recording):
    made = {
        (service.inputs["metadata"]["name"], int(port["port"]))
        for service in dev.of("kubernetes:core/v1:Service")
        for port in service.inputs["spec"]["ports"]
    }
    assert {(target.service, target.remote) for target in ports.TARGETS} <= made
