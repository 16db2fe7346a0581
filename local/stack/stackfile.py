"""`Pulumi.local.yaml`: made from the template `local/stack/local.yaml`, then the user's; what it lacks is added."""

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local import paths
from local.paths import LocalError
from local.servers import certificates, process
from mesh.local_settings import endpoint_problem

_CONTEXT, _SHORT, _GROUP = "datamesh:kubeContext", "kubeContext", "datamesh:local"
SALT = "encryptionsalt"  # the engine puts it there: it belongs to the passphrase


def file() -> Path:
    """Where the settings of the stack `local` are."""
    return paths.checkout() / "Pulumi.local.yaml"


def ensure() -> None:
    """Makes the file, or adds what it lacks; values that are there stay, and so does a file that is complete."""
    text = string.Template((paths.checkout() / "local/stack/local.yaml").read_text()).substitute(_values())
    if not file().exists():
        _write(text)
        return
    present = _read()
    complete = merged(present, yaml.safe_load(text))
    if complete != present:
        _write(yaml.safe_dump(complete, sort_keys=False))


def merged(present: Any, template: Any) -> Any:
    """`present` with what only the template has."""
    if not isinstance(present, dict) or not isinstance(template, dict):
        return template if present is None else present
    return {**present, **{key: merged(present.get(key), value) for key, value in template.items()}}


def emulator_endpoint() -> str | None:
    """The URL of the S3 and Glue emulator, None if the file is not there or does not say.

    Raises LocalError for one at which other machines could reach it.
    """
    endpoint = _group(_config()).get("awsEndpoint")
    if endpoint is not None and (problem := endpoint_problem(endpoint)):
        raise LocalError(f"{file()}: {problem}. Take the line out and repeat the command: it writes a new one.")
    return endpoint


def trino_https_port() -> int:
    """The port of this machine where people's clients find Trino."""
    return int(_group(_config())["trinoHttpsPort"])


def kube_context() -> str:
    """The cluster's context in the file; "" where the platform is on this machine."""
    return str(_config().get(_CONTEXT) or "")


def host_address() -> str:
    """At which address or name pods reach this machine, by the file; "" where it does not say."""
    return str(_group(_config()).get("hostAddress") or "")


def publishes() -> bool:
    """Whether the file has a schedule by which a CronJob publishes."""
    return bool(_config().get("datamesh:publish"))


def put_cluster(context: str, address: str) -> None:
    """Writes the cluster's context and the address of this machine for its pods; neither where `context` is empty."""
    content = _read()
    config = content.setdefault("config", {})
    wanted = {key: value for key, value in config.items() if key not in (_CONTEXT, _SHORT)}
    group = {key: value for key, value in _group(config).items() if key != "hostAddress"}
    if context:
        wanted |= {_CONTEXT: context}
        group |= {"hostAddress": address}
    wanted[_GROUP] = group
    if wanted != config:
        _write(yaml.safe_dump({**content, "config": wanted}, sort_keys=False))


def forget_salt() -> None:
    """Removes what belongs to a passphrase that is gone, so that the engine makes a new one."""
    if file().exists() and SALT in (present := _read()):
        del present[SALT]
        _write(yaml.safe_dump(present, sort_keys=False))


def _values() -> Mapping[str, str]:
    keys = ("awsPort", "trinoPort", "trinoHttpsPort")
    ports: set[int] = set()
    while len(ports) < len(keys):
        ports.add(process.free_port(paths.HOST))
    authority = certificates.ca()
    if authority.is_relative_to(paths.checkout()):
        authority = authority.relative_to(paths.checkout())
    return {**dict(zip(keys, map(str, ports), strict=True)), "databaseCa": str(authority)}


def _config() -> dict[str, Any]:
    """The configuration in the file by key, those of the project with its name before them."""
    config = (_read() if file().exists() else {}).get("config") or {}
    return {key if ":" in str(key) else f"datamesh:{key}": value for key, value in config.items()}


def _group(config: Mapping[str, Any]) -> dict[str, Any]:
    group = config.get(_GROUP)
    return group if isinstance(group, dict) else {}


def _read() -> dict[str, Any]:
    try:
        content = yaml.safe_load(file().read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = str(error).replace("\n", " ")
        raise LocalError(f"{file()} is no YAML: {place}\nCorrect or remove it, then type `make up`.") from error
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise LocalError(f"{file()} is no stack's settings. Remove it, then type `make up`: it makes a new one.")
    return content


def _write(text: str) -> None:
    fresh = file().with_name(f".{file().name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file())
