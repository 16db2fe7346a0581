"""dbt with dbt-trino, in a project whose folder is the working folder: `debug`, `test`, `show` and `docs generate`."""

import json
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from login import report

dbt = dbtRunner()


def run(*words: str) -> Any:
    done = dbt.invoke(["--quiet", "--log-level", "none", *words])
    messages = [each.message for each in getattr(done.result, "results", ()) if each.status in ("error", "fail")]
    if not done.success:
        raise RuntimeError(f"dbt {words[0]}: {done.exception or messages or getattr(done.result, 'errors', done)}")
    return done.result


run("debug")
checked = run("test", "--select", "source:sales")
assert len(checked.results) == 3, "dbt did not run the tests of the source"
shown = run("show", "--inline", "SELECT count(*) AS n FROM {{ source('sales', 'orders') }}")
run("docs", "generate", "--no-compile")
catalog = json.loads(Path("target/catalog.json").read_text())
report(
    tables=[each["metadata"]["name"] for each in catalog["sources"].values()],
    orders=int(shown.results[0].agate_table.rows[0][0]),
    leads=lambda: run("test", "--select", "source:marketing", "--vars", "marketing: true"),
)
