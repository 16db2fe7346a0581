"""The configuration in a stack's file, read without Pulumi."""

import json
import re
from pathlib import Path
from shlex import quote
from typing import Any

import yaml

from client.errors import CommandError
from mesh.brief import brief

_NAME = re.compile(r"(\w[\w.-]*/){0,2}(?P<stack>\w[\w.-]{0,99})", re.ASCII)
"""A stack's name, after its organization and project where they are named: the file is called after the stack alone."""


def read_stackfile(project: Path, stack: str) -> dict[str, str]:
    """The stack's configuration by key, as the texts that the engine hands to the program; empty without the file.

    Raises CommandError for what is no stack's name, for a file that cannot be read, and for an encrypted value.
    """
    named = _NAME.fullmatch(stack)
    if named is None:
        raise CommandError(f"{brief(stack)} is not the name of a stack: Pulumi takes letters, digits, '.', '_' and '-'")
    path = project / f"Pulumi.{named['stack']}.yaml"
    given = _config(path) if path.exists() else {}
    values = {key.removeprefix("datamesh:"): value for key, value in given.items() if value not in ("", None, [])}
    for key, value in values.items():
        if isinstance(value, dict) and value.keys() == {"secure"}:
            raise CommandError(
                f"{path.name} keeps {brief(key)} encrypted, and no setting is secret.\n"
                f"Type: pulumi config set --plaintext {quote(key)} VALUE --stack {quote(stack)}"
            )
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def _config(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    config = content.get("config") if isinstance(content, dict) else content
    if not isinstance(config, dict | None):
        raise CommandError(f"{path.name} has no mapping `config`: write one, or remove the file")
    return config or {}
