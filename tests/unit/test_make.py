"""What is typed behind `make` is data: nothing of it is run, expanded or taken from the shell's own variables."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sample import ROOT

HOSTILE = (
    "'; touch F; echo '",
    '"; touch F; echo "',
    "$(shell touch F)",
    "`touch F`",
    "$$(touch F)",
    "a b;touch F",
    "$x",
)
RECORDER = '#!/bin/sh\nfor each in "$@"; do printf "<%s>" "$each"; done\necho\n'
TARGETS = {
    "USER": ("query", "sql", "password", "notebook", "audit"),
    "FORMAT": ("query", "audit", "guard"),
    "SCALE": ("seed",),
    "REMOVE": ("up",),
    "RECREATE": ("seed",),
    "RESET": ("seed",),
    "DOMAIN": ("load", "migration", "publish", "expire"),
    "PORT": ("publish", "history", "rollback", "expire"),
    "TO": ("rollback",),
    "AS_OF": ("query",),
    "SOURCE": ("query",),
    "TABLE": ("load", "audit"),
    "BASE": ("guard",),
    "FILE": (
        "guard",
        "load",
    ),
    "NAME": ("migration", "domain"),
    "FROM": ("domain",),
    "MINUTES": ("audit",),
    "STACK": ("cost", "preflight", "ports", "footprint", "images", "allow-my-ip", "status"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile in which every program only shows its arguments."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in (".venv/bin/python", ".venv/bin/pulumi", "quiet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\n" if name == "quiet" else RECORDER)
        (tmp_path / name).chmod(0o755)
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "env").write_text("export PATH\n")
    return tmp_path


def make(project: Path, *words: str, **environment: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", f"PYTHON={project / 'quiet'}", *words],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("variable", TARGETS)
def test_a_value_arrives_as_it_was_typed_and_runs_nothing(project: Path, variable: str, value: str) -> None:
    for target in TARGETS[variable]:
        said = make(project, target, f"{variable}={value}")
        assert f"<{value}>" in said or f"={value}>" in said, f"{target}: {said}"
        assert not (project / "F").exists(), f"make {target} {variable}={value} ran what was typed"


@pytest.mark.parametrize("value", HOSTILE)
def test_no_python_and_no_stack_that_is_typed_runs_anything(project: Path, value: str) -> None:
    make(project, "seed", f"PYTHON={value}")
    make(project, "seed", "query", "preview", f"STACK={value}")
    make(project, "seed", STACK=value, SCALE=value)
    assert not (project / "F").exists()


def test_a_whole_venv_needs_no_other_python_and_one_that_is_not_is_made_by_the_python_that_is_named(
    project: Path,
) -> None:
    assert make(project, "query").startswith("<-m><local.prepare.venv><--there>\n<-m><commands.query>")
    (project / ".venv/bin/python").write_text("#!/bin/sh\nexit 1\n")
    (project / "quiet").write_text(RECORDER)
    for target, word in (("venv", ""), ("check", "<--dev>")):
        assert make(project, target).splitlines()[1] == f"<-m><local.prepare.venv>{word}"
    (project / "quiet").write_text("#!/bin/sh\nexit 1\n")
    assert "Python 3.11 or newer is needed" in make(project, "venv")


def test_the_shells_own_variables_are_no_answers(project: Path) -> None:
    leaked = {
        name: "leaked"
        for name in (
            *("USER", "DOMAIN", "TABLE", "FILE", "FROM", "NAME", "RECREATE", "REMOVE", "RESET", "FORCE"),
            *("PORT", "TO", "AS_OF", "SOURCE", "WHOLE", "EMAIL"),
        )
    }
    leaked |= {f"ARG_{name}": "leaked" for name in leaked}
    for target in ("query", "seed", "load", "migration", "publish", "rollback", "expire", "forget", "up", "down"):
        assert "leaked" not in make(project, target, **leaked), target
    assert "Whose?" in make(project, "password", **leaked)


def test_an_empty_reset_is_passed_on_to_be_refused(project: Path) -> None:
    assert "<--reset=>" in make(project, "seed", "RESET=")
    assert "reset" not in make(project, "seed")


def test_a_dry_run_is_one_unless_it_says_no(project: Path) -> None:
    assert "<--dry-run>" in make(project, "load", "DRY_RUN=1")
    assert "<--dry-run>" in make(project, "load", DRY_RUN="1"), "whoever says it loads nothing"
    assert "dry-run" not in make(project, "load", "DRY_RUN=0")
    assert "dry-run" not in make(project, "load")


def test_a_rollback_and_an_expiry_can_be_tried_and_a_publication_can_compare_all(project: Path) -> None:
    for target in ("rollback", "expire", "forget"):
        assert "<--dry-run>" in make(project, target, "DRY_RUN=1")
        assert "dry-run" not in make(project, target, "DRY_RUN=0") + make(project, target)
    assert "<--whole>" in make(project, "publish", "WHOLE=1")
    assert "whole" not in make(project, "publish", "WHOLE=0") + make(project, "publish")


def test_a_person_to_forget_is_in_no_argument_and_is_not_whoever_is_at_the_machine(project: Path) -> None:
    said = make(project, "forget", "EMAIL=ada@example.com", EMAIL="me@example.com")
    assert "<publish><forget>" in said and "example.com" not in said
    recipe = (project / "Makefile").read_text().split("\nforget:")[1].split("\n\n")[0]
    assert "$(EMAIL" not in recipe and "$$ARG_EMAIL" not in recipe, "the command reads it from its environment"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_statement_is_in_no_argument_and_arrives_as_it_was_typed(project: Path, value: str) -> None:
    (project / ".venv/bin/python").write_text(RECORDER + 'echo "QUERY is $ARG_QUERY" >&2\n')
    said = make(project, "sql", f"QUERY={value}", QUERY="of the shell")
    assert f"QUERY is {value}\n" in said and not (project / "F").exists()
    assert value not in "".join(line for line in said.splitlines() if "commands.sql" in line)


def test_the_list_of_targets_is_in_columns_on_every_system(project: Path) -> None:
    said = make(project, "help").splitlines()
    assert "  help\tthis list" in said and any(line.startswith("  sql\tSQL in Trino's own client; ") for line in said)
    recipe = (project / "Makefile").read_text().split("\nhelp:")[1].split("\n\n")[0]
    assert "sed" not in recipe, "for \\t in a replacement, GNU's alone writes a tab"


def test_money_is_spent_on_a_question_only_when_that_is_typed(project: Path) -> None:
    assert "<--live>" in make(project, "cost", "STACK=dev", "LIVE=1")
    assert "live" not in make(project, "cost", "STACK=dev", "LIVE=0")
    assert "live" not in make(project, "cost", "STACK=dev", LIVE="1", ARG_LIVE="1")


def test_the_history_is_shown_when_that_is_typed(project: Path) -> None:
    assert "<--history>" in make(project, "contracts", "HISTORY=1")
    assert "history" not in make(project, "contracts") + make(project, "contracts", "HISTORY=0")


def test_what_is_yes_or_no_of_a_new_domain_is_passed_on_to_be_looked_at(project: Path) -> None:
    said = make(project, "domain", "ROWS=no", "PROGRAM=", "TEMPLATE=0")
    assert "<--template=0><--rows=no><--program=>" in said
    leaked = make(project, "domain", ROWS="1", ARG_ROWS="1", PROGRAM="1", TEMPLATE="1", ARG_TEMPLATE="1")
    assert not re.search(r"--(rows|program|template)", leaked)


def test_every_answer_that_a_recipe_looks_at_is_taken() -> None:
    text = (ROOT / "Makefile").read_text()
    looked_at = set(re.findall(r"(?:ARG|GIVEN)_([A-Z_]+)", text))
    (from_shell,) = re.findall(r"^FROM_SHELL := (.*)$", text, re.M)
    (typed,) = re.findall(r"foreach each,\$\(FROM_SHELL\) ([A-Z_ ]+),", text)
    assert looked_at <= {*from_shell.split(), *typed.split()}


def test_only_a_force_that_is_typed_and_not_zero_forces(project: Path) -> None:
    assert "<--force>" in make(project, "down", "FORCE=1")
    for said in (["FORCE=0"], []):
        assert "force" not in make(project, "down", *said)


def test_the_status_shows_the_servers_and_then_what_to_open(project: Path) -> None:
    said = make(project, "status")
    assert said.index("<status>") < said.index("<commands.addresses>")


def test_a_preview_of_the_local_stack_goes_through_its_filter(project: Path) -> None:
    assert "<local><preview>" in make(project, "preview")
    assert "<preview><--diff>" in make(project, "preview", "STACK=dev")


def test_what_is_only_for_the_local_stack_refuses_another(project: Path) -> None:
    assert "without STACK" in make(project, "start", "STACK=dev")
    assert "<start>" in make(project, "start")


def test_of_a_stack_elsewhere_the_status_is_what_there_is_to_open(project: Path) -> None:
    said = make(project, "status", "STACK=dev")
    assert "<commands.addresses><--stack=dev>" in said and "<local>" not in said


def test_a_stack_on_aws_is_asked_for_its_losses_before_it_is_updated(project: Path) -> None:
    lines = make(project, "up", "STACK=dev", "REMOVE=finance").splitlines()
    asked, updated = (
        next(at for at, line in enumerate(lines) if word in line) for word in ("commands.removed", "<up>")
    )
    assert asked < updated
    assert "<--stack=dev><--accept=finance>" in lines[asked]


def test_commands_keep_the_project_compiled_whatever_the_environment_says(project: Path):
    (project / ".venv/bin/python").write_text('#!/bin/sh\necho "<$PYTHONDONTWRITEBYTECODE>"\n')
    assert set(make(project, "contracts", PYTHONDONTWRITEBYTECODE="1").split()) == {"<>"}
