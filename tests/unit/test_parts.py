"""What a machine lacks comes at once: every part is shown, a failure names its part, an interruption ends all."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from local import paths
from local.paths import LocalError
from local.prepare import packages, parts

BOTH = """
import sys
from local.prepare import parts
from local.stack import children
wait = "import os, sys, time; print(os.getpid(), file=sys.stderr, flush=True); time.sleep(600)"
with children.interruptible():
    parts.at_once({name: [sys.executable, "-c", wait] for name in ("one", "two")})
"""


def says(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; print({text!r}, file=sys.stderr); sys.exit({code})"]


def test_the_rest_comes_although_one_part_fails_and_the_part_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LocalError, match=r"Not to be had: two\."):
        parts.at_once({"one": says("first"), "two": says("no network", 1), "three": says("third")})
    shown = capfd.readouterr().err
    assert all(line in shown for line in ("first\n", "no network\n", "third\n"))


def test_what_moves_is_not_printed_as_a_line_each_second(capfd: pytest.CaptureFixture[str]) -> None:
    script = "from local.progress import ticking; import time\nwith ticking('download'): time.sleep(2.5)"
    parts.at_once({"one": [sys.executable, "-c", script]})
    shown = capfd.readouterr().err
    assert "download: done in" in shown and "so far" not in shown


def test_an_interruption_ends_every_part() -> None:
    with subprocess.Popen([sys.executable, "-c", BOTH], stderr=subprocess.PIPE, cwd=paths.checkout()) as both:
        assert both.stderr
        children = [psutil.Process(int(both.stderr.readline())) for _ in range(2)]
        both.send_signal(signal.SIGTERM)
        assert both.wait(timeout=60) != 0
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_only_what_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    made = {name: parts.Part(lambda: True, lambda name=name: asked.append(name)) for name in parts.PARTS}
    monkeypatch.setattr(parts, "PARTS", made)
    parts.get_all()
    assert asked == []
    monkeypatch.setitem(made, "trino", made["trino"]._replace(there=lambda: False))
    parts.get_all()
    assert asked == ["trino"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nobody waits for it, as is meant
def test_what_can_wait_comes_in_the_background_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    paths.cache().mkdir()
    there = tmp_path / "there"
    monkeypatch.setattr(parts, "LATER", {"nothing": parts.Part(there.exists, lambda: None)})
    parts.get_later()
    log = paths.cache() / "nothing.log"
    assert str(log) in capsys.readouterr().err
    deadline = time.monotonic() + 60
    while "KeyError: 'nothing'" not in log.read_text():
        assert time.monotonic() < deadline, "nothing ran"
        time.sleep(0.05)
    there.touch()
    parts.get_later()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lines", "variables"),
    [
        (["global.index-url='https://packages.example.org/simple'"], {"UV_DEFAULT_INDEX": "https://packages.example.org/simple"}),
        (["global.cert='/etc/one.pem'", ":env:.cert='/etc/two.pem'"], {"SSL_CERT_FILE": "/etc/two.pem"}),
        (["install.extra-index-url='\\nhttps://a.example\\nhttps://b.example'"], {"UV_INDEX": "https://a.example https://b.example"}),
        (["global.timeout='60'", "WARNING: a line of pip's own"], {}),
    ],
)  # fmt: skip
def test_the_settings_of_pip_count_for_uv_too(lines: list[str], variables: dict[str, str]) -> None:
    always = {"UV_SYSTEM_CERTS", "UV_INDEX_STRATEGY"}
    assert {key: value for key, value in packages.translated(lines).items() if key not in always} == variables
