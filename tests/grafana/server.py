"""A stand-in for Grafana's server: it reads a pod's files and variables as Grafana documents it, and answers queries.

Documented are provisioning (https://grafana.com/docs/grafana/latest/administration/provisioning/), the variables of an
image, and the HTTP interface. What it does not know it refuses, where Grafana would look past it.
"""

import configparser
import hmac
import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.grafana import queries
from tests.grafana.queries import Frame

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|([*#$@!?0-9-]|\w+))")
"""What Go's os.ExpandEnv fills in."""
_EXPANDER = re.compile(r"\$(|__\w+)\{([^}]+)\}")
SOURCE_FIELDS = {
    "name", "type", "uid", "access", "url", "user", "database", "basicAuth", "basicAuthUser", "withCredentials",
    "isDefault", "jsonData", "secureJsonData", "version", "editable", "orgId", "correlations",
}  # fmt: skip
"""As Grafana's documentation of provisioning has them: nothing that can be installed here has them as a schema."""
_PROVIDER_FIELDS = {
    "name", "type", "orgId", "folder", "folderUid", "disableDeletion", "updateIntervalSeconds", "allowUiUpdates",
    "options",
}  # fmt: skip
Reach = Callable[[str, int], tuple[str, int]]
"""Where a server is that the pod calls by this host and port."""


class ProvisioningError(Exception):
    """What Grafana would not start with, or would silently leave out."""


@dataclass(frozen=True)
class Pod:
    """What a container finds: its `/` as a folder here, its variables."""

    root: Path
    environment: Mapping[str, str]

    def file(self, path: str) -> Path:
        """A path of the container, here."""
        return self.root / path.lstrip("/")


class Grafana:
    """The server after its start: settings, data sources and dashboards."""

    def __init__(self, pod: Pod, reach: Reach) -> None:
        self._pod, self._reach = pod, reach
        provisioning = pod.environment.get("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning")
        self.settings = _settings(pod)
        self.sources = {source["uid"]: source for source in self._sources(pod.file(f"{provisioning}/datasources"))}
        self.boards = {board["uid"]: board for board in self._boards(pod.file(f"{provisioning}/dashboards"))}
        home = self.settings["dashboards"]["default_home_dashboard_path"]
        self.home: dict[str, Any] = json.loads(pod.file(home).read_text(encoding="utf-8"))

    def login(self, user: str, password: str) -> bool:
        """Whether Grafana lets somebody in."""
        said = self.settings["security"]
        given, known = (f"{who}:{secret}".encode() for who, secret in (
            (user, password), (said["admin_user"], said["admin_password"])
        ))  # fmt: skip
        return hmac.compare_digest(given, known)

    def query(self, query: Mapping[str, Any], begin: str, end: str) -> Frame:
        """What a data source answers to a query of a panel. Raises what the server says."""
        reference = query["datasource"]
        source = self.sources.get(reference["uid"])
        if source is None or source["type"] != reference["type"]:
            raise ProvisioningError(f"there is no data source {reference}")
        if source["type"] == "trino-datasource":
            return self._trino(source, queries.rendered(query["rawSQL"], "trino", begin, end))
        if source["type"] == "grafana-postgresql-datasource":
            return self._postgresql(source, queries.rendered(query["rawSql"], "postgresql", begin, end))
        raise ProvisioningError(f"no queries of the type {source['type']} are asked here")

    def _sources(self, folder: Path) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for document in _documents(folder, {"apiVersion", "datasources", "deleteDatasources", "prune"}):
            for gone in document.get("deleteDatasources", []):
                found.pop(gone["name"], None)
            for each in document.get("datasources", []):
                _known(each, SOURCE_FIELDS, f"the data source {each.get('name')}")
                found[each["name"]] = self._filled(each)
        if len({source["uid"] for source in found.values()}) != len(found):
            raise ProvisioningError("two data sources have one uid")
        if sum(bool(source.get("isDefault")) for source in found.values()) > 1:
            raise ProvisioningError("two data sources are the default")
        return list(found.values())

    def _boards(self, folder: Path) -> Iterator[dict[str, Any]]:
        titles: set[str] = set()
        for document in _documents(folder, {"apiVersion", "providers"}):
            for provider in document["providers"]:
                _known(provider, _PROVIDER_FIELDS, f"the provider {provider['name']}")
                files = sorted(self._pod.file(provider["options"]["path"]).rglob("*.json"))
                if provider["type"] != "file" or not files:
                    raise ProvisioningError(f"the provider {provider['name']} has no dashboards")
                for file in files:
                    board = json.loads(file.read_text(encoding="utf-8"))
                    if not board.get("title") or board["title"] in titles:
                        raise ProvisioningError(f"{file.name}: no title, or that of another dashboard")
                    titles.add(board["title"])
                    yield board

    def _filled(self, value: Any) -> Any:
        """A value of a provisioning file with its variables; Grafana fills in after it has read the YAML."""
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        return "$".join(map(self._expanded, value.split("$$"))) if isinstance(value, str) else value

    def _expanded(self, text: str) -> str:
        """First `${NAME}`, `$__env{NAME}` and `$__file{PATH}`, then `$NAME`, also in what has come out of the first."""
        text = _EXPANDER.sub(lambda found: self._expand(found[1], found[2]), text)
        return _VARIABLE.sub(lambda found: self._pod.environment.get(found[1] or found[2], ""), text)

    def _expand(self, kind: str, what: str) -> str:
        if kind in ("", "__env"):
            return self._pod.environment.get(what, "")
        if kind == "__file":
            return self._pod.file(what).read_text(encoding="utf-8").strip()
        raise ProvisioningError(f"${kind}{{…}} is no expander of Grafana")

    def _postgresql(self, source: Mapping[str, Any], sql: str) -> Frame:
        host, _, port = source["url"].partition(":")
        host, number = self._reach(host, int(port))
        said = source["jsonData"]
        if said["tlsConfigurationMethod"] != "file-path":
            raise ProvisioningError("the authority is no file, and this knows files alone")
        return queries.postgresql(
            sql,
            host=host,
            port=number,
            dbname=said["database"],
            user=source["user"],
            password=source["secureJsonData"]["password"],
            sslmode=said["sslmode"],
            sslrootcert=str(self._pod.file(said["sslRootCertFile"])),
        )

    def _trino(self, source: Mapping[str, Any], sql: str) -> Frame:
        url, secure = urlsplit(source["url"]), source["secureJsonData"]
        if url.scheme != "https" or not source["jsonData"]["tlsAuthWithCACert"] or not source["basicAuth"]:
            raise ProvisioningError("Trino is asked over HTTPS, with a login and its own authority")
        assert url.hostname and url.port
        trusted = ssl.create_default_context(cadata=secure["tlsCACert"])
        address = self._reach(url.hostname, url.port)
        login = (source["basicAuthUser"], secure["basicAuthPassword"])
        return queries.trino(sql, address, url.hostname, trusted, login)


def _settings(pod: Pod) -> configparser.ConfigParser:
    """`grafana.ini`, with what variables GF_SECTION_KEY say instead."""
    said = configparser.ConfigParser(interpolation=None)
    said.read_string(pod.file("/etc/grafana/grafana.ini").read_text(encoding="utf-8"))
    for name, value in pod.environment.items():
        section, _, key = name.removeprefix("GF_").lower().partition("_")
        if name.startswith("GF_") and key:
            if not said.has_section(section):
                said.add_section(section)
            said.set(section, key, value)
    return said


def _documents(folder: Path, known: set[str]) -> Iterator[dict[str, Any]]:
    files = [file for file in sorted(folder.iterdir()) if file.suffix in (".yaml", ".yml")]
    if not files:
        raise ProvisioningError(f"{folder} has no file")
    for file in files:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        _known(document, known, file.name)
        if document["apiVersion"] != 1:
            raise ProvisioningError(f"{file.name} is of another version")
        yield document


def _known(said: Mapping[str, Any], known: set[str], what: str) -> None:
    if strange := sorted(set(said) - known):
        raise ProvisioningError(f"{what}: Grafana knows no {', '.join(strange)}")
