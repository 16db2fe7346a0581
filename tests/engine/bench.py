"""Runs small programs on a stack of the test's own, with the real engine, its language host and the local plugins."""

import json
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PRELUDE = '''\
import pulumi

class Raw(pulumi.CustomResource):
    """A resource whose arguments reach the plugin as they are: no SDK checks them or marks secrets."""

    def __init__(self, token, name, properties, **options):
        results = dict.fromkeys(("arn", "result", "metadata"))
        super().__init__(token, name, {**results, **properties}, pulumi.ResourceOptions(**options))

    def of(self, name):
        return pulumi.get(self, name)

'''


@dataclass
class Run:
    """What one operation of the engine did."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    """Operation and logical name, in the order in which they ended."""
    messages: str = ""
    details: dict[str, dict[str, str]] = field(default_factory=dict)
    """Kind of change by property path, by logical name."""

    def of(self, name: str) -> list[str]:
        """The operations on the resource `name`."""
        return [operation for operation, which in self.steps if which == name]


class Bench:
    """A stack in a folder of the test's own."""

    def __init__(self, folder: Path, stack: str, environment: Mapping[str, str]) -> None:
        self.folder, self.stack = folder, stack
        self._environment = dict(environment)

    def init(self) -> None:
        """Makes the stack; what runs a program does it too, where it has to."""
        self._pulumi("stack", "init")

    def up(self, program: str) -> Run:
        return self._run("up", program)

    def preview(self, program: str) -> Run:
        return self._run("preview", program)

    def destroy(self) -> Run:
        return self._run("destroy")

    def refresh(self) -> Run:
        return self._run("refresh")

    def fails(self, operation: str, program: str | None = None) -> str:
        """The messages of an operation that has to fail."""
        return self._run(operation, program, fails=True).messages

    def diary(self) -> list[str]:
        """What the plugins asked of the servers."""
        file = self.folder / "diary"
        return file.read_text().splitlines() if file.exists() else []

    def state(self) -> str:
        """All of the stack's state, as it lies on the disk."""
        return "\n".join(file.read_text() for file in (self.folder / "state").rglob("*.json*"))

    def resources(self) -> dict[str, Any]:
        """The state of all resources by logical name, secrets in plain text."""
        done = self._pulumi("stack", "export", "--show-secrets")
        resources = json.loads(done.stdout)["deployment"].get("resources", [])
        return {each["urn"].rpartition("::")[2]: each for each in resources}

    def output(self, name: str) -> str:
        """A stack output, in plain text."""
        return self._pulumi("stack", "output", name, "--show-secrets").stdout.strip()

    def _run(self, operation: str, program: str | None = None, *, fails: bool = False) -> Run:
        if program is not None:
            (self.folder / "work" / "__main__.py").write_text(PRELUDE + textwrap.dedent(program))
        if not list((self.folder / "state").rglob(f"{self.stack}.json")):
            self.init()
        log = self.folder / "events"
        log.unlink(missing_ok=True)
        options = [] if operation == "preview" else ["--yes", "--skip-preview"]
        done = self._pulumi(operation, "--event-log", str(log), *options, check=False)
        failed = done.returncode != 0
        assert failed == fails, f"{operation} {'failed' if failed else 'succeeded'}: {done.stdout}{done.stderr}"
        return read(log)

    def _pulumi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--stack", self.stack, "--non-interactive"]
        work = self.folder / "work"
        return subprocess.run(command, cwd=work, env=self._environment, check=check, capture_output=True, text=True)


def read(log: Path) -> Run:
    """What the engine wrote with `--event-log`, for which it wants PULUMI_DEBUG_COMMANDS."""
    run = Run()
    for event in map(json.loads, log.read_text().splitlines()):
        if done := event.get("resOutputsEvent"):
            run.steps.append((done["metadata"]["op"], _name(done)))
        if (before := event.get("resourcePreEvent")) and (changes := before["metadata"].get("detailedDiff")):
            run.details[_name(before)] = {path: change["diffKind"] for path, change in changes.items()}
        if (message := event.get("diagnosticEvent")) and message["severity"] == "error":
            run.messages += message["message"]
    return run


def _name(event: dict[str, Any]) -> str:
    return event["metadata"]["urn"].rpartition("::")[2]


def project(folder: Path) -> None:
    """Makes the folders of a stack and its program."""
    (folder / "state").mkdir()
    (folder / "work").mkdir()
    (folder / "work" / "Pulumi.yaml").write_text("name: datamesh\nruntime: python\n")
    (folder / "work" / "__main__.py").write_text("")
