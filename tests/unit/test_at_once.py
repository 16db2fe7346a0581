"""Several things at once: their order, their errors, and the servers that they find silent."""

import socket
import threading
import time
from contextlib import closing

import pytest

from client import servers
from client.at_once import at_once
from client.servers import Server


def test_several_that_find_their_server_silent_at_once_start_it_once(monkeypatch: pytest.MonkeyPatch):
    both, times = threading.Barrier(2), []
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def start(them: list[Server], needed: list[Server]) -> None:
        times.append(them)
        time.sleep(0.3)  # as long as it takes the other to find the same
        listener.listen()

    def find(_: int) -> bool:
        both.wait()
        return servers.revive([Server("the database of sales", "127.0.0.1", port, "start it")], local=True)

    monkeypatch.setattr(servers, "_start", start)
    with closing(listener):
        assert any(at_once(find, range(2)))
    assert len(times) == 1


def test_what_is_done_at_once_keeps_its_order_and_raises_its_error():
    assert at_once(lambda each: each * 2, range(20)) == list(range(0, 40, 2))
    with pytest.raises(ZeroDivisionError):
        at_once(lambda each: 1 // each, [1, 0, 2])
