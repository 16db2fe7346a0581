"""Values in messages: short, and on one line; and commands in messages."""

import re
import reprlib
from shlex import quote

_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 60
_BRIEF.maxlist = _BRIEF.maxdict = 3
_BRIEF.maxlevel = 2


def brief(value: object) -> str:
    """A value in Python's notation: long ones are cut, control characters are escaped."""
    return _BRIEF.repr(value)


def for_stack(message: str, stack: str) -> str:
    """A message whose commands, each at the end of its line, change `stack`, whichever is the selected one."""
    return re.sub(r"(?m)(pulumi config (?:set|rm) .+)$", lambda found: f"{found[1]} --stack {quote(stack)}", message)
