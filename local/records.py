"""The small JSON files by which a running stack is known: whole, or refused by name."""

import json
from pathlib import Path
from typing import Any

from local.paths import LocalError


class DamagedError(LocalError):
    """A file of the stack is not what was written there."""


def read(file: Path, **keys: type) -> dict[str, Any] | None:
    """The object in `file`, which has `keys` of these types; None if there is no such file. Raises DamagedError."""
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise DamagedError(f"{file} is damaged ({error}): type `make up`.") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(key), kind) for key, kind in keys.items()):
        raise DamagedError(f"{file} is damaged (it lacks {' or '.join(keys) or 'an object'}): type `make up`.")
    return found
