"""Opens the mesh's notebook in JupyterLab on this machine, with one person's logins as on the cluster."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT, local_folder, needed, read_outputs
from client.stack import parse_outputs
from local import paths
from local.paths import LocalError
from local.prepare import cached_venv
from local.servers import process
from mesh.names import NOTEBOOK_FILES, SERVICES, DomainName

REQUIREMENTS = PROJECT / "images/notebook/requirements.txt"
NOTEBOOK, *MODULES = (PROJECT / "examples" / name for name in NOTEBOOK_FILES)
HOST = "127.0.0.1"
_EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
book = nbformat.read(sys.argv[1], as_version=4)
try:
    NotebookClient(book).execute()
except CellExecutionError as error:
    sys.exit(f"notebook: {error.evalue}" if error.ename == "SilentError" else str(error))
finally:
    nbformat.write(book, sys.argv[2])
"""


def variables(outputs: Mapping[str, Any], person: str, folder: Path) -> dict[str, str]:
    """The environment variables of the person's notebook, as on the cluster; they name files in `folder`.

    `outputs` are the stack's, secrets in clear. Raises CommandError for an unknown person.
    """
    credentials, trino = outputs["credentials"], urlsplit(outputs["trino"]["url"])
    people = sorted(set(credentials["people"]) - set(SERVICES))
    if person not in people:
        raise CommandError(f"there is no person {person}; there are {', '.join(people)}")
    return {
        "TRINO_HOST": trino.hostname or HOST,
        "TRINO_PORT": str(trino.port),
        "TRINO_USER": person,
        "TRINO_PASSWORD": credentials["people"][person],
        "TRINO_CA": str(folder / "trino-ca.pem"),
        "MESH": str(folder / "mesh.json"),
        "MESH_DATABASES": json.dumps(_own_databases(outputs, person)),
        "DATABASE_CA": str(PROJECT / outputs["databaseCa"]),
        "PYTHONPATH": str(folder),
    }


def _own_databases(outputs: Mapping[str, Any], person: str) -> dict[str, dict[str, str]]:
    """The person's logins to databases, without a password where IAM is used."""
    logins = outputs["credentials"]["databases"]
    return {
        domain: logins[domain].get("analyst") or {"user": DomainName(domain).analyst_user}
        for domain in outputs["people"][person]
    }


def prepare(outputs: Mapping[str, Any], person: str) -> tuple[Path, dict[str, str]]:
    """The person's folder and the environment of its server.

    A notebook that is there already is not replaced; the modules that it imports are.
    """
    folder = PROJECT / "notebooks" / person
    own = variables(outputs, person, folder)
    paths.private(folder / ".jupyter")
    process.write_private(folder / "trino-ca.pem", outputs["trino"]["authority"])
    process.write_private(folder / "mesh.json", json.dumps({key: outputs[key] for key in ("domains", "lake")}))
    if not (folder / NOTEBOOK.name).exists():
        shutil.copy(NOTEBOOK, folder)
    for module in MODULES:
        shutil.copy(module, folder)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "DATAMESH_"))}
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "run",
        "IPYTHONDIR": "ip",
    }
    jupyter = {name: str(folder / ".jupyter" / place) for name, place in folders.items()}
    if outputs["lake"].get("endpoint") and not outputs["trino"].get("portForward"):
        # The notebook's Python is another one: this is how it starts the local servers again.
        own["MESH_START"] = json.dumps([[sys.executable, "-m", "local", "start"], str(local_folder().parent)])
    return folder, inherited | jupyter | own


def environment() -> Path:
    """The folder of JupyterLab's programs, in the user's cache, at the versions of the cluster's image."""
    folder = cached_venv.place(paths.cache() / "notebook", REQUIREMENTS)
    cached_venv.prepare(folder, REQUIREMENTS, "JupyterLab", "with what the mesh's notebook needs", 650)
    return folder / "bin"


def open_lab(programs: Path, folder: Path, env: Mapping[str, str], browser: bool) -> int:
    """Runs JupyterLab until Ctrl-C; its exit status.

    It makes a token and prints the address with it. A token from the environment would not be printed.
    """
    without_token = {key: value for key, value in env.items() if key not in ("JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE")}
    options = [f"--ip={HOST}", f"--port={process.free_port(HOST)}", f"--LabApp.default_url=/lab/tree/{NOTEBOOK.name}"]
    options += [] if browser else ["--no-browser"]
    options += ["--allow-root"] if os.geteuid() == 0 else []
    with subprocess.Popen(
        [str(programs / "python"), "-m", "jupyterlab", *options],
        cwd=folder,
        env=without_token,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # at Ctrl-C it would ask for confirmation, or leave its kernels running
    ) as lab:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, lambda *_: lab.terminate())
        return lab.wait()


def execute(programs: Path, folder: Path, env: Mapping[str, str]) -> int:
    """Runs the notebook from top to bottom and prints the path of the result; the exit status."""
    done = folder / "done.ipynb"
    command = [str(programs / "python"), "-c", _EXECUTE, NOTEBOOK.name, str(done)]
    code = subprocess.run(command, cwd=folder, env=dict(env), check=False).returncode
    if code == 0:
        print(done)
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Opens or runs the notebook; the exit status."""
    parser = Parser(description=__doc__)
    parser.add_argument("person", help="the person, e.g. sales-analyst")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument(
        "--run", action="store_true", help="run it from top to bottom, and print the path of the result"
    )
    options = parser.parse_args(arguments)
    return run("notebook", lambda: _open(options))


def _open(options: argparse.Namespace) -> int:
    with needed(options.stack):
        outputs = read_outputs(options.stack)
        folder, env = prepare(outputs, options.person)
        parse_outputs(outputs).revive("Trino")
    try:
        programs = environment()
    except LocalError as error:
        raise CommandError(str(error)) from None
    if options.run:
        return execute(programs, folder, env)
    return open_lab(programs, folder, env, not options.no_browser)


if __name__ == "__main__":
    sys.exit(main())
