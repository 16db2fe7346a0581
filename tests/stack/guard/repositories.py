"""Real git repositories with the sample's domains, in which a branch changes something."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from guard import judge
from guard.files import read
from guard.findings import Level, Verdict
from guard.judge import Tools
from guard.sides import check_out
from tests.sample import DOMAINS_FOLDER, ROOT

TODAY = date(2027, 1, 15)
_IDENTITY = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false")

PORT = {"domain": "marketing", "until": "2027-06-30", "rowFilter": "total_orders > 0"}
KEPT = {
    "queries/orders_by_day.sql": "SELECT CAST(ordered_at AS date) AS day, count(*) AS orders\n"
    "FROM sales.public.orders GROUP BY 1;\n",
    "queries/events.sql": "SELECT event_type, count(*) AS n FROM lake.events.customer_events GROUP BY event_type\n",
    "queries/recent.sql": "SELECT max(ordered_at) < now() AS past, now() AS asked, random() AS dice "
    "FROM sales.public.orders\n",
    "queries/sales/largest.sql": "SELECT customer_id, max(total_amount) AS largest FROM orders GROUP BY customer_id\n",
    "queries/trinos_own.sql": "SELECT approx_percentile(revenue, 0.5) AS middle FROM sales.public.customer_revenue\n",
}
"""Queries that somebody keeps, one that the clock answers and one in words that PostgreSQL does not have among them."""


Contract = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A change that is planted: in a contract as data, in texts, in files that are written anew or removed."""

    contract: Callable[[Contract], object] | None = None
    of: str = "sales"
    edits: tuple[tuple[str, str, str], ...] = ()
    """File, and what in it is replaced by what."""
    files: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()

    def plant(self, repository: Path) -> None:
        if self.contract:
            path = repository / "domains" / self.of / "contract.yaml"
            data = yaml.safe_load(path.read_text())
            self.contract(data)
            path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
        for name, old, new in self.edits:
            path = repository / name
            text = path.read_text()
            assert old in text, f"{name} no longer has what this test changes: {old}"
            path.write_text(text.replace(old, new))
        for name, text in self.files:
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_text(text)
        for name in self.removed:
            path = repository / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def table(contract: Contract, name: str) -> dict[str, Any]:
    return next(each for each in contract["schema"] if each["name"] == name)


def column(contract: Contract, place: str) -> dict[str, Any]:
    of, _, name = place.partition(".")
    return next(each for each in table(contract, of)["properties"] if each["name"] == name)


def publish(contract: Contract, name: str, *entries: object) -> None:
    table(contract, name)["customProperties"] = [{"property": "publishedTo", "value": list(entries)}]


def git(repository: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", repository, *_IDENTITY, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {words}: {done.stderr}"
    return done.stdout.strip()


def commit(repository: Path, message: str) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", message)


def first(repository: Path) -> Path:
    """A repository with one commit on main: two domains, of which sales publishes rows until a day, and queries."""
    shutil.copytree(DOMAINS_FOLDER, repository / "domains")
    shutil.copytree(ROOT / "examples", repository / "examples", ignore=shutil.ignore_patterns("*.py", "*.ipynb", "_*"))
    Change(lambda sales: publish(sales, "customer_revenue", PORT), files=tuple(KEPT.items())).plant(repository)
    git(repository.parent, "init", "-q", "-b", "main", str(repository))
    commit(repository, "Two domains")
    return repository


def clone(repository: Path, folder: Path) -> Path:
    git(folder.parent, "clone", "-q", str(repository), str(folder))
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def judged(repository: Path, scratch: Path, tools: Tools, base: str = "main") -> dict[str, Verdict]:
    """What the guard says of a repository's work tree, by domain."""
    side = check_out(repository, base, scratch)
    verdicts = judge.compare(read(side.folder), read(repository), base, tools, TODAY)
    return {verdict.domain: verdict for verdict in verdicts}


def lines(verdicts: dict[str, Verdict], level: Level) -> list[str]:
    return [f"{name}: {finding.check}: {finding.text}" for name, each in verdicts.items() for finding in each.at(level)]
