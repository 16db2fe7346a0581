"""The steps of `make up`, without any of them: which one may fail, and what comes after it."""

from contextlib import nullcontext
from unittest.mock import MagicMock

import pytest

from local import __main__ as program
from local.paths import LocalError
from local.stack import children


@pytest.mark.parametrize("refused", ["publish", "catalogue", None])
def test_a_port_that_is_refused_keeps_make_up_from_nothing_but_success(
    refused: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    ran: list[str] = []

    def run(command: list[str], _: object, failed: str, advice: str, **how: object) -> None:
        ran.append(command[2])
        if command[2] == refused:
            raise LocalError(f"{failed}. {advice}")

    parts = "environment stackfile recover cluster damage certificates emulator listening servers parts forward prepare"
    for name in (*parts.split(), "_restart"):
        monkeypatch.setattr(program, name, MagicMock())
    monkeypatch.setattr(program, "alone", nullcontext)
    monkeypatch.setattr(children, "run", run)
    with pytest.raises(LocalError) if refused == "publish" else nullcontext():
        program.up()
    assert ran[-4:] == ["commands.query", "commands.contract_verdict", "catalogue", "commands.addresses"]
    said = capsys.readouterr()
    assert (f"`make {refused}` tries again" in said.out + said.err) == bool(refused)
