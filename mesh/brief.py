"""Values in messages: short, and on one line."""

import reprlib

_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 60
_BRIEF.maxlist = _BRIEF.maxdict = 3
_BRIEF.maxlevel = 2


def brief(value: object) -> str:
    """A value in Python's notation: long ones are cut, control characters are escaped."""
    return _BRIEF.repr(value)
