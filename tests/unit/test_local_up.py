"""The steps of `make up`, without any of them: which one may fail, and what comes after it."""

from contextlib import nullcontext
from unittest.mock import MagicMock

import pytest

from local import __main__ as program
from local.paths import LocalError
from local.stack import children

PARTS = "environment stackfile recover cluster damage certificates emulator listening servers parts forward prepare"


@pytest.mark.parametrize("refused", ["publish", "catalogue", None])
def test_a_port_that_is_refused_keeps_make_up_from_nothing_but_success(
    refused: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    ran: list[str] = []

    def run(command: list[str], _: object, failed: str, advice: str, **how: object) -> None:
        ran.append(command[2])
        if command[2] == refused:
            raise LocalError(f"{failed}. {advice}")

    for name in (*PARTS.split(), "_restart"):
        monkeypatch.setattr(program, name, MagicMock())
    monkeypatch.setattr(program, "alone", nullcontext)
    monkeypatch.setattr(children, "run", run)
    with pytest.raises(LocalError) if refused == "publish" else nullcontext():
        program.up()
    assert ran[-5:] == ["commands.query", "publish", "commands.contract_verdict", "catalogue", "commands.addresses"]
    said = capsys.readouterr()
    assert (f"`make {refused}` tries again" in said.out + said.err) == bool(refused)


@pytest.mark.parametrize(("refuses", "moved"), [(True, False), (False, True)])
def test_what_refuses_the_update_keeps_the_platform_where_it_is(
    refuses: bool, moved: bool, monkeypatch: pytest.MonkeyPatch
):
    done: list[str] = []

    def run(command: list[str], variables: object, failed: str, advice: str, **how: object) -> None:
        done.append(command[2])
        if refuses and command[2] == "commands.removed":
            raise LocalError(failed)

    for name in (*PARTS.split(), "_restart"):
        monkeypatch.setattr(program, name, MagicMock())
    monkeypatch.setattr(program, "alone", nullcontext)
    monkeypatch.setattr(program.cluster, "leave", lambda way: done.append("leave"))
    monkeypatch.setattr(program.emulator, "start", lambda *where: done.append("listens elsewhere"))
    monkeypatch.setattr(program.recover, "operations", lambda way: done.append("recovered"))
    monkeypatch.setattr(children, "run", run)
    with pytest.raises(LocalError, match="did not begin") if refuses else nullcontext():
        program.up(kube_context="")
    assert done[:2] == ["recovered", "commands.removed"], "a database whose deletion was killed cannot be asked"
    assert done[2:4] == (["leave", "listens elsewhere"] if moved else [])
