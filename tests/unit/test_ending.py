"""A polite kill and a closed terminal: a command gives back what it holds, and says so in one line."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from client.command import run
from client.ending import Ended, politely
from commands import cost, footprint, images, preflight
from local.stack import children
from tests.sample import ROOT

COMMAND = """
import sys, time
from pathlib import Path
from client.command import run

def action():
    try:
        print("ready", flush=True)
        time.sleep(1000)
    finally:
        print("giving back", flush=True)
        if len(sys.argv) > 2:
            sys.stdin.readline()
        Path(sys.argv[1]).write_text("given back")

sys.exit(run("test", action, "interrupted; type the same again"))
"""


ELSEWHERE = ("local", "bench", "pytest", "tests")
"""What has its own way to end, or holds nothing of the stack."""


@pytest.fixture(autouse=True)
def from_a_terminal() -> Iterator[None]:
    """Tests that run under nohup, or in the background, ignore these signals, and so would what they start."""
    before = {each: signal.getsignal(each) for each in (signal.SIGHUP, signal.SIGINT)}
    for each in before:
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)
    yield
    for each, handler in before.items():
        signal.signal(each, handler or signal.SIG_DFL)


def start(folder: Path, *more: str, wrapper: Sequence[str] = ()) -> subprocess.Popen[str]:
    words = [*wrapper, sys.executable, "-c", COMMAND, str(folder / "given"), *more]
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_what_a_command_holds_is_given_back_before_it_ends(sign: signal.Signals, tmp_path: Path):
    process = start(tmp_path)
    process.send_signal(sign)
    _, said = process.communicate(timeout=60)
    assert (tmp_path / "given").read_text() == "given back"
    assert said == f"test: interrupted; type the same again ({sign.name})\n" and process.returncode == 128 + sign


def test_a_second_signal_does_not_end_the_ending(tmp_path: Path):
    process = start(tmp_path, "wait")
    process.send_signal(signal.SIGTERM)
    assert process.stdout and process.stdout.readline() == "giving back\n"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate("\n", timeout=60)
    assert (tmp_path / "given").exists() and process.returncode == 143


def line(leader: int) -> bytes:
    """The first line that a terminal shows, whole: Python without buffers writes its end by itself."""
    shown = b""
    while not shown.endswith(b"\n"):
        shown += os.read(leader, 100)
    return shown.strip()


def test_a_terminal_that_is_gone_takes_no_word_and_stops_nothing(tmp_path: Path):
    leader, follower = os.openpty()
    words = [sys.executable, "-c", COMMAND, str(tmp_path / "given")]
    process = subprocess.Popen(
        words, cwd=ROOT, start_new_session=True, stdin=follower, stdout=follower, stderr=follower
    )
    os.close(follower)
    assert line(leader) == b"ready"
    os.close(leader)
    process.send_signal(signal.SIGHUP)  # the system's own goes to whom the terminal controls
    assert process.wait(timeout=60) == 129 and (tmp_path / "given").exists()


STEP = """
import signal, sys, time
from pathlib import Path
folder = Path(sys.argv[1])

def end(*_):
    (folder / "ending").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    (folder / "ended").touch()
    sys.exit(1)

signal.signal(signal.SIGINT, end)
signal.alarm(60)  # whoever is left alone ends too
print("ready", flush=True)
signal.pause()
"""
STACK = """
import sys
from local.stack import children
with children.interruptible():
    children.run([sys.executable, "-c", *sys.argv[1:]], {}, "failed", "again", show=lambda lines: lines)
"""


def test_make_up_lets_its_step_end_cleanly_when_the_terminal_is_gone_and_its_shell_says_so_too(tmp_path: Path):
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", STACK, STEP, str(tmp_path)],
        cwd=ROOT, start_new_session=True, stdin=follower, stdout=follower, stderr=follower,
    )  # fmt: skip
    os.close(follower)
    assert line(leader) == b"ready"
    os.close(leader)
    process.send_signal(signal.SIGHUP)
    while not (tmp_path / "ending").exists():
        assert process.poll() is None, "the step was left alone"
        time.sleep(0.02)
    process.send_signal(signal.SIGHUP)
    (tmp_path / "go").touch()
    process.wait(timeout=60)
    assert (tmp_path / "ended").exists(), "the step was killed"


def test_what_nohup_started_goes_on_when_the_terminal_is_gone(tmp_path: Path):
    process = start(tmp_path, wrapper=["nohup"])
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert "(SIGTERM)" in said and process.returncode == 143


def test_nohup_holds_for_make_up_too():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with children.interruptible():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_handlers_of_before_are_back_afterwards_and_other_threads_set_none():
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    with pytest.raises(Ended), politely():
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("it went on")
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(run("test", lambda: 7)))
    thread.start()
    thread.join()
    assert seen == [7] and before == {each: signal.getsignal(each) for each in before}


def test_every_command_of_make_ends_by_one_rule():
    modules = set(re.findall(r"python -m ([\w.]+)", (ROOT / "Makefile").read_text()))
    found = {each for each in modules if each.partition(".")[0] not in ELSEWHERE}
    assert len(found) > 20
    for module in found:
        place = ROOT / module.replace(".", "/")
        text = (place / "__main__.py" if place.is_dir() else place.with_suffix(".py")).read_text()
        assert re.search(r"\brun\((\"|options\.command)", text), f"{module} does not go through client.command.run"


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(errno.EACCES, "Permission denied", "/a/file"), 1, "/a/file cannot be opened or written to"),
    ],
)
@pytest.mark.parametrize(
    ("command", "first"),
    [(images, "context"), (footprint, "of_stack"), (cost, "declared_domains"), (preflight, "declared_domains")],
)
def test_commands_that_speak_to_no_mesh_end_with_one_message_too(
    command: ModuleType,
    first: str,
    error: BaseException,
    status: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def fail(*given: object) -> None:
        raise error

    monkeypatch.setattr(command, first, fail)
    assert command.main(["--stack", "dev"]) == status
    assert told in capsys.readouterr().err
