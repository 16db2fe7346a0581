"""The classes of the engine's provider protocol, taken out of the Pulumi SDK without the rest of it.

Importing all of the SDK takes as long as everything else that a plugin does before its first answer, and a plugin
needs none of it.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_AROUND = ("pulumi", "pulumi.runtime")  # the packages that the protocol's is in


@contextmanager
def _without_the_sdk() -> Iterator[None]:
    """Lets modules be imported from the SDK's folders without the modules of the folders themselves."""
    found = importlib.util.find_spec("pulumi")
    if "pulumi" in sys.modules or found is None or found.origin is None:
        yield
        return
    for name in _AROUND:
        package = ModuleType(name)
        package.__path__ = [str(Path(found.origin).parent.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in _AROUND:
            del sys.modules[name]


with _without_the_sdk():
    from pulumi.runtime.proto import plugin_pb2 as plugin
    from pulumi.runtime.proto import provider_pb2 as provider
    from pulumi.runtime.proto import provider_pb2_grpc as services

__all__ = ["plugin", "provider", "services"]
