"""A line to databases that are far away: a proxy on loopback that delays both ways and counts round trips."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CHUNK = 65536


@dataclass
class Traffic:
    """What passed: connections, bytes of both ways, and round trips, that of opening a connection included.

    A round trip is counted where an answer follows a request; connections at the same time count each for itself.
    """

    connections: int = 0
    sent: int = 0
    received: int = 0
    trips: int = 0

    def reset(self) -> None:
        """Begins to count anew."""
        self.connections = self.sent = self.received = self.trips = 0


@contextmanager
def line(host: str, port: int, one_way: float, traffic: Traffic) -> Iterator[int]:
    """The port of a proxy to `host`:`port` that holds everything back for `one_way` seconds."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        traffic.connections += 1
        traffic.trips += 1
        await asyncio.sleep(2 * one_way)  # the handshake of TCP
        far_reader, far_writer = await asyncio.open_connection(host, port)
        asked = False

        def out(size: int) -> None:
            nonlocal asked
            asked = True
            traffic.sent += size

        def back(size: int) -> None:
            nonlocal asked
            traffic.trips += asked
            asked = False
            traffic.received += size

        await asyncio.gather(
            _carry(reader, far_writer, one_way, out), _carry(far_reader, writer, one_way, back), return_exceptions=True
        )

    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(connected, "127.0.0.1", 0), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, count) -> None:
    """Passes on what comes, each piece `delay` seconds after it came, whatever is still on its way."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def write() -> None:
        while True:
            due, piece = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not piece:
                writer.close()
                return
            writer.write(piece)
            await writer.drain()

    writing = asyncio.ensure_future(write())
    try:
        while piece := await reader.read(CHUNK):
            count(len(piece))
            queue.put_nowait((loop.time() + delay, piece))
    finally:
        queue.put_nowait((loop.time() + delay, b""))
        await writing
