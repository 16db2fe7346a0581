"""The emulator of S3 and Glue: ministack, in a virtual environment apart, on loopback, with all it knows on disk."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from local import paths
from local.prepare import cached_venv
from local.servers import descriptors, listening, process, readiness
from local.servers.process import ServerError

NAME = listening.EMULATOR
WHAT = "The emulator of S3 and Glue"
REQUIREMENTS = Path(__file__).with_name("emulator-requirements.txt")
START_SECONDS = 60


def is_there() -> bool:
    """Whether the emulator is in the user's cache."""
    return _venv().is_dir()


def prepare() -> None:
    """Puts the emulator into the user's cache, unless it is there."""
    title = f"the emulator of S3 and Glue (ministack {_version()})"
    cached_venv.prepare(_venv(), REQUIREMENTS, title, "which stands for AWS on this machine", 100)


def start(endpoint: str, pods: str = "") -> None:
    """Runs the emulator at `endpoint`, a URL like http://127.0.0.1:23456; nothing happens if it runs there.

    `pods` is the address or name by which pods reach this machine, "" without a cluster.
    """
    url = urlsplit(endpoint)
    if url.scheme != "http" or not url.hostname or not url.port:
        raise ServerError(f"The emulator's address must be like http://127.0.0.1:23456, not {endpoint!r}.")
    host, port, data = url.hostname, url.port, paths.stack().resolve() / "emulator"
    reach = listening.reach(host, pods)
    descriptor = {"kind": "emulator", "host": host, "port": port, **reach._asdict()}
    with descriptors.locked(NAME):
        if descriptors.every().get(NAME) != descriptor:
            process.stop(NAME)
            descriptors.write(NAME, descriptor)
        if process.alive(NAME) is None:
            process.end_strays(data)
            for address in reach.listens:
                process.require_port(address, port, WHAT)
            paths.private(data / "tmp")
        binds = [word for address in reach.listens for word in ("--bind", f"{address}:{port}")]
        options = ["--workers", "0", *binds, "--keep-alive", "75"]  # no workers: one process that serves
        process.start(
            NAME,
            [_venv() / "bin" / "python", "-m", "hypercorn", "local.servers.emulator_app:app", *options],
            env=_environment(data, host, port) | {"ANSWERS_TO": " ".join(reach.names)},
            cwd=data,
            ready=lambda: readiness.ask("GET", f"http://{url.netloc}/_ministack/health") is not None,
            timeout=START_SECONDS,
            why=WHAT,
        )


def _environment(data: Path, host: str, port: int) -> dict[str, str]:
    """What it needs of its sixty services, no other port, nothing by which it would find the user's AWS or Docker."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(data),
        "TMPDIR": str(data / "tmp"),
        "PYTHONPATH": str(paths.checkout()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "BIND_HOST": host,
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3,glue,sts",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{data}/no-docker.sock",
        "LOG_LEVEL": "WARNING",
    }


def _venv() -> Path:
    return cached_venv.place(paths.cache() / f"ministack-{_version()}", REQUIREMENTS)


def _version() -> str:
    (version,) = re.findall(r"^ministack==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE)
    return version
