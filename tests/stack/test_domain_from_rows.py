"""`make domain` on real PostgreSQL: from files of rows to a folder that the seed takes, in a copy of the project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from commands import domain as command
from mesh.contracts.model import Contract
from mesh.contracts.read import parse
from mesh.names import DomainName
from tests.sample import DOMAINS_FOLDER, NAMES, program
from tests.stack.peoples_files import EVERY

Make = Callable[..., Contract]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the program and no domain."""
    folder = tmp_path / "project"
    (folder / "domains").mkdir(parents=True)
    (folder / "__main__.py").write_text(program())
    monkeypatch.setattr(command, "PROJECT", folder)
    return folder


@pytest.fixture
def make(project: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """Make the domain `finance`; its contract."""

    def made(*arguments: object) -> Contract:
        status = command.main(["--name=finance", *map(str, arguments)])
        assert status == 0, capsys.readouterr().err
        text = (project / "domains" / "finance" / "contract.yaml").read_text()
        return parse(text, "finance", [DomainName("finance")], "contract.yaml")

    return made


def test_a_template_is_a_domain_with_rows_and_a_port(make: Make, project: Path):
    contract = make("--template")
    assert [(table.name, table.kind) for table in contract.tables] == [
        ("suppliers", "table"),
        ("invoices", "table"),
        ("supplier_invoices", "view"),
    ]
    assert '    Domain("finance", surroundings, on_aws),\n' in (project / "__main__.py").read_text()
    assert {path.name for path in (project / "domains/finance").iterdir()} == {
        *("schema.sql", "contract.yaml", "suppliers.csv", "invoices.csv")
    }
    assert not list(project.glob(".domain-*"))


@pytest.mark.parametrize("domain", ["sales", "marketing"])
def test_the_sample_is_rebuilt_from_its_own_rows(make: Make, domain: str):
    made = make("--from", DOMAINS_FOLDER / domain)
    text = (DOMAINS_FOLDER / domain / "contract.yaml").read_text()
    sample = parse(text, domain, NAMES, "contract.yaml")

    def told(contract: Contract) -> dict:
        return {
            f"{table.name}.{column.name}": (
                "text" if column.physical_type.startswith("varchar") else column.physical_type,
                *(column.logical_type, column.required, column.mask, column.references, column.name in table.key),
            )
            for table in contract.tables
            if table.kind == "table"
            for column in table.columns
        }

    assert told(made) == told(sample)


def told_of(contract: Contract) -> dict[str, str]:
    """The columns of a contract's tables, each in the words of `peoples_files`."""
    return {
        f"{table.name}.{column.name}": " ".join(
            filter(
                None,
                (
                    column.physical_type.removesuffix(" precision"),
                    "key" if column.name in table.key else "",
                    "" if column.required else "?",
                    column.mask,
                    f"-> {column.references[0]}" if column.references else "",
                    "enum" if column.allowed else "",
                ),
            )
        )
        for table in contract.tables
        if table.kind == "table"
        for column in table.columns
    }


@pytest.mark.parametrize("name", EVERY)
def test_files_as_people_have_them_become_a_domain(
    make: Make, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "a folder, with a comma"
    folder.mkdir()
    for file, text in EVERY[name].files.items():
        (folder / file).write_text(text)
    contract = make("--from", folder)
    said = capsys.readouterr().out
    assert told_of(contract) == EVERY[name].columns
    assert tuple(table.name for table in contract.tables if table.kind == "view") == EVERY[name].ports
    assert all(each in said for each in EVERY[name].said), said
