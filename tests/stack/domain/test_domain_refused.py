"""What `make domain` refuses, and what a run that is killed leaves."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import domain as command
from tests.sample import ROOT, program
from tests.stack.domain.told import Make, untouched

PATIENCE = 60
"""Seconds until something that should have come long ago is missed."""


BAD = {
    "a reserved name": (["--name=events", "--template=1"], "NAME=events cannot be"),
    "no name": (["--template=1"], "NAME is missing"),
    "neither rows nor template": (["--name=finance"], "FROM is missing"),
    "both": (["--name=finance", "--from=x.csv", "--template=1"], "both given"),
    "rows of a template": (["--name=finance", "--template=1", "--rows=0"], "ROWS is of rows that are there"),
    "a schema of a template": (["--name=finance", "--template=1", "--schema=a"], "SCHEMA is of rows that are there"),
    "a pipe": (["--name=finance", "--from=pipe.csv"], "pipe.csv is no regular file"),
    "too many columns": (["--name=finance", "--from=wide.csv"], "has 1,600 columns; a table has 1,599 at most"),
    "no file": (["--name=finance", "--from=/nowhere/x.csv"], "no file /nowhere/x.csv"),
    "a schema of files": (["--name=finance", "--from=good.csv", "--schema=a"], "SCHEMA is of a database"),
    "nobody there": (["--name=finance", "--from=postgresql://me@/x?host=/nowhere"], "cannot connect"),
    "semicolons": (["--name=finance", "--from=semicolons.csv"], 'delimiter=";"'),
    "records of other lengths": (["--name=finance", "--from=ragged.csv"], "ragged.csv, line 3: has 1 fields"),
    "no UTF-8": (["--name=finance", "--from=latin.csv"], "iconv"),
    "a spreadsheet": (["--name=finance", "--from=book.xlsx"], "is a spreadsheet: save it as CSV"),
    "two files of one name": (["--name=finance", "--from=good.csv,Good!.csv"], "would both be the table good"),
    "an empty file": (["--name=finance", "--from=empty.csv"], "is empty"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_one_message_and_nothing_is_written(
    project: Path,
    tmp_path: Path,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    files = {
        "good": b"a\n1\n",
        "Good!": b"a\n1\n",
        "semicolons": b"a;b\n1;2\n",
        "ragged": b"a,b\n1,2\n1\n",
        "empty": b"",
        "wide": ",".join(f"c{at}" for at in range(1_600)).encode() + b"\n" + b"1," * 1_599 + b"1\n",
    }
    for name, content in (files | {"latin": b"a,b\n1,caf\xe9\n"}).items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    assert command.main(arguments) == 1
    assert said in capsys.readouterr().err
    assert untouched(project)


def test_a_second_run_and_an_own_folder_change_nothing(make: Make, project: Path, capsys: pytest.CaptureFixture[str]):
    make("--template=1")
    (project / "domains/finance/schema.sql").write_text("-- mine")
    before = (project / "__main__.py").read_text()
    assert command.main(["--name=finance", "--template=1"]) == 1
    assert "domains/finance is there already" in capsys.readouterr().err
    assert (project / "domains/finance/schema.sql").read_text() == "-- mine"
    assert (project / "__main__.py").read_text() == before


def test_a_line_that_is_there_is_refused_unless_the_program_is_to_be_left_alone(
    make: Make, project: Path, capsys: pytest.CaptureFixture[str]
):
    text = program(["sales", "finance"])
    (project / "__main__.py").write_text(text)
    assert command.main(["--name=finance", "--template=1"]) == 1
    assert "PROGRAM=0" in capsys.readouterr().err
    make("--template=1", "--program=0")
    assert (project / "__main__.py").read_text() == text


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for temporary files, short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="d-") as folder:
        Path(folder).chmod(0o1777)  # as /tmp: where root runs the tests, nobody runs the server
        yield Path(folder)


KILLED = """
import sys
from pathlib import Path
import commands.domain as command
from scaffold import write
command.PROJECT = Path(sys.argv[1])
def stop(*_arguments, **_named):
    print("here", flush=True)
    sys.stdin.read()
setattr({where}, "{name}", stop)
sys.exit(command.main(["--name=finance", "--template=1"]))
"""


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("command", "keep_promises"),
        ("command", "check_as_the_seed_does"),
        ("command", "finish"),
        ("write.shutil", "copymode"),
    ],
)
def test_a_run_that_is_killed_leaves_nothing_half_and_the_next_one_tidies_up(
    project: Path, place: Path, where: str, name: str, capsys: pytest.CaptureFixture[str]
):
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(where=where, name=name), str(project)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    while (line := child.stdout.readline()) != "here\n":
        assert line, "it should have come so far"
    child.send_signal(signal.SIGKILL)
    child.wait()
    end = time.monotonic() + PATIENCE
    while any(place.iterdir()):
        assert time.monotonic() < end, "the server should have ended with the run that started it"
        time.sleep(0.05)
    assert (project / "__main__.py").read_text() == program()
    whole = name == "copymode"
    made = project / "domains/finance"
    assert [path.name for path in (project / "domains").iterdir()] == (["finance"] if whole else [])
    assert command.main(["--name=finance", "--template=1"]) == (1 if whole else 0)
    assert {path.name for path in made.iterdir()} == {"contract.yaml", "invoices.csv", "schema.sql", "suppliers.csv"}
    if whole:
        assert 'Domain("finance", surroundings, on_aws),' in capsys.readouterr().err
    else:
        assert not list(project.glob(".domain-*"))
