"""The Trino server behind a Deployment: a process that finds its files and variables as the container would."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from k8s.trino.config import ETC
from k8s.trino.config import HTTP_PORT as HTTP
from k8s.trino.config import HTTPS_PORT as HTTPS
from local import paths
from local.prepare import java
from local.servers import descriptors, process, query_log, readiness
from local.servers.process import ServerError

START_SECONDS = 300

# Beside the connectors that the catalogs name. The server starts in three quarters of the time without the other forty,
# and needs 170 MB less.
PLUGINS = {
    "http-event-listener",
    "exchange-filesystem",
    "geospatial",
    "password-authenticators",
    "resource-group-managers",
    "session-property-managers",
}


@dataclass(frozen=True)
class Pod:
    """What a container would find: files by their paths in it, variables, published ports.

    A variable that is a Path has that file's content for a value.
    """

    mounts: dict[str, Path]
    env: dict[str, str | Path]
    ports: dict[int, int]
    host: str


def apply(name: str, pod: Pod) -> None:
    """Runs `pod` as the server `name`: starts it, or restarts it if another one runs; returns when it answers."""
    if HTTP not in pod.ports:
        raise ServerError(f"{name} publishes no port {HTTP}: nothing on this machine could reach Trino.")
    descriptor = {
        "kind": "trino",
        "host": pod.host,
        "port": pod.ports[HTTP],
        "ports": {str(inside): outside for inside, outside in pod.ports.items()},
        "mounts": {place: str(source) for place, source in pod.mounts.items()},
        "env": {key: {"file": str(value)} if isinstance(value, Path) else value for key, value in pod.env.items()},
    }
    with descriptors.locked(name):
        if descriptors.every().get(name) != descriptor:
            process.stop(name)
            descriptors.write(name, descriptor)
        _start(name, descriptor)


def start(name: str) -> None:
    """Starts the server that `apply` made, unless it runs."""
    with descriptors.locked(name):
        _start(name, descriptors.required(name, "Trino server"))


def delete(name: str) -> None:
    """Ends the server and removes what it wrote; nothing happens if there is none."""
    with descriptors.locked(name):
        process.stop(name)
        process.end_strays(_home(name) / "data")
        query_log.delete(_queries(name))
        descriptors.forget(name, _home(name))


def _start(name: str, descriptor: descriptors.Descriptor) -> None:
    host, port = descriptor["host"], descriptor["port"]
    if process.alive(name) is None:
        process.end_strays(_home(name) / "data")
        for published in descriptor["ports"].values():
            process.require_port(host, published, f"Trino ({name})")
        root = _lay_out(name, descriptor["mounts"])
        _link_plugins(name, root / ETC[1:])
        paths.private(_home(name) / "data" / "tmp")
        _link(_home(name) / "data" / "etc", root / ETC[1:])  # where the server looks, seen from its data folder
    environment = _environment(name, descriptor)
    if "QUERY_LOG_URL" in environment:
        program, token = _home(name) / "root" / ETC[1:] / "query_log.py", descriptor["env"]["QUERY_LOG_TOKEN"]["file"]
        place = query_log.apply(_queries(name), program.resolve(), host, Path(token))
        environment["QUERY_LOG_URL"] = place  # another stack on this machine has a port of its own
    process.start(
        name,
        command(name, descriptor),
        env=environment,
        cwd=_home(name) / "data",
        ready=lambda: readiness.started(host, port),
        timeout=START_SECONDS,
        why=f"Trino ({name})",
    )


def command(name: str, descriptor: descriptors.Descriptor) -> list[str]:
    """The server's command line: what its files say, then what a container has from its image and network."""
    host, port, ports = descriptor["host"], descriptor["port"], descriptor["ports"]
    home, etc = _home(name), _home(name) / "root" / ETC[1:]
    properties = _properties(etc / "node.properties") | java.placed(home, host, port)
    properties |= {
        "config": str(etc / "config.properties"),
        "catalog.config-dir": str(etc / "catalog"),
        "node-scheduler.include-coordinator": "true",  # whatever its files say: workers are pods, and none is here
        "node.id": name,
        "java.io.tmpdir": str(home / "data" / "tmp"),
    }
    if str(HTTPS) in ports:
        properties["http-server.https.port"] = str(ports[str(HTTPS)])
    if (etc / "log.properties").exists():
        properties["log.levels-file"] = str(etc / "log.properties")
    return java.command(_lines(etc / "jvm.config"), properties)


def _environment(name: str, descriptor: descriptors.Descriptor) -> dict[str, str]:
    found = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(_home(name)), "HOSTNAME": name}
    for key, value in descriptor["env"].items():
        if isinstance(value, str):
            found[key] = _on_this_machine(value, descriptor["mounts"], _home(name) / "root")
        elif Path(value["file"]).exists():
            found[key] = Path(value["file"]).read_text(encoding="utf-8")
        else:
            raise ServerError(f"Trino ({name}) needs {key} from {value['file']}, which is gone: type `make up`.")
    return found


def _on_this_machine(value: str, mounts: Mapping[str, str], root: Path) -> str:
    """`value`, with the path of a mounted file or folder replaced by where it is here."""
    mounted = any(PurePosixPath(value).is_relative_to(place) for place in mounts)
    return f"{root}{value}" if mounted else value


def _lay_out(name: str, mounts: Mapping[str, str]) -> Path:
    """A folder that looks like the container's `/`: links, so that the server sees a mounted object change."""
    root = _home(name) / "root"
    if root.exists():
        shutil.rmtree(root)
    for place in sorted(mounts):
        source, target = Path(mounts[place]), root / place.lstrip("/")
        if not source.exists():
            raise ServerError(f"Trino ({name}) needs {source} at {place}, which is gone: type `make up`.")
        paths.private(target.parent)
        if any(PurePosixPath(other).is_relative_to(place) for other in mounts if other != place):
            paths.private(target)  # others are mounted inside: a new folder, each entry a link
            for entry in source.iterdir():
                (target / entry.name).symlink_to(entry)
        else:
            _link(target, source)
    for file in ("config.properties", "jvm.config", "node.properties"):
        if not (root / ETC[1:] / file).exists():
            raise ServerError(f"Trino ({name}) needs {ETC}/{file}, which no mounted ConfigMap has.")
    return root


def _link_plugins(name: str, etc: Path) -> None:
    """The plugins that the server's files name, and those that it needs for itself; all, if one of these is unknown."""
    catalogs = (etc / "catalog").glob("*.properties") if (etc / "catalog").is_dir() else []
    files = [*catalogs, *etc.glob("access-control*.properties")]
    named = {_properties(file).get(key, "") for file in files for key in ("connector.name", "access-control.name")}
    wanted = PLUGINS | {plugin.replace("_", "-") for plugin in named - {"", "file"}}
    present = {folder.name for folder in (paths.trino() / "plugin").iterdir()}
    folder = _home(name) / "plugin"
    if folder.exists():
        shutil.rmtree(folder)
    paths.private(folder)
    for plugin in wanted if wanted <= present else present:
        (folder / plugin).symlink_to(paths.trino() / "plugin" / plugin)


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _lines(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _properties(file: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in _lines(file))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _queries(name: str) -> str:
    return f"{name}-queries"


def _home(name: str) -> Path:
    return paths.stack().resolve() / "trino" / name
