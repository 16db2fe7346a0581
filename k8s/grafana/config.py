"""Texts of Grafana's configuration: pure functions, no password in any of them.

Passwords come from environment variables. In provisioning files `$NAME` is filled in after the YAML has been read, so
that a value needs no quotes; `${NAME}` would be filled in twice, and break on a value that has a $ in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from k8s.grafana.dashboards import CLOUDWATCH, OVERVIEW, TRINO, database_source
from mesh.names import GRAFANA, DomainName
from mesh.ports import GRAFANA as GRAFANA_PORT

PORT = GRAFANA_PORT
ETC = "/etc/grafana"
DASHBOARDS = "/etc/grafana-dashboards"
"""A folder that Grafana rereads every 30 seconds."""
DATABASE_CA = f"{ETC}/database-ca.pem"
TRINO_PLUGIN = "trino-datasource@1.1.1"
TRINO_VARIABLE, ACCESS_KEY_VARIABLE, SECRET_KEY_VARIABLE = "TRINO_PASSWORD", "AWS_KEY_ID", "AWS_KEY_SECRET"
_UNWANTED = (
    "grafana-exploretraces-app",
    "grafana-lokiexplore-app",
    "grafana-metricsdrilldown-app",
    "grafana-pyroscope-app",
)
"""Plugins that Grafana would download by default."""
_CONNECTIONS = 4
"""The most connections of a data source. Its role may have ten, which an old pod and a new one share for a while."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """A domain's database as a data source."""

    domain: DomainName
    host: str
    port: int
    database: str

    @property
    def data_source(self) -> dict[str, Any]:
        """The data source, with the login of Grafana's role; the server's certificate and name are verified."""
        return {
            "name": str(self.domain),
            **database_source(self.domain),
            "url": f"{self.host}:{self.port}",
            "user": self.domain.grafana_user,
            "jsonData": {
                "database": self.database,
                "sslmode": "verify-full",
                "tlsConfigurationMethod": "file-path",
                "sslRootCertFile": DATABASE_CA,
                "maxOpenConns": _CONNECTIONS,
                "maxIdleConns": 1,
                "connMaxLifetime": 600,
            },
            "secureJsonData": {"password": f"${self.domain.password_variable}"},
        }


def server() -> str:
    """The text of `grafana.ini`: logins are required, no usage is reported, the overview is the first page."""
    sections: dict[str, dict[str, str | bool]] = {
        "analytics": {
            "reporting_enabled": False,
            "check_for_updates": False,
            "check_for_plugin_updates": False,
            "feedback_links_enabled": False,
        },
        "auth.anonymous": {"enabled": False},
        "dashboards": {
            "default_home_dashboard_path": f"{DASHBOARDS}/{OVERVIEW}.json",
            "min_refresh_interval": "1m",  # each refresh pays for the metrics that it reads: mesh/cost/estimate.py
        },
        "news": {"news_feed_enabled": False},
        "plugins": {
            # Downloaded after the start: without the internet Grafana logs an error and runs without Trino.
            "preinstall": TRINO_PLUGIN,
            "preinstall_auto_update": False,
            "disable_plugins": ",".join(_UNWANTED),
        },
        # Not `cookie_secure`: a forwarded port is plain HTTP, and some browsers would send no cookie there.
        "security": {"admin_user": "admin", "cookie_samesite": "strict", "disable_gravatar": True},
        "server": {"http_port": str(PORT)},
        "snapshots": {"external_enabled": False},
        "users": {"allow_sign_up": False, "allow_org_create": False},
    }
    return "\n".join(_section(name, values) for name, values in sections.items())


def data_sources(databases: Sequence[Database], *, region: str, trino_url: str, authority: str) -> str:
    """The YAML of all data sources; `authority` is the PEM text of the authority that signed Trino's certificate."""
    trino = {
        "name": "Trino",
        **TRINO,
        "url": trino_url,
        "basicAuth": True,
        "basicAuthUser": GRAFANA,
        "jsonData": {"tlsAuthWithCACert": True},
        "secureJsonData": {"basicAuthPassword": f"${TRINO_VARIABLE}", "tlsCACert": authority},
    }
    cloudwatch = {
        "name": "CloudWatch",
        **CLOUDWATCH,
        "jsonData": {"authType": "keys", "defaultRegion": region},
        "secureJsonData": {"accessKey": f"${ACCESS_KEY_VARIABLE}", "secretKey": f"${SECRET_KEY_VARIABLE}"},
    }
    sources = [*(database.data_source for database in databases), trino, cloudwatch]
    common = {"access": "proxy", "editable": False}
    return _yaml({"apiVersion": 1, "datasources": [{**source, **common} for source in sources]})


def dashboard_provider() -> str:
    """The YAML that names the dashboards' folder; dashboards cannot be changed or deleted in the browser."""
    provider = {
        "name": "mesh",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": DASHBOARDS},
    }
    return _yaml({"apiVersion": 1, "providers": [provider]})


def _section(name: str, values: Mapping[str, str | bool]) -> str:
    texts = ((key, str(value).lower() if isinstance(value, bool) else value) for key, value in values.items())
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in texts)


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, width=120)
