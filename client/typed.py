"""The commands in messages, so that they run as they are pasted: for the stack of which the message speaks."""

import os
import re

LOCAL = "local"
_OF_A_STACK = (
    "audit|authority|contracts|cost|drill|expire|footprint|forget|history|load|migration|notebook|password|ports|preflight|"
    "publish|query|rollback|seed|sql"
)
"""The targets that act on a stack, whichever it is; `up` and `down` are named beside the local stack, too."""
_TYPED = re.compile(rf"(?:(?<=`)|(?<=ype )|(?<=: )|(?<=  ))make (?:{_OF_A_STACK})\b(?![^`\n]*STACK=)")


def for_stack(text: str, stack: str | None = None) -> str:
    """A message with `STACK=dev` in each command of `make` that acts on the stack `dev`; without, for the local one.

    Where `stack` is None, the stack is the one that `make` was given.
    """
    chosen = stack or os.environ.get("PULUMI_STACK") or LOCAL
    if chosen == LOCAL:
        return text
    named = text.replace("STACK=NAME", f"STACK={chosen}").replace("--stack NAME", f"--stack {chosen}")
    return _TYPED.sub(lambda found: f"{found[0]} STACK={chosen}", named)
