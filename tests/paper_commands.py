"""What papers tell people to type, and where each runs: on the shared mesh, in another test, or why nowhere."""

import re

from tests.papers import CHANGES, PAPERS, commands, name

RUNS = {
    "make audit": "sales-analyst",
    "make authority": "BEGIN CERTIFICATE",
    "make authority > trino-ca.pem": "",
    "make catalogue": "catalogue.html",
    "make contracts": "checks passed",
    "make contracts HISTORY=1": "",
    "make cost": "USD",
    "make drill DOMAIN=sales": "every table is as it was",
    "make expire": "no publication is older than 30 days",
    "make footprint": "memory",
    "make history PORT=sales.customer_revenue": "snapshot",
    "make password USER=sales-analyst": "",
    "make preview": "unchanged",
    "make publish": "sales.customer_revenue: ",
    "make publish WHOLE=1": "sales.customer_revenue: unchanged",
    "make query": "419.99",
    "make query SOURCE=lake": "From the lake: sales.customer_revenue is of",
    "make query USER=marketing-analyst": "419.99",
    "make seed": "Trino reads the same rows",
    "make start": "Every server runs already",
    "make status": "trino-coordinator",
    "pulumi preview --diff": "unchanged",
    "pulumi stack export": "datamesh:components:Domain",
    "pulumi stack output": "domains",
    "pulumi stack output domains": "datamesh-sales",
    "pulumi stack output trino": "https://127.0.0.1",
    "python -m commands.addresses": "the page of the mesh",
    "python -m commands.query": "419.99",
    "python -m examples.connect": "4. Trino: the lake's table",
    "python -m examples.connect --as sales-analyst": "refused",
    "python -m seed": "Trino reads the same rows",
}
"""What is run on the shared mesh, and what it must say."""

ELSEWHERE = {
    "make": "unit/test_make.py",
    "make check": "it runs before this test does, in .ci/run",
    "make domain NAME=finance FROM=invoices.csv": "stack/domain/test_domain_from_files.py",
    "make domain NAME=finance FROM='invoices.csv,suppliers.csv.gz,/data/my folder'": (
        "stack/domain/test_domain_from_files.py"
    ),
    "make domain NAME=finance FROM=postgresql://ada@books.example/books SCHEMA=accounting": (
        "stack/domain/test_domain_from_database.py"
    ),
    "make domain NAME=finance TEMPLATE=1": "stack/domain/test_domain_from_files.py",
    "make down": "stack/test_zz_life.py",
    "make down FORCE=1": "what the tests' own mesh ends with when `make down` fails",
    "make forget": "stack/test_forget.py",
    "make forget EMAIL=ada@example.com": "stack/test_forget.py",
    "make guard": "stack/guard/test_guard.py",
    "make guard BASE=main": "stack/guard/test_guard.py",
    "make guard BASE=origin/main FORMAT=junit FILE=guard.xml": "stack/guard/test_guard.py",
    "python -m guard": "stack/guard/test_guard.py",
    "make load": "stack/seed/test_load.py",
    "make load DOMAIN=sales TABLE=orders FILE=orders.csv": "stack/seed/test_load.py",
    "make load DOMAIN=sales TABLE=orders FILE=orders.csv DRY_RUN=1": "stack/seed/test_load.py",
    "make migration DOMAIN=sales NAME=add_currency": "stack/seed/test_drafts.py",
    "make notebook": "stack/test_notebook.py",
    "make notebook USER=sales-analyst": "stack/test_notebook.py",
    "make open": "stack/test_catalogue_page.py",
    "make password": "a name of the command, without its words",
    "make password USER=ada": "as for sales-analyst, once ada is configured",
    "make preflight": "unit/test_preflight.py",
    "make preview STACK=dev-check": "engine/test_dry_run.py",
    "make query AS_OF=\"2026-12-01 09:00\"": "stack/test_lake_answers.py",
    "make history": "a name of the command, without its words",
    "make rollback": "a name of the command, without its words",
    "make rollback PORT=sales.customer_revenue TO=\"2026-12-01 09:00\"": "stack/test_lake_answers.py",
    "python -m publish": "a name of the command, without its words",
    "python -m publish publish": "stack/test_lake_answers.py",
    "make query USER=sales-analyst": "stack/test_paper_commands.py",
    "make seed RECREATE=sales": "stack/seed/test_owned_rows.py",
    "make seed RESET=sales": "stack/seed/test_owned_rows.py",
    "make sql": "stack/test_paper_clients.py",
    "make sql USER=sales-analyst": "stack/test_paper_clients.py",
    "make test": "it is what runs this test",
    "make test-browser": "it runs in .ci/run",
    "make up": "stack/test_mesh.py",
    "make up KUBE_CONTEXT=": "cluster/test_removal.py",
    "make up KUBE_CONTEXT=kind-datamesh": "cluster/test_apply.py",
    "make up KUBE_CONTEXT=office HOST_ADDRESS=172.18.0.1": "cluster/conftest.py",
    "make up PYTHON=/path/to/python3.12": "unit/test_make.py",
    "make up REMOVE=finance": "unit/test_removed.py",
    "make slides": "unit/test_slides.py",
    "make slides STACK=local": "unit/test_slides.py",
    "make bench": "a measurement of minutes, by hand",
    "python -m bench --first-start": "a measurement of minutes, by hand",
    "python -m bench.program 2 20": "a measurement of minutes, by hand",
    "python -m bench.fuzz_contracts": "a measurement of minutes, by hand",
    "python -m bench.fuzz_configuration": "a measurement of minutes, by hand",
    "python -m bench.many_domains 40 41 --set acceptCost=true": "a measurement of minutes, by hand",
    "python -m catalogue --keep": "stack/test_catalogue_page.py",
    "python -m commands.contract_verdict": "a name of the command, without its words",
    "python -m slides": "unit/test_slides.py",
    "trino --server https://127.0.0.1:PORT --truststore-path trino-ca.pem --user sales-analyst --password":
        "stack/test_paper_clients.py",
    ". .local/env && python -m bench.federated": "a measurement of minutes, by hand",
    ". .local/env && python -m bench.stored": "a measurement of minutes, by hand",
    "python -m bench.load_rows": "a measurement of minutes, by hand",
    ". .local/env && python -m bench.hybrid": "a measurement of minutes, by hand",
    ". .local/env && python -m bench.lake": "a measurement of minutes, by hand",
    ". .local/env && python -m bench.load": "a measurement of minutes, by hand",
}  # fmt: skip
"""Where else under tests a command runs, or why it runs nowhere."""
TUTORIALS = ("docs/tutorial.md", "docs/tutorial.fr.md")
"""Their blocks run in test_zy_tutorial.py."""
NEEDS_A_CLUSTER = {
    "make images", "make ports", "make test-cluster", "make test-cluster KUBECONFIG=/path/to/kubeconfig",
    "make test-cluster KUBECONFIG=…",
}  # fmt: skip


def all_commands() -> set[str]:
    return {
        each
        for paper in PAPERS
        if paper != CHANGES and name(paper) not in TUTORIALS
        for each in commands(paper.read_text(encoding="utf-8"))
    }


def needs_aws(command: str) -> bool:
    """Whether it is for a stack on AWS, or changes the one that is selected."""
    changes = r"pulumi (up|destroy|cancel|login|preview|config|stack init|state)\b"
    return bool(re.search(rf"STACK=dev\b|{changes}", command)) and command not in RUNS
