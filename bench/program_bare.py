"""Registers what a stack's state has, and nothing else: the bare program of `bench/program.py`.

The state's file is named by BENCH_STATE. Inputs are the state's values: nothing is worked out and no file is read.
"""

import importlib
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
from pulumi._types import input_type_py_to_pulumi_names

MARK = "4dabf18193072939515e22adb298388d"  # of a secret, in the engine's state
IMPORTED = {"aws": 1, "kubernetes": 2, "random": 1, "tls": 1}
"""How many parts of a type's module are modules of the package's SDK."""


class BareProvider(pulumi.ProviderResource):
    """A provider by the name of its package."""

    def __init__(self, package: str, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(package, name, inputs, opts)


def value(stored: Any) -> Any:
    """What the state has, secrets marked."""
    if isinstance(stored, dict):
        if MARK in stored:
            return pulumi.Output.secret(json.loads(stored["plaintext"]))
        return {key: value(each) for key, each in stored.items() if not key.startswith("__")}
    return [value(each) for each in stored] if isinstance(stored, list) else stored


def options(resource: dict[str, Any], made: dict[str, Any]) -> pulumi.ResourceOptions:
    """Parent, provider, protection and dependencies, as the state has them."""
    provider = resource.get("provider", "").rpartition("::")[0]
    needed = [made[urn] for urn in resource.get("dependencies", []) if urn in made]
    return pulumi.ResourceOptions(
        parent=made.get(resource.get("parent", "")),
        provider=made.get(provider),
        protect=resource.get("protect"),
        depends_on=needed,
    )


def register(resource: dict[str, Any], made: dict[str, Any]) -> Any:
    """Registers one resource of the state, through its class in the SDK."""
    token, name = resource["type"], resource["urn"].rpartition("::")[2]
    opts = options(resource, made)
    if token.startswith("pulumi:providers:"):
        return BareProvider(token.rpartition(":")[2], name, value(resource.get("inputs", {})), opts)
    if not resource.get("custom"):
        return pulumi.ComponentResource(token, name, None, opts)
    module, kind = sdk(token), token.rpartition(":")[2]
    declared = getattr(module, f"{kind}InitArgs", None) or getattr(module, f"{kind}Args")
    words = {wire: word for word, wire in input_type_py_to_pulumi_names(declared).items()}
    inputs = value(resource.get("inputs", {}))
    given = {words[key]: each for key, each in inputs.items() if key not in ("kind", "apiVersion")}
    return getattr(module, kind)(name, **given, opts=opts)


def sdk(token: str) -> ModuleType:
    """The module of the SDK that has a type."""
    package, path, _ = token.split(":")
    parts = [part.partition(".")[0] for part in path.split("/")[: IMPORTED[package]]]
    return importlib.import_module(".".join([f"pulumi_{package}", *(part for part in parts if part != "index")]))


resources = json.loads(Path(os.environ["BENCH_STATE"]).read_text(encoding="utf-8"))["deployment"]["resources"]
known: dict[str, Any] = {}
for each in resources:
    if each["type"] != "pulumi:pulumi:Stack" and "default_" not in each["urn"]:
        known[each["urn"]] = register(each, known)
