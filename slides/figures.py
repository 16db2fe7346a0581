"""The figures of the slides: of the configuration, the contracts, the price table and the pinned versions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mesh import images
from mesh.contracts.model import Contract
from mesh.cost import report
from mesh.cost.estimate import SEED, SEED_WITHOUT_EC2, Estimate, estimate
from mesh.engine import ENGINE_VERSION
from mesh.names import DomainName, bucket
from mesh.settings import Settings

PACKAGES = ("pulumi", "pulumi-aws", "pulumi-kubernetes", "open-data-contract-standard", "pyarrow")
"""Those of requirements.txt whose versions the slides show."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """A domain and its database."""

    domain: str
    database: str
    tables: int
    published: int
    """How many of them other domains may read."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the estimate over the whole project, in USD."""

    key: str
    usd: float
    share: float
    """Of the longer of budget and total, in percent."""
    start: float
    """Where its bar begins, in the same percent."""


@dataclass(frozen=True, kw_only=True)
class Deck:
    """Everything that the slides show."""

    stack: str
    region: str
    bucket: str
    databases: tuple[Database, ...]
    instance_class: str
    storage: int
    """GiB of disk a database."""
    lake: int
    """GiB in the lake."""
    alarms: int
    workers: int
    versions: Mapping[str, str]
    """By the name of what they are of: `trino`, `pulumi-aws`, …"""
    months: int
    budget: float
    total: float
    monthly: float
    parts: tuple[Part, ...]
    at_most: float
    """USD a month on top, if all databases run hot all month."""
    cheaper: tuple[tuple[str, float], ...]
    """The command of each cheaper choice, and what it saves over the project."""
    seed: float
    seed_without: float
    """The seed document's configuration at the prices of the table, with its EC2 machine and without."""

    @property
    def rest(self) -> float:
        """What remains of the budget; negative when it is exceeded."""
        return self.budget - self.total

    @property
    def limit(self) -> float:
        """Where the budget ends on the bar, in percent."""
        return 100 * self.budget / max(self.budget, self.total)


def deck(
    stack: str,
    settings: Settings,
    contracts: Mapping[DomainName, Contract],
    estimated: Estimate,
    pins: Mapping[str, str],
    *,
    owner: str | None,
) -> Deck:
    """The figures of a stack. `owner` is None where the configuration does not say it yet; `pins` has PACKAGES."""
    usage = estimated.usage
    return Deck(
        stack=stack,
        region=settings.region,
        bucket=bucket(owner or "<owner>"),
        databases=tuple(_database(domain, contract) for domain, contract in contracts.items()),
        instance_class=usage.instance_class,
        storage=usage.storage,
        lake=int(usage.lake),
        alarms=usage.alarms,
        workers=settings.trino.workers,
        versions={name: pins[name] for name in PACKAGES} | _servers(),
        months=usage.months,
        budget=settings.budget_usd,
        total=estimated.total,
        monthly=estimated.monthly,
        parts=parts(estimated, settings.budget_usd),
        at_most=estimated.at_most[0].monthly,
        cheaper=tuple((choice.how, choice.saves) for choice in report.cheaper(estimated)),
        seed=estimate(SEED).total,
        seed_without=estimate(SEED_WITHOUT_EC2).total,
    )


def _database(domain: DomainName, contract: Contract) -> Database:
    return Database(
        domain=str(domain),
        database=domain.database,
        tables=len(contract.tables),
        published=sum(bool(table.published) for table in contract.tables),
    )


def _servers() -> dict[str, str]:
    versions = {
        image.partition(":")[0]: image.partition(":")[2] for image in (images.TRINO, images.GRAFANA, images.HUB)
    }
    return {
        "postgresql": ENGINE_VERSION,
        "trino": versions["trinodb/trino"],
        "grafana": versions["grafana/grafana"],
        "jupyterhub": versions["datamesh/hub"].partition("-")[0],
    }


_KINDS = {
    r"\d+ databases": "databases",
    "their disks": "disks",
    "their public addresses": "addresses",
    "secrets": "secrets",
    "lake": "lake",
    "workbench|its ": "workbench",
    "alarms|dashboards|a dashboard|logs": "watch",
    "transfer": "transfer",
}
"""How the lines of an estimate begin, and the part that they belong to."""
KINDS = tuple(_KINDS.values())


def parts(estimated: Estimate, budget: float) -> tuple[Part, ...]:
    """The estimate in the parts of one bar, without those that cost nothing; every line is in one of them."""
    sums = dict.fromkeys(KINDS, 0.0)
    for line in estimated.lines:
        sums[next(kind for beginning, kind in _KINDS.items() if re.match(beginning, line.what))] += line.total
    longest, found, start = max(budget, estimated.total), [], 0.0
    for key, usd in sums.items():
        if usd > 0:
            found.append(Part(key=key, usd=usd, start=start, share=100 * usd / longest))
            start += found[-1].share
    return tuple(found)


def pins(requirements: str) -> dict[str, str]:
    """The version of each package in a text of pinned requirements, by its name."""
    return dict(re.findall(r"^([\w-]+)==(\S+)$", requirements, re.MULTILINE))
