"""The page of a running mesh as a command: what attacks it, what it lacks, who reads it, what it tells to type."""

from html import unescape
from pathlib import Path

from catalogue.page import render
from tests.stack.access_matrix import OWN
from tests.stack.checkout import Checkout, Door
from tests.stack.collected import changed, collected, owner, product, sample, texts

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


def test_a_query_of_a_person_that_crosses_domains_is_there_without_its_text(mesh: Checkout, door: Door, tmp_path: Path):
    secret = "nobody@example.org"
    query = (
        "SELECT count(*) FROM sales.public.orders o CROSS JOIN lake.events.customer_events e "
        f"CROSS JOIN marketing.public.leads l WHERE l.email = '{secret}'"
    )
    door.rows("both", query)
    wanted = ("events.customer_events", "marketing.leads", "sales.orders")
    while True:  # the log is written when the query has ended, a moment after its answer
        made = collected(mesh, tmp_path / "pickled")
        found = [each for each in made.queries if each.kind == "log" and each.reads == wanted]
        if found:
            break
    assert found[0].name == "both" and found[0].asked == 1
    assert secret not in render(made)


def test_a_hostile_value_is_text_on_the_page(mesh: Checkout, tmp_path: Path):
    value = HOSTILE.replace("'", "''")
    before = owner(mesh, "marketing", "SELECT campaign_name FROM campaigns WHERE campaign_id = 1")
    change = "UPDATE campaigns SET campaign_name = '{}' WHERE campaign_id = 1"
    with changed(mesh, "marketing", change.format(value), change.format(before)):
        made = collected(mesh, tmp_path / "pickled")
    page = render(made)
    assert HOSTILE in texts(sample(made, "marketing.campaigns", "owner"))
    assert HOSTILE in [name for chart in made.charts for name, _ in chart.rows]
    assert HOSTILE not in page and "<script>alert(1)" not in page and HOSTILE in unescape(page)


def test_what_is_not_there_is_named_on_the_page_and_the_command_fails(mesh: Checkout):
    page = mesh.local / "catalogue.html"
    page.unlink(missing_ok=True)
    with changed(mesh, OWN, "ALTER TABLE receipts RENAME TO gone", "ALTER TABLE gone RENAME TO receipts"):
        done = mesh.command("make", "VENV=:", "catalogue")
        assert done.returncode and f"catalogue: {OWN}.receipts: the database does not have it" in done.stderr
        assert "Traceback" not in done.stderr
        shown = page.read_text(encoding="utf-8")
    assert f"{OWN}.receipts" in shown and "sales.customers" in shown, "the rest of the page is whole"
    assert done.stdout.strip() == str(page)


def test_the_page_is_private_is_kept_while_nothing_changes_and_opens_in_the_browser(
    mesh: Checkout, tmp_path: Path, secrets: set[str]
):
    assert mesh.command("make", "VENV=:", "catalogue").returncode == 0
    page = mesh.local / "catalogue.html"
    assert page.stat().st_mode & 0o777 == 0o600 and not list(mesh.local.glob(".catalogue.html.*"))
    assert not [secret for secret in secrets if secret in page.read_text(encoding="utf-8")]
    first = page.stat().st_ino
    assert mesh.python("-m", "catalogue", "--keep").stdout == "" and page.stat().st_ino == first
    contract = mesh.folder / "domains" / OWN / "contract.yaml"
    text = contract.read_text()
    try:
        contract.write_text(text.replace("What was paid.", "What was paid, and when."))
        mesh.must(".venv/bin/python", "-m", "catalogue", "--keep")
        assert "What was paid, and when." in page.read_text(encoding="utf-8") and page.stat().st_ino != first
    finally:
        contract.write_text(text)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    opened = mesh.command("make", "VENV=:", "open", env={"BROWSER": str(browser)})
    assert opened.returncode == 0 and opened.stdout.strip() == str(page), opened.stderr
    assert (tmp_path / "opened").read_text().strip() == page.as_uri()
    missing = mesh.command("make", "VENV=:", "open", "STACK=dev")
    assert missing.returncode and "Type: make catalogue STACK=dev" in missing.stderr


def test_the_ways_to_connect_work_as_they_stand(mesh: Checkout, tmp_path: Path, door: Door):
    catalogue = collected(mesh, tmp_path / "pickled")
    ways = {way.tool: way.text for way in catalogue.connections}
    for command in (ways["certificate"], ways["password"]):
        done = mesh.command("sh", "-c", command.replace("make ", "make -s VENV=: "))
        assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == door.passwords[catalogue.person]
    env = {"TRINO_PASSWORD": door.passwords[catalogue.person]}
    done = mesh.python("-c", ways["python"], env=env)
    first = product(catalogue, catalogue.domains[0].products[0].id)
    assert done.stdout.strip() == f"[[{first.rows}]]", done.stderr
    assert catalogue.address in ways["jdbc"] and catalogue.address in ways["cli"]
