"""The engine's Python language host, for an engine that was built from its Go module and came without one.

The engine starts it as a plugin, reads the port from the first line it prints and asks it to run the program. It runs
in the interpreter in which the program's packages are installed.
"""

import gc
import json
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.errors import RunError
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2


class Host(LanguageServer):
    """Runs a project's `__main__.py` when the engine asks for it."""

    def __init__(self, engine: str) -> None:
        super().__init__(self.main)
        self.engine = engine
        self.folder = Path()

    def main(self) -> None:
        """The program; an exception that it raises becomes one readable message."""
        forget_modules(self.folder)
        try:
            runpy.run_path(str(self.folder / "__main__.py"), run_name="__main__")
        except RunError:
            raise  # one line that its author wrote
        except SystemExit as leaving:
            if leaving.code:
                raise RunError(f"The program ended itself: {leaving.code}") from leaving
        except Exception as error:
            raise RunError(f"Program failed with an unhandled exception:\n{readable(error, self.folder)}") from error

    def Run(self, request: language_pb2.RunRequest, context: Any) -> language_pb2.RunResponse:
        """Runs the program once; called for a preview and again for the update."""
        self.folder = Path(request.info.program_directory or request.pwd)
        os.chdir(request.pwd or self.folder)
        # The one place that touches sys.path: a language host makes the program's folder importable, as Python does.
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        os.environ["PULUMI_CONFIG"] = json.dumps(dict(request.config))  # as the engine's own language host does
        sys.argv = [str(self.folder / "__main__.py"), *request.args]
        del request.args[:]
        request.args.append(self.engine)  # where the automation API's own server expects it
        result = super().Run(request, context)
        # The error was logged already; with `bail` the engine does not say it again.
        return language_pb2.RunResponse(bail=True) if result.error else result

    def Handshake(self, request, context):
        """The engine's first call, in which newer engines give their address."""
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        """The version to show: that of the SDK which this is a part of."""
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def InstallDependencies(self, request, context):
        """Nothing to install: `make` made the virtual environment."""
        return iter(())

    def GetProgramDependencies(self, request, context):
        """Only shown by `pulumi about`."""
        return language_pb2.GetProgramDependenciesResponse()

    def Cancel(self, request, context):
        """The engine ends this process itself soon after."""
        return empty_pb2.Empty()


def forget_modules(folder: Path) -> None:
    """Lets the program's own modules be imported anew: `pulumi up` runs it twice in one process."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        own = bool(file) and Path(file).is_relative_to(folder) and "site-packages" not in Path(file).parts
        if own and name != "__main__":
            del sys.modules[name]


def readable(error: BaseException, folder: Path) -> str:
    """The traceback from the program's first line on, without the frames of this host."""
    shown = traceback.TracebackException.from_exception(error)
    frames = list(shown.stack)
    first = next((n for n, frame in enumerate(frames) if Path(frame.filename).is_relative_to(folder)), 0)
    shown.stack = traceback.StackSummary.from_list(frames[first:])
    return "".join(shown.format()).rstrip()


def serve(engine: str) -> None:
    """Serves on a free port of the loopback interface until the engine ends this process, or ended without doing so."""
    gc.disable()  # it looks through the SDKs' thousands of classes again and again, in a process of seconds
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    parent = os.getppid()
    while server.wait_for_termination(timeout=1) and os.getppid() == parent:
        pass
    os._exit(0)  # a program may still run: nothing waits for it


if __name__ == "__main__":
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    try:
        serve(addresses[-1] if addresses else "")
    except KeyboardInterrupt:
        os._exit(130)  # not sys.exit: it would wait for a program that failed and whose calls hang
