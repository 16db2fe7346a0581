"""Opens the mesh's notebook in JupyterLab on this machine, as a person finds it on the cluster."""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from client.errors import CommandError
from client.outputs import PROJECT, read_outputs
from local import paths
from local.paths import LocalError
from local.prepare import cached_venv
from local.servers import process
from mesh.names import SERVICES, DomainName

REQUIREMENTS = PROJECT / "images/notebook/requirements.txt"
NOTEBOOK = PROJECT / "examples/mesh.ipynb"
HOST = "127.0.0.1"
_EXECUTE = "from nbclient.cli import main; main()"  # what `jupyter execute` calls


def variables(outputs: Mapping[str, Any], person: str, folder: Path) -> dict[str, str]:
    """What the person's notebook finds in its environment, as on the cluster; files are in `folder`.

    `outputs` are the stack's, secrets in clear. CommandError when nobody is called so.
    """
    credentials, trino = outputs["credentials"], urlsplit(outputs["trino"]["url"])
    people = sorted(set(credentials["people"]) - set(SERVICES))
    if person not in people:
        raise CommandError(f"nobody is called {person}; there are {', '.join(people)}")
    return {
        "TRINO_HOST": trino.hostname or HOST,
        "TRINO_PORT": str(trino.port),
        "TRINO_USER": person,
        "TRINO_PASSWORD": credentials["people"][person],
        "TRINO_CA": str(folder / "trino-ca.pem"),
        "MESH": str(folder / "mesh.json"),
        "MESH_DATABASES": json.dumps(_own_databases(outputs, person)),
        "DATABASE_CA": str(PROJECT / outputs["databaseCa"]),
    }


def _own_databases(outputs: Mapping[str, Any], person: str) -> dict[str, dict[str, str]]:
    """The person's logins to databases; without a password where AWS gives tokens."""
    logins = outputs["credentials"]["databases"]
    return {
        domain: logins[domain].get("analyst") or {"user": DomainName(domain).analyst_user}
        for domain in outputs["people"][person]
    }


def prepare(outputs: Mapping[str, Any], person: str) -> tuple[Path, dict[str, str]]:
    """The person's folder, with the notebook unless there is one already, and the environment of its server."""
    folder = PROJECT / "notebooks" / person
    found = variables(outputs, person, folder)
    paths.private(folder)
    process.write_private(folder / "trino-ca.pem", outputs["trino"]["authority"])
    process.write_private(folder / "mesh.json", json.dumps({key: outputs[key] for key in ("domains", "lake")}))
    if not (folder / NOTEBOOK.name).exists():
        shutil.copy(NOTEBOOK, folder)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "DATAMESH_"))}
    own = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "run", "IPYTHONDIR": "ip"}
    jupyter = {name: str(folder / ".jupyter" / place) for name, place in own.items()}
    return folder, kept | jupyter | found


def check_trino(outputs: Mapping[str, Any]) -> None:
    """Raises CommandError, with what to type, when nothing answers where the stack says that Trino is."""
    trino = outputs["trino"]
    url = urlsplit(trino["url"])
    try:
        socket.create_connection((url.hostname or HOST, url.port or 443), timeout=10).close()
    except OSError as error:
        forward = trino.get("portForward")
        advice = f"Type `{forward}` in another terminal" if forward else "Type `make up`: it starts what is not running"
        raise CommandError(
            f"Trino does not answer at {trino['url']}: {error}\n{advice}, then the same again."
        ) from None


def environment() -> Path:
    """The programs of JupyterLab in the user's cache, the very versions of the cluster's image."""
    folder = cached_venv.place(paths.cache() / "notebook", REQUIREMENTS)
    cached_venv.prepare(folder, REQUIREMENTS, "JupyterLab", "with what the mesh's notebook needs", 650)
    return folder / "bin"


def open_lab(programs: Path, folder: Path, env: Mapping[str, str], browser: bool) -> int:
    """Runs JupyterLab until Ctrl-C; its exit status.

    It makes a token itself and prints the address with it; one of ours it would not print.
    """
    own = {key: value for key, value in env.items() if key not in ("JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE")}
    options = [f"--ip={HOST}", f"--port={process.free_port(HOST)}", f"--LabApp.default_url=/lab/tree/{NOTEBOOK.name}"]
    options += [] if browser else ["--no-browser"]
    options += ["--allow-root"] if os.geteuid() == 0 else []
    with subprocess.Popen(
        [str(programs / "python"), "-m", "jupyterlab", *options],
        cwd=folder,
        env=own,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # at Ctrl-C it would ask back, or leave its kernels to themselves
    ) as lab:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, lambda *_: lab.terminate())
        return lab.wait()


def execute(programs: Path, folder: Path, env: Mapping[str, str]) -> int:
    """Runs the notebook from top to bottom; the exit status."""
    done = folder / "done.ipynb"
    command = [str(programs / "python"), "-c", _EXECUTE, f"--output={done.with_suffix('')}", NOTEBOOK.name]
    code = subprocess.run(command, cwd=folder, env=dict(env), check=False).returncode
    if code == 0:
        print(done)
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Open or run it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("person", help="as whom, e.g. sales-analyst")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--run", action="store_true", help="run it from top to bottom, and say where the result is")
    options = parser.parse_args(arguments)
    try:
        outputs = read_outputs(options.stack)
        folder, env = prepare(outputs, options.person)
        check_trino(outputs)
        programs = environment()
    except KeyError as error:
        print(f"notebook: the stack has no output {error}. Type `make up`, or `pulumi up` on AWS.", file=sys.stderr)
        return 1
    except (CommandError, LocalError) as error:
        print(f"notebook: {error}", file=sys.stderr)
        return 1
    if options.run:
        return execute(programs, folder, env)
    return open_lab(programs, folder, env, not options.no_browser)


if __name__ == "__main__":
    sys.exit(main())
