"""Runs in the image of a person's server, as its user: a notebook runs and draws, the server's programs are there."""

import json
import subprocess
import sys
from pathlib import Path

from contents import pinned, user

CELL = """%matplotlib inline
import boto3, psycopg2, trino
import matplotlib.pyplot as plt
plt.bar(["sales"], [1])
plt.show()"""


def main() -> None:
    """Fails with what is missing."""
    user()
    assert Path.cwd() == Path.home(), f"a server would start in {Path.cwd()}"
    pinned()
    for program in ("jupyterhub-singleuser", "jupyter-lab"):
        subprocess.run([program, "--version"], check=True)
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None, "source": CELL}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    Path("try.ipynb").write_text(json.dumps(notebook))
    subprocess.run(["jupyter", "execute", "--output=done", "try.ipynb"], check=True)
    (done,) = json.loads(Path("done.ipynb").read_text())["cells"]
    assert any("image/png" in output.get("data", {}) for output in done["outputs"]), "no picture was drawn"
    print("a notebook runs")


if __name__ == "__main__":
    sys.exit(main())
