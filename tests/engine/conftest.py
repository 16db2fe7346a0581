"""The stack that a test of the plugins runs its programs on."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.prepare import engine
from tests.engine.bench import Bench, project

CHECKOUT = Path(__file__).resolve().parents[2]

# Starts a plugin with a diary in place of the servers.
DOUBLE = """\
import sys, types
from pathlib import Path
import local.servers
import local.servers.descriptors

def note(*words):
    with Path({diary!r}).open("a") as diary:
        print(*words, file=diary)

class Pod:
    def __init__(self, *, mounts, env, ports, host):
        self.mounts, self.env, self.ports, self.host = mounts, env, ports, host

def apply(name, pod):
    files = sorted(f"{{place}}/{{file.relative_to(folder)}}={{file.read_text()}}"
                   for place, folder in pod.mounts.items() for file in folder.rglob("*") if file.is_file())
    env = {{key: value if isinstance(value, str) else value.read_text() for key, value in sorted(pod.env.items())}}
    env.pop("HOSTNAME")
    note("trino.apply", name, files, env, pod.ports, pod.host)

postgres = types.ModuleType("local.servers.postgres")
postgres.create = lambda name, *, host, database, user, password: note("postgres.create", database, user, host) or 25432
postgres.change_password = lambda name, user, password: note("postgres.change_password", user)
postgres.delete = lambda name: note("postgres.delete")
postgres.gone = lambda name: not Path({diary!r}).exists()
local.servers.descriptors.known = lambda name: True
trino = types.ModuleType("local.servers.trino")
trino.Pod, trino.apply, trino.delete = Pod, apply, lambda name: note("trino.delete", name)
for double in (postgres, trino):
    sys.modules[double.__name__] = double
    setattr(local.servers, double.__name__.rpartition(".")[2], double)

import local.providers.__main__
"""


STACK = "test-plugins"


def _environment(folder: Path) -> dict[str, str]:
    """What the engine has to find for a stack in `folder`; the plugins are in its folder `bin`."""
    found = engine.on_path(os.environ["PATH"]) or engine.in_cache()
    assert found, "there is no Pulumi engine on this machine yet: type `make test`"
    hosts = [CHECKOUT / "local/bin/language"] if found.built else []
    folders = [folder / "bin", Path(sys.executable).parent, *hosts, found.folder, os.environ["PATH"]]
    return {
        **os.environ,
        "PATH": os.pathsep.join(map(str, folders)),
        "DATAMESH_LOCAL": str(folder),
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of an empty stack, made once: to make it takes the engine a while."""
    folder = tmp_path_factory.mktemp("blank")
    project(folder)
    Bench(folder, STACK, _environment(folder)).init()
    return folder


@pytest.fixture
def bench(tmp_path: Path, blank: Path) -> Callable[..., Bench]:
    """Makes a Bench for a stack; all of one test share the folder."""
    for folder in ("state", "work"):
        shutil.copytree(blank / folder, tmp_path / folder)
    double = tmp_path / "double.py"
    double.write_text(DOUBLE.format(diary=str(tmp_path / "diary")))
    scripts = tmp_path / "bin"
    scripts.mkdir()
    for package in ("aws", "kubernetes", "random", "tls"):
        script = scripts / f"pulumi-resource-{package}"
        script.write_text(f"#!/bin/sh\nPYTHONPATH={CHECKOUT} exec {sys.executable} -P {double} {package}\n")
        script.chmod(0o755)
    environment = _environment(tmp_path)
    return lambda stack=STACK, **more: Bench(tmp_path, stack, environment | more)
