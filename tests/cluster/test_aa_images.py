"""Our images are built from their Dockerfiles, hold what their pods need, and `make images` loads them.

First of all, so that the platform of the other tests runs on them.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.errors import CommandError
from commands import images as tool
from local import paths
from mesh.images import BUILT
from tests.cluster import base_image
from tests.cluster.base_image import must
from tests.cluster.kubernetes import PATIENCE, Cluster
from tests.sample import ROOT

CHECKS = Path(__file__).parent / "images"
APART = "CONTAINERS_STORAGE_CONF"
"""What names a store of images apart from the user's."""


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """What builds: an engine of this machine, else Debian's Podman, which needs no service.

    Podman keeps its images in the cache, apart from the user's, and runs without namespaces of its own.
    """
    before = dict(os.environ)
    os.environ.pop(APART, None)  # the user's own
    try:
        tool.engine()
    except CommandError as error:
        assert os.geteuid() == 0 and shutil.which("apt-get"), f"none can be installed here, and {error}"
        must("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "podman", "debootstrap")
    chosen = tool.engine()
    if chosen == "podman" and os.geteuid() == 0:
        store = paths.cache() / "test-images"
        store.mkdir(parents=True, exist_ok=True)
        places = "".join(f'{key} = "{store / key}"\n' for key in ("graphroot", "runroot"))
        (store / "storage.conf").write_text(f'[storage]\ndriver = "overlay"\n{places}')
        os.environ |= {APART: str(store / "storage.conf"), "BUILDAH_ISOLATION": "chroot"}
    yield chosen
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def built(engine: str) -> str:
    """The engine, once it has built all images by the words of `make images`."""
    for folder in BUILT.values():
        (base,) = re.findall(r"^FROM (\S+)$", (ROOT / folder / "Dockerfile").read_text(), re.MULTILINE)
        base_image.ensure(engine, base, apart=APART in os.environ)
    for command in tool.builds(engine):
        must(*command)
    return engine


@pytest.mark.parametrize("image", sorted(BUILT))
def test_an_image_holds_what_its_pods_need(built: str, image: str, tmp_path: Path):
    folder = BUILT[image]
    check = f"{Path(folder).name}.py"
    for file in (CHECKS / "contents.py", CHECKS / check, ROOT / folder / "requirements.txt"):
        shutil.copy(file, tmp_path)
    (tmp_path / "Dockerfile").write_text(f"FROM {tool.full_name(image)}\nCOPY . /check\nRUN python /check/{check}\n")
    must(built, "build", "--no-cache", "--tag", "datamesh/check", str(tmp_path))


def test_make_images_brings_them_into_this_cluster(built: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cluster = Cluster()
    said = tmp_path / "pulumi"
    said.write_text(f"#!/bin/sh\necho '{cluster.context}'\n")  # the stack's configuration, and nothing else
    said.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert tool.main(["--stack", "dev"]) == 0
    until = time.monotonic() + PATIENCE
    while missing := [image for image in BUILT if tool.full_name(image) not in on_nodes(cluster)]:
        assert time.monotonic() < until, f"{missing} are not on a node: {on_nodes(cluster)}"
        time.sleep(2)  # a node tells of its images now and then


def on_nodes(cluster: Cluster) -> str:
    return cluster.kubectl("get", "nodes", "--output", "jsonpath={.items[*].status.images[*].names}")
