"""Pulumi's own plugin `kubernetes`: downloaded by Pulumi, else built from its Go module. Only a cluster needs it."""

import os
import shutil
import subprocess
from pathlib import Path

from local import paths
from local.paths import LocalError
from local.prepare.cache_folder import making
from local.prepare.engine import Engine
from local.prepare.go import Go
from local.progress import MEGABYTE, say, size, ticking
from local.providers import sdk

BINARY = "pulumi-resource-kubernetes"
MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
COMMIT = "v4.0.0-20260115033456-f47bc2d6f199"
"""Of the module, somewhat older than the SDK: a property that only newer clusters have would be passed by."""
SCHEMA = "cmd/pulumi-resource-kubernetes/schema.json"
MAIN = """\
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

var version string

func main() { provider.Serve("kubernetes", version, schema, nil) }
"""
PASSED_ON = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
"""The user's settings by which Pulumi's download gets through their network; small letters count too."""
SPACE = 6000 * MEGABYTE  # module sources and objects, removed after the build
PATIENCE = 600
FAILED = "Pulumi's plugin for Kubernetes could not be built"
ADVICE = (
    "Check network and free space, then type the same again. Without a cluster nothing needs it: type\n"
    "`make up KUBE_CONTEXT=`, and the platform is on this machine."
)


def folder() -> Path:
    """Where the plugin is, for PATH."""
    return paths.cache() / f"pulumi-kubernetes-{sdk.version('kubernetes')}"


def ensure(engine: Engine) -> Path:
    """The plugin's folder; the plugin is downloaded or built first if need be."""
    version = sdk.version("kubernetes")
    with making(folder(), f"Pulumi's plugin for Kubernetes {version}", SPACE) as work:
        if work:
            made = work / "made"
            made.mkdir()
            if not _download(engine, version, work, made):
                _build(version, work, made)
            made.rename(folder())
    return folder()


def _download(engine: Engine, version: str, work: Path, made: Path) -> bool:
    say(f"Asking Pulumi for its plugin kubernetes {version}, which speaks to your cluster (about 50 MB)")
    command = [engine.folder / "pulumi", "plugin", "install", "resource", "kubernetes", version]
    variables = {key: value for key, value in os.environ.items() if key.upper() in PASSED_ON}
    variables |= {"PULUMI_HOME": str(work / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true", "PATH": "/usr/bin:/bin"}
    try:
        with ticking("downloading"):
            done = subprocess.run(
                command, env=variables, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=PATIENCE, check=False,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        say(f"  no answer in {PATIENCE} s")
        return False
    found = next((work / "home/plugins").glob(f"*/{BINARY}"), None)
    if done.returncode or found is None:
        said = done.stderr.strip().splitlines()[-1:] or ["it brought none"]
        say(f"  not possible here ({said[0].removeprefix('error: ')[:200]})")
        return False
    shutil.move(found, made / BINARY)
    return True


def _build(version: str, work: Path, made: Path) -> None:
    say(
        "Building it from its Go module: downloads about 300 MB, takes 5 to 15 minutes on two processors,\n"
        "  once for all checkouts"
    )
    go = Go(work, FAILED, ADVICE)
    with ticking("getting the sources"):
        go.begin(BINARY)
        (go.source / "main.go").write_text(MAIN)
        go.run("get", f"{MODULE}/pkg/provider@{COMMIT}")
        module = Path(go.run("list", "-m", "-f", "{{.Dir}}", MODULE).strip())
        (go.source / "schema.json").write_bytes((module / SCHEMA).read_bytes())
    with ticking("compiling"):
        # The SDK's version, or the engine would warn of it at every update; what follows the + says what it is.
        go.install(f"-X main.version={version}+{COMMIT.rpartition('-')[2]}", ["."])
    binary = go.binaries / BINARY
    if not binary.is_file():
        raise LocalError(f"{FAILED}: Go built no {BINARY}. {ADVICE}")
    say(f"  {BINARY}: {size(binary.stat().st_size)} in {folder()}")
    shutil.move(binary, made / BINARY)
