"""Commands that `make up` runs: the user sees what they say, and interrupting lets them finish what they hold."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from client.ending import silence, terminals
from local import paths
from local.paths import LocalError
from local.progress import say

Show = Callable[[Iterable[str]], Iterable[str]]  # from the lines of a command to those that the user sees


class Interrupted(BaseException):
    """The user (or the system) asked to stop; not an Exception, so that no code handles it as a failure."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, Ctrl-C, a closed terminal (but under nohup) and a polite kill all raise Interrupted."""
    streams = terminals()

    def leave(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:  # a shell that ends sends its own after the system's
            signal.signal(number, lambda *_: None)
            silence(streams)
        raise Interrupted

    hangup = [] if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else [signal.SIGHUP]
    signals = (signal.SIGINT, signal.SIGTERM, *hangup)
    before = {number: signal.signal(number, leave) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    failed: str,
    advice: str,
    *,
    show: Show | None = None,
    quiet: bool = False,
) -> None:
    """Runs `command` in the checkout; LocalError with `failed`, the reason and `advice` if it fails.

    The user sees its output, through `show` if given; with `quiet` only if it fails. A process group apart lets it get
    one interruption: Pulumi takes a second, as a terminal and we together would send, as the wish to drop everything.
    """
    piped = quiet or show is not None
    child = subprocess.Popen(
        command,
        cwd=paths.checkout(),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if piped else None,
        stderr=subprocess.STDOUT if piped else None,
        text=True,
        errors="replace",
        process_group=0,
    )
    try:
        kept = _follow(child, show)
    except Interrupted:
        say("\nInterrupted: waiting for the running step to end cleanly (interrupt again to end it at once)")
        _end(child, show)
        raise
    if child.returncode:
        if kept:
            say(kept.rstrip())
        reason = f"the message above says why (exit code {child.returncode})"
        if child.returncode < 0:
            reason = f"the process was ended by {signal.Signals(-child.returncode).name}"
        raise LocalError(f"{failed}: {reason}. {advice}")


def tried(command: Sequence[str], environment: Mapping[str, str], failed: str, advice: str) -> bool:
    """Runs what the mesh does without, and says it where that failed; whether it succeeded."""
    try:
        run(command, environment, failed, advice)
    except LocalError as error:
        say(str(error))
        return False
    return True


def _follow(child: "subprocess.Popen[str]", show: Show | None) -> str:
    """Waits for the end of `child`; shows its output if it is to be shown, else returns it."""
    kept = ""
    if child.stdout and show:
        for line in show(child.stdout):
            with suppress(BrokenPipeError):  # the step goes on to its end, whether or not somebody still reads
                print(line, end="", flush=True)
    elif child.stdout:
        kept = child.stdout.read()
    child.wait()
    return kept


def _end(child: "subprocess.Popen[str]", show: Show | None) -> None:
    try:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGINT)
        _follow(child, show)
    except Interrupted:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
