"""The only reader of the stack's configuration: everything is checked, and all problems are reported together."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from components import checks


class SettingsError(pulumi.RunError):
    """The configuration cannot be used; the message lists every problem with the command that mends it."""


@dataclass(frozen=True, kw_only=True)
class Local:
    """What only the `local` stack has, because its AWS and its cluster are this machine."""

    aws_endpoint: str
    """URL of the S3 and Glue emulator; the database servers listen on its host."""
    database_ca: Path
    """Certificate of the authority that signed the databases' certificates."""
    trino_port: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked configuration of a stack, as plain values."""

    owner: str
    region: str = "us-east-1"
    allowed_account_ids: tuple[str, ...] = ()
    allowed_cidrs: tuple[str, ...] = ()
    kube_context: str = ""
    disposable: bool = False
    instance_class: str = "db.t3.micro"
    local: Local | None = None

    @property
    def zones(self) -> tuple[str, str]:
        """Two availability zones of the region."""
        return f"{self.region}a", f"{self.region}b"

    @property
    def database_ca(self) -> Path:
        """Certificates that sign the databases' certificates: Amazon's roots, or the local stack's own."""
        return self.local.database_ca if self.local else Path("data/rds-root-cas.pem")


class _Reader:
    """Reads values one by one and collects what is wrong with them, each with the command that mends it."""

    def __init__(self, config: pulumi.Config) -> None:
        self.config = config
        self.problems: dict[str, str] = {}

    def refuse(self, key: str, problem: str, mend: str) -> None:
        self.problems[key] = f"{key.partition('[')[0]}: {problem}\n      pulumi config set {mend}"

    def text(self, key: str, default: str, check: Callable[[str], str | None], example: str) -> str:
        value = (self.config.get(key) or default).strip()
        if problem := check(value):
            self.refuse(key, problem, f"{key} {example}")
        return value

    def flag(self, key: str) -> bool:
        raw = self.config.get(key) or "false"
        if raw not in ("true", "false"):
            self.refuse(key, f"true or false is needed, not {raw!r}", f"{key} false")
        return raw == "true"

    def json(self, key: str, kind: type, mend: str) -> Any:
        raw = self.config.get(key)
        try:
            value = json.loads(raw) if raw else kind()
        except ValueError:
            value = raw
        if isinstance(value, kind):
            return value
        self.refuse(key, f"{'a list' if kind is list else 'an object'} is needed, not {value!r}", mend)
        return kind()

    def texts(self, key: str, check: Callable[[str], str | None], example: str) -> tuple[str, ...]:
        values = tuple(str(value).strip() for value in self.json(key, list, f"--path '{key}[0]' {example}"))
        for index, value in enumerate(values):
            if problem := check(value):
                self.refuse(f"{key}[{index}]", problem, f"--path '{key}[{index}]' {example}")
        return values

    def local(self) -> Local | None:
        """The group that `make up` writes; whole, or this is not the local stack."""
        group = self.json("local", dict, "--path local.trinoPort 8080")
        if not group:
            return None
        try:
            return Local(
                aws_endpoint=group["awsEndpoint"],
                database_ca=Path(group["databaseCa"]),
                trino_port=int(group["trinoPort"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            self.refuse("local", f"{error} is missing or malformed; `make up` writes this group", "--path local.…")
            return None


def read(config: pulumi.Config, stack: str) -> Settings:
    """The settings of `stack`. Raises SettingsError, which names all problems at once."""
    reader = _Reader(config)
    local = reader.local()

    def cidr(value: str) -> str | None:
        return checks.cidr(value, local=local is not None)

    def kube_context(value: str) -> str | None:
        return None if local else checks.kube_context(value)

    settings = Settings(
        owner=reader.text("owner", "", checks.owner, "ada"),
        region=reader.text("region", Settings.region, checks.region, Settings.region),
        allowed_account_ids=reader.texts("allowedAccountIds", checks.account, "123456789012"),
        allowed_cidrs=reader.texts("allowedCidrs", cidr, "203.0.113.7/32"),
        kube_context=reader.text(
            "kubeContext", "", lambda v: None if local else checks.kube_context(v), "kind-datamesh"
        ),
        disposable=reader.flag("disposable"),
        instance_class=reader.text("instanceClass", Settings.instance_class, checks.instance_class, "db.t3.micro"),
        local=local,
    )
    if not settings.allowed_cidrs and "allowedCidrs" not in reader.problems:
        problem = f"nobody could reach the databases; `make allow-my-ip STACK={stack}` puts your present address in"
        reader.refuse("allowedCidrs", problem, "--path 'allowedCidrs[0]' 203.0.113.7/32")
    if reader.problems:
        count = f"{len(reader.problems)} problem{'s' if len(reader.problems) > 1 else ''}"
        lines = "\n".join(f"  - {problem}" for problem in reader.problems.values())
        raise SettingsError(f"the configuration of stack '{stack}' has {count}:\n{lines}")
    return settings
