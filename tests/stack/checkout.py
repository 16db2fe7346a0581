"""A copy of the project with a local stack of its own, used as a person uses it: by its commands."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
import yaml

from tests import sample
from tests.sample import ROOT

_NEEDED = (
    "Makefile", "Pulumi.yaml", "catalogue", "client", "commands", "components", "data", "examples", "images", "k8s",
    "account", "local", "mesh", "preflight", "program", "publish", "scaffold", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class Checkout:
    """The copy in `folder`."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Checkout":
        """Copies what the program is made of; downloads and packages are shared with the original."""
        for name in _NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / name)
        shutil.copytree(sample.DOMAINS_FOLDER, folder / "domains")
        (folder / "__main__.py").write_text(sample.program())
        (folder / ".venv").symlink_to(Path(sys.prefix))
        _start_fast(folder / "k8s/trino/config.py")
        return cls(folder)

    @property
    def local(self) -> Path:
        """Where the local stack keeps its things."""
        return self.folder / ".local"

    def command(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a program of the project with `.local/env` sourced, as `make` does; nothing is checked."""
        line = 'if [ -f .local/env ]; then . ./.local/env; fi; exec "$@"'
        foreign = ("PULUMI_", "DATAMESH_", "MAKE", "MFLAGS")  # the last two: `make test` itself runs under make
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        return subprocess.run(
            ["sh", "-c", line, "sh", *words],
            cwd=self.folder,
            env=inherited | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a Python module or file of the project."""
        return self.command(".venv/bin/python", *words, env=env)

    def must(self, *words: str) -> str:
        """Standard output of a program that has to succeed."""
        done = self.command(*words)
        assert done.returncode == 0, f"{' '.join(words)} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def up(self, *words: str) -> str:
        """All that `make up` prints, which makes the virtual environment too."""
        done = self.python("-m", "local", "up", *words)
        assert done.returncode == 0, f"`make up` failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def configure(self, **values: Any) -> None:
        """Writes settings of the project into the stack's file, before or after the first `up`."""
        path = self.folder / "Pulumi.local.yaml"
        content = (yaml.safe_load(path.read_text()) if path.exists() else None) or {}
        config = content.setdefault("config", {})
        config |= {f"datamesh:{key}": value for key, value in values.items()}
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets too."""
        return json.loads(self.must("pulumi", "stack", "output", "--json", "--show-secrets"))

    def found_anywhere(self) -> dict[str, Any]:
        """The outputs for a process outside the folder: the certificate's path begins at the root."""
        outputs = self.outputs()
        return outputs | {"databaseCa": str(self.folder / outputs["databaseCa"])}

    def running(self) -> dict[str, int]:
        """Process numbers of the servers that run, by name."""
        lines = map(str.split, self.must(".venv/bin/python", "-m", "local", "status").splitlines())
        return {words[0]: int(words[-1]) for words in lines if words and words[-1].isdecimal()}


def _start_fast(config: Path) -> None:
    """Gives Java one compiler and a simple collector: the others pay for themselves in hours, not in minutes."""
    text = config.read_text()
    option = '"-XX:+UseG1GC",'
    assert option in text, f"{config} does not have the options of Java that this knows"
    config.write_text(text.replace(option, '"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",'))


@dataclass
class Door:
    """Trino's HTTPS door, without the comfort of a client library."""

    url: str
    authority: Path
    passwords: dict[str, str]

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.authority)
        return session

    def ask(self, statement: str, user: str, password: str | None, **headers: str) -> requests.Response:
        """The server's first answer to a statement."""
        auth = None if password is None else (user, password)
        named = {"X-Trino-User": user, "X-Trino-Client-Capabilities": "SESSION_AUTHORIZATION"} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }
        answer = self._session.post(f"{self.url}/v1/statement", data=statement, headers=named, auth=auth, timeout=30)
        if answer.status_code in (401, 403):
            self._session.close()  # the server hangs up on whoever it refuses: the next one needs a new connection
        return answer

    def next(self, body: dict[str, Any], person: str) -> dict[str, Any]:
        """The server's answer after `body`."""
        return self._session.get(body["nextUri"], auth=(person, self.passwords[person]), timeout=30).json()

    def rows(self, person: str, statement: str) -> list[tuple[object, ...]]:
        """All rows of a statement of a person with the right password; RuntimeError with the server's message."""
        return self.follow(self.ask(statement, person, self.passwords[person]), person)

    def follow(self, answer: requests.Response, person: str) -> list[tuple[object, ...]]:
        """All rows behind the first answer to a statement of a person."""
        rows: list[tuple[object, ...]] = []
        while True:
            if answer.status_code == 503:
                answer = self._session.get(answer.url, auth=(person, self.passwords[person]), timeout=30)
                continue
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.status_code} {answer.text}")
            body = answer.json()
            if "error" in body:
                raise RuntimeError(body["error"]["message"])
            rows += [tuple(row) for row in body.get("data", [])]
            if "nextUri" not in body:
                return rows
            answer = self._session.get(body["nextUri"], auth=(person, self.passwords[person]), timeout=30)


def passwords_in(value: Any) -> Iterable[str]:
    """Every password in the output `credentials`."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "password":
                yield item
            else:
                yield from passwords_in(item)


def leaks(text: str, secrets: set[str]) -> int:
    """How many of these secrets can be read in a text."""
    return sum(secret in text for secret in secrets)
