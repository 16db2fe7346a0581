"""The configuration in a stack's file, read without Pulumi."""

import json
from pathlib import Path
from shlex import quote
from typing import Any

import yaml

from client.errors import CommandError
from mesh.brief import brief


def read_stackfile(project: Path, stack: str) -> dict[str, str]:
    """The stack's configuration by key, as the texts that the engine hands to the program; empty without the file.

    Raises CommandError for a file that cannot be read, and for an encrypted value.
    """
    path = project / f"Pulumi.{stack}.yaml"
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
