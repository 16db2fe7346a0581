"""What asks the emulator alone goes on while Trino is silent: an update may be what brings Trino."""

import pytest

from client.servers import Server, SilentError
from tests.unit.test_silent_servers import EVERY, Listen, silent, stack, started

__all__ = ["silent", "started"]


def test_what_needs_no_trino_goes_on_where_trino_is_not_yet(
    silent: tuple[int, Listen], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Server, "answers", lambda server: server.title != "Trino")
    stack(silent[0], local=True).s3()
    assert not started
    with pytest.raises(SilentError, match="Trino does not answer"):
        stack(silent[0], local=True).revive("Trino")
    started.clear()
    monkeypatch.setattr(Server, "answers", lambda server: bool(started) and server.title != "Trino")
    stack(silent[0], local=True).s3()
    assert started == [EVERY]
