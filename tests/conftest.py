"""Which tests stay together, and which come first, where two processes share the work (`make test`).

Tests with cases of hypothesis try the same ones on every machine, however slow it is; other cases come with
`--hypothesis-profile explore`, which prints how to repeat what it finds.
"""

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Where the environment says otherwise, a hundred processes would each compile the project anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# By default Python looks for garbage among all the SDKs' classes again and again: a quarter of the unit tests' time.
gc.set_threshold(100_000, 50, 1000)

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", _PATIENT, derandomize=True)
settings.register_profile("explore", _PATIENT, print_blob=True)
settings.load_profile("repeatable")

_FOLDERS = ("stack", "engine", "unit")
"""Those that take longest first, so that both processes end at about the same time."""
_OF_SECOND_MESH = (
    "test_forget.py", "test_kept_ports.py", "test_lake_answers.py", "test_replaced.py", "test_zy_tutorial.py",
    "test_zz_life.py",
)  # fmt: skip
"""Tests of the lake, and those that change the stack. Two meshes, one in each process, take less time than one."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests of a running mesh in one process, in the order of their files; others by file.

    A mesh is changed by its last tests, so nobody else may use it, and starting one more would cost a minute.
    """
    for item in items:
        mesh = "second mesh" if item.path.name in _OF_SECOND_MESH else "mesh"
        item.add_marker(pytest.mark.xdist_group(mesh if _of_mesh(item) else item.path.name))
    items.sort(key=lambda item: (not _of_mesh(item), _rank(item.path), item.path.name in _OF_SECOND_MESH))


def _of_mesh(item: pytest.Item) -> bool:
    """Whether it uses the fixture of tests/stack/conftest.py, and none of that name of its own file."""
    return "mesh" in getattr(item, "fixturenames", ()) and not hasattr(getattr(item, "module", None), "mesh")


def _rank(path: Path) -> int:
    folder = path.parent.name
    return _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS)
