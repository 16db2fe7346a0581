"""What a command waits for is said once it takes more than a moment, and a file gets no moving line."""

import io
import sys
import threading
from collections.abc import Callable

import pytest

from client import waiting as waited
from client.waiting import say, waiting


class Stream(io.StringIO):
    """A terminal or a file that lets the test go on when something was written."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal, self.written = terminal, threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        count = super().write(text)
        if text.strip():
            self.written.set()
        return count


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Stream]:
    def make(terminal: bool) -> Stream:
        out = Stream(terminal)
        monkeypatch.setattr(waited, "MOMENT", 0.0)
        monkeypatch.setattr(sys, "stderr", out)
        return out

    return make


def test_a_terminal_gets_a_line_that_moves_and_is_gone_afterwards(stream: Callable[[bool], Stream]):
    out = stream(True)
    with waiting("Asking Trino"):
        assert out.written.wait(60)
    assert out.getvalue().startswith("\r\033[KAsking Trino: ") and out.getvalue().endswith("\r\033[K")
    assert "\n" not in out.getvalue()


def test_a_file_gets_one_line_and_nothing_that_moves_the_cursor(stream: Callable[[bool], Stream]):
    out = stream(False)
    with waiting("Asking Trino"):
        assert out.written.wait(60)
    assert out.getvalue() == "Asking Trino …\n"


def test_a_terminal_that_moves_no_cursor_is_a_file(stream: Callable[[bool], Stream], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "dumb")
    out = stream(True)
    with waiting("Asking Trino"):
        assert out.written.wait(60)
    assert "\r" not in out.getvalue() and "\033" not in out.getvalue()


def test_of_what_is_waited_for_within_another_step_only_that_step_is_told(stream: Callable[[bool], Stream]):
    out = stream(False)
    with waiting("Checking sales"), waiting("Asking Trino"):
        assert out.written.wait(60)
    assert out.getvalue() == "Checking sales …\n"


def test_a_step_that_is_over_at_once_is_not_told(monkeypatch: pytest.MonkeyPatch):
    out = Stream(False)
    monkeypatch.setattr(sys, "stderr", out)
    with waiting("Asking Trino"):
        pass
    with pytest.raises(ValueError), waiting("Asking Trino"):
        raise ValueError
    assert out.getvalue() == ""


def test_a_line_is_printed_in_the_place_of_the_one_that_moves(
    stream: Callable[[bool], Stream], capsys: pytest.CaptureFixture[str]
):
    out = stream(True)
    with waiting("Loading sales"):
        assert out.written.wait(60)
        say("a row is lost")
        say("Trino starts", out)
    assert capsys.readouterr().out == "a row is lost\n"
    assert "\r\033[KTrino starts\n" in out.getvalue()
