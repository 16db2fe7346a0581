"""A domain that the program no longer has goes only after its losses were named and accepted."""

from types import SimpleNamespace
from typing import Any

import pytest

from client.kept import KeptTable
from commands import removed
from mesh.contracts.kept import Kept
from mesh.contracts.model import Column, Contract, Table
from mesh.names import DomainName
from tests.unit import recording

FINANCE = {
    "identifier": "datamesh-finance-0a1b2c3d",
    "adminSecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:datamesh/finance/admin-1",
    "trinoSecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:datamesh/finance/trino-1",
    "analystRoleArn": "arn:aws:iam::1:role/datamesh-finance-analyst-1",
    "glueDatabase": "finance",
    "catalog": "finance",
    "lakePrefix": "finance/",
}
CONFIG = {key.removeprefix("datamesh:"): value for key, value in recording.CONFIG.items()}
RUNNING = SimpleNamespace(
    domains={"finance": SimpleNamespace(identifier=FINANCE["identifier"]), "sales": SimpleNamespace(identifier="x")}
)
STATE = [
    {"type": "aws:rds/instance:Instance", "outputs": {"identifier": FINANCE["identifier"], "backupRetentionPeriod": 7}},
    {"type": "aws:s3/bucket:Bucket", "outputs": {"bucket": "datamesh-datalake-ada"}},
]
OUTPUTS = {
    "domains": {"finance": FINANCE, "sales": {}},
    "lake": {"bucket": "datamesh-datalake-ada"},
    "people": {"admin": ["finance", "sales"], "ada": ["finance"], "finance-analyst": ["finance"], "sales-analyst": []},
    "readers": {"finance": ["sales"]},
}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A stack of finance and sales under a program that has sales alone; its rows and configuration can be changed."""
    state: dict[str, Any] = {
        "declared": [DomainName("sales")],
        "config": CONFIG | {"disposable": "true"},
        "rows": {"payments": 1_200},
        "resources": STATE,
        "kept": [],
        "contracts": {},
    }
    monkeypatch.setattr(removed, "read_outputs", lambda name: OUTPUTS)
    monkeypatch.setattr(removed, "parse_outputs", lambda outputs: RUNNING)
    monkeypatch.setattr(removed, "read_configuration", lambda name: state["config"])
    monkeypatch.setattr(removed, "read_resources", lambda name: state["resources"])
    monkeypatch.setattr(removed, "declared_domains", lambda folder: state["declared"])
    monkeypatch.setattr(removed, "rows", lambda stack, domain: state["rows"])
    monkeypatch.setattr(removed, "read_contracts", lambda folder, names: state["contracts"])
    monkeypatch.setattr(removed, "kept_tables", lambda stack, domain: state["kept"] if domain.identifier else [])
    return state


def test_a_domain_that_would_go_is_refused_with_all_that_is_lost(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    assert removed.main([]) == 1
    shown = capsys.readouterr().err
    for part in (
        "datamesh-finance-0a1b2c3d: payments 1,200 rows",
        "secrets datamesh/finance/admin-1 and datamesh/finance/trino-1",
        "its role datamesh-finance-analyst-1",
        "ada, finance-analyst, the analysts of sales read there",
        "s3://datamesh-datalake-ada/finance/",
        "Nothing was changed",
        "make up REMOVE=finance",
    ):
        assert part in shown, part
    assert "unprotect" not in shown


def test_it_goes_once_it_is_named_and_its_losses_are_still_shown(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    assert removed.main(["--accept", "finance"]) == 0
    assert "payments 1,200 rows" in capsys.readouterr().err


def test_a_guarded_stack_shows_how_its_guards_are_taken_off(stack: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    del stack["config"]["disposable"]
    assert removed.main(["--stack", "dev"]) == 1
    shown = capsys.readouterr().err
    assert "create-db-snapshot --db-instance-identifier datamesh-finance-0a1b2c3d" in shown
    assert "pulumi state unprotect --stack dev" in shown and "make up STACK=dev REMOVE=finance" in shown


def test_a_new_name_beside_it_is_explained(stack: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    stack["declared"] = [DomainName("money"), DomainName("sales")]
    assert removed.main([]) == 1
    assert "Is money its new name?" in capsys.readouterr().err


def test_an_update_that_removes_nothing_passes_in_silence(stack: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    stack["declared"] = [DomainName("finance"), DomainName("sales")]
    assert removed.main([]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["sales", "nobody", "finance,hr"])
def test_a_name_that_is_not_removed_is_refused(stack: dict[str, Any], name: str, capsys: pytest.CaptureFixture[str]):
    assert removed.main(["--accept", name]) == 1
    assert "which this update does not remove" in capsys.readouterr().err


def test_rows_that_cannot_be_counted_stop_the_update(
    stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(*_: Any) -> None:
        raise removed.CommandError("cannot log in to the database of finance")

    monkeypatch.setattr(removed, "rows", fails)
    assert removed.main(["--accept", "finance"]) == 1
    assert "cannot log in to the database of finance" in capsys.readouterr().err


def test_a_removal_that_was_interrupted_is_repeated_without_asking_what_it_took(
    stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    asked: list[str] = []
    monkeypatch.setattr(removed, "rows", lambda stack, domain: asked.append(domain) or {"payments": 7})
    monkeypatch.setattr(removed, "kept_tables", lambda stack, domain: [in_lake(BEFORE, domain=domain.identifier)])
    assert removed.main(["--everything"]) == 0
    assert asked == ["finance"]
    assert capsys.readouterr().err.splitlines() == [
        "With it goes the database of finance: payments 7 rows",
        "  and what the lake keeps of finance: deals 1 snapshots",
        "With it goes the database of sales: gone already",
        "  and what the lake keeps of sales: deals 1 snapshots",
    ]
    stack["resources"] = []
    monkeypatch.setattr(removed, "kept_tables", None)
    assert removed.main(["--everything"]) == 0 and removed.main(["--accept", "finance"]) == 0
    assert "its database datamesh-finance-0a1b2c3d: gone already" in capsys.readouterr().err
    assert asked == ["finance"]


def in_lake(*schemas: dict[str, int], name: str = "deals", domain: str = "sales") -> KeptTable:
    """A table of the lake whose columns once were each of these, by name with their numbers."""
    said = [{"fields": [{"name": name, "id": number} for name, number in schema.items()]} for schema in schemas]
    return KeptTable(DomainName(domain), name, "f/", {"schemas": said, "snapshots": [{}] * len(schemas)})


def deals(*columns: Column, former: tuple[str, ...] = ()) -> Contract:
    return Contract(domain="sales", tables=(Table(name="deals", columns=columns, kept=Kept(former=former)),))


def named(name: str, *before: str) -> Column:
    return Column(
        name=name, logical_type="string", physical_type="text", required=True, mask="hide", renamed_from=before
    )


BEFORE, AFTER = {"id": 1, "phone": 2}, {"id": 1, "tel": 2}


@pytest.mark.parametrize(
    ("contract", "kept", "said"),
    [
        (deals(named("id"), named("tel")), in_lake(BEFORE), ["sales.deals has a column phone in the lake"]),
        (deals(named("id"), named("tel")), in_lake(BEFORE, AFTER), ["sales.deals has a column phone in the lake"]),
        (deals(named("id"), named("tel", "phone")), in_lake(BEFORE, AFTER), []),
        (deals(named("id"), former=("phone",)), in_lake(BEFORE), []),
        (deals(named("id"), named("phone")), in_lake(BEFORE), []),
        (deals(named("id"), named("phone")), in_lake(BEFORE, {"id": 1, "phone": 3}), ["had another column phone once"]),
        (deals(named("id")), in_lake(BEFORE, name="others"), []),
    ],
)
def test_an_update_does_not_open_what_old_snapshots_keep(
    stack: dict[str, Any], contract: Contract, kept: KeptTable, said: list[str], capsys: pytest.CaptureFixture[str]
):
    stack["declared"] = [DomainName("sales"), DomainName("finance")]
    stack["contracts"] = {DomainName("sales"): contract}
    stack["kept"] = [kept]
    assert removed.main([]) == (1 if said else 0)
    shown = capsys.readouterr().err
    assert all(part in shown for part in said)
    assert ("Nothing was changed" in shown) == bool(said)


def test_a_past_that_no_contract_keeps_any_more_is_named_and_stops_nothing(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    stack["declared"] = [DomainName("sales"), DomainName("finance")]
    unkept = Contract(domain="sales", tables=(Table(name="deals", columns=(named("id"),)),))
    own = [in_lake(BEFORE, name=name) for name in ("publications", "publisher_changes_of_deals")]
    stack["contracts"] = {DomainName("sales"): unkept}
    stack["kept"] = [in_lake(BEFORE, AFTER), *own]
    assert removed.main([]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The lake has the past of sales.deals, which no contract keeps any more")
    assert "`make expire DOMAIN=sales`" in line
    stack["contracts"] = {DomainName("sales"): deals(named("id"), named("tel", "phone"))}
    assert removed.main([]) == 0 and not capsys.readouterr().err


def test_the_history_that_goes_with_a_domain_is_named(stack: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    stack["kept"] = [in_lake(BEFORE, AFTER, domain="finance")]
    assert removed.main([]) == 1
    assert "its tables in the lake, with their history: deals 2 snapshots" in capsys.readouterr().err


def test_a_configuration_that_the_program_would_refuse_stops_the_update_before_anything_moves(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    stack["config"] = stack["config"] | {"months": "0"}
    assert removed.main(["--accept=finance"]) == 1
    said = capsys.readouterr().err
    assert "months" in said and "pulumi config set months" in said and "Nothing was changed" in said
