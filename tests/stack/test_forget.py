"""A person who is forgotten is in no file of the lake any more: every version of every object is read without Trino."""

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow.parquet
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from publish.files import has
from tests.stack.access_matrix import OWN
from tests.stack.checkout import Checkout, Door
from tests.stack.test_access import connect

EMAIL, WRITTEN = "zoe@example.org", "Zoe@Example.ORG"
PORT = f"{OWN}.accounts"


@pytest.fixture(scope="module")
def files(mesh: Checkout) -> Any:
    lake = mesh.outputs()["lake"]
    config = Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}, proxies={})
    return boto3.client("s3", region_name=lake["region"], endpoint_url=lake["endpoint"], config=config), lake["bucket"]


@pytest.fixture(scope="module")
def database(mesh: Checkout) -> Iterator[Any]:
    connection = connect(mesh, mesh.outputs(), OWN, "admin")
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
        cursor.execute("DELETE FROM accounts WHERE account_id >= 90")
    connection.close()


def objects(files: Any) -> list[tuple[str, bytes]]:
    """Every version of every object of the domain in the lake, with its content."""
    s3, bucket = files
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{OWN}/")
    found = [each for page in pages for each in page.get("Versions", [])]
    return [
        (each["Key"], s3.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read())
        for each in found
    ]


def holding(files: Any) -> list[str]:
    """The objects that have the person: Parquet read by pyarrow alone, the others searched."""
    found = []
    for key, data in objects(files):
        if key.endswith(".parquet"):
            rows = pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist()
            if any(EMAIL in str(row).lower() for row in rows):
                found.append(key)
        elif has(key, data, EMAIL):
            found.append(key)
    return found


def forget(mesh: Checkout, *words: str, email: str = WRITTEN) -> subprocess.CompletedProcess[str]:
    return mesh.command(".venv/bin/python", "-m", "publish", "forget", *words, env={"ARG_EMAIL": email})


def publish(mesh: Checkout) -> None:
    mesh.must(".venv/bin/python", "-m", "publish", "publish", "--port", PORT)


@pytest.fixture(scope="module")
def past(mesh: Checkout, files: Any, database: Any) -> None:
    """The person was published, changed, and removed from the source: three snapshots know of them."""
    database.execute("DELETE FROM accounts WHERE account_id >= 90")
    publish(mesh)
    database.execute("INSERT INTO accounts VALUES (90, %s, '123456789', '1999-09-09', 1)", [WRITTEN])
    publish(mesh)
    database.execute("UPDATE accounts SET balance = 2 WHERE account_id = 90")
    publish(mesh)
    assert holding(files), "otherwise there is nothing to forget"


def test_a_person_whom_a_source_still_shows_is_not_forgotten(mesh: Checkout, past: None, files: Any):
    before = len(objects(files))
    done = forget(mesh)
    assert done.returncode == 1
    assert f"{OWN}: table accounts, column mail: 1 rows" in done.stderr and "Nothing was changed" in done.stderr
    assert EMAIL not in (done.stdout + done.stderr).lower()
    assert len(objects(files)) == before


def test_a_person_is_forgotten_in_every_version_of_every_file(
    mesh: Checkout, past: None, files: Any, database: Any, door: Door
):
    database.execute("DELETE FROM accounts WHERE account_id = 90")
    publish(mesh)
    dry = forget(mesh, "--dry-run")
    assert f"{PORT}: the person is in its files. Its history goes (" in dry.stderr + dry.stdout, dry
    assert holding(files), "DRY_RUN only tells"
    for seconds in (3, 8):  # killed on its way, wherever that is
        words = ["-c", "from publish.__main__ import main; import sys; sys.exit(main(['forget']))"]
        killed = subprocess.Popen(
            ["sh", "-c", '. ./.local/env; exec "$@"', "sh", sys.executable, *words],
            cwd=mesh.folder, env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", "ARG_EMAIL": WRITTEN},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            killed.wait(seconds)
        except subprocess.TimeoutExpired:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
    done = forget(mesh)
    assert done.returncode == 0, done.stderr
    assert not holding(files)
    rows = door.rows(f"{OWN}-analyst", f"SELECT count(*), count(mail) FROM lake.{PORT}")
    assert rows == [(2, 2)], "the others stay"
    shown = mesh.must(".venv/bin/python", "-m", "publish", "history", "--port", PORT)
    assert len(shown.strip().splitlines()) >= 1, "the present rows still say of when they are"
    log = (mesh.local / "queries").rglob("*.jsonl*")
    text = "".join(file.read_text() for file in log if file.is_file()).lower()
    assert text and EMAIL not in text
    again = forget(mesh)
    assert again.returncode == 0 and "the lake has nothing of this person" in again.stderr + again.stdout
