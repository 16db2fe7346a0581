"""The emulator of S3 and Glue: ministack, in an environment of its own, on loopback only, with all it knows on disk."""

import http.client
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from local import paths
from local.prepare import cached_venv
from local.servers import descriptors, process
from local.servers.process import ServerError

NAME = "emulator"
REQUIREMENTS = Path(__file__).with_name("emulator-requirements.txt")
START_SECONDS = 60


def prepare() -> None:
    """Puts the emulator into the user's cache, unless it is there."""
    title = f"the emulator of S3 and Glue (ministack {paths.MINISTACK_VERSION})"
    cached_venv.prepare(_environment_folder(), REQUIREMENTS, title, "which stands for AWS on this machine", 100)


def start(endpoint: str) -> None:
    """Runs the emulator at `endpoint`, a URL like http://127.0.0.1:23456; nothing happens if it runs there."""
    url = urlsplit(endpoint)
    if url.scheme != "http" or not url.hostname or not url.port:
        raise ServerError(f"The emulator's address must be like http://127.0.0.1:23456, not {endpoint!r}.")
    descriptor = {"kind": "emulator", "host": url.hostname, "port": url.port}
    with process.locked(f"{NAME}.data"):
        if descriptors.read(NAME) != descriptor:
            process.stop(NAME)
            descriptors.write(NAME, descriptor)
        _start(url.hostname, url.port)


def stop() -> None:
    """Ends the emulator; its data stay."""
    process.stop(NAME)


def delete() -> None:
    """Ends the emulator and removes its data; nothing happens if there is none."""
    with process.locked(f"{NAME}.data"):
        descriptors.remove(NAME)
        stop()
        if _data().exists():
            shutil.rmtree(_data())
        process.forget(NAME)


def _start(host: str, port: int) -> None:
    if process.alive(NAME) is None:
        process.require_port(host, port, "The emulator of S3 and Glue")
        paths.private(_data() / "tmp")
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = ["--workers", "0", "--bind", bind, "--keep-alive", "75"]  # no workers: one process that serves
    process.start(
        NAME,
        [_environment_folder() / "bin" / "python", "-m", "hypercorn", "local.servers.emulator_app:app", *options],
        env=_environment(host, port),
        cwd=_data(),
        ready=lambda: _healthy(host, port),
        timeout=START_SECONDS,
        why="The emulator of S3 and Glue",
    )


def _environment(host: str, port: int) -> dict[str, str]:
    """What it needs of its sixty services, no other port, nothing by which it would find the user's AWS or Docker."""
    data = _data()
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


def _healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _environment_folder() -> Path:
    return cached_venv.place(paths.ministack(), REQUIREMENTS)


def _data() -> Path:
    return paths.stack().resolve() / "emulator"
