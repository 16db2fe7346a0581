"""The package `random` of the local stack: real random values, made once and kept in Pulumi's state."""

import base64
import secrets
import string
from typing import ClassVar

import bcrypt

from local.providers.changes import Changes, between
from local.providers.package import Made, RefusedError, Resource, Values
from local.providers.values import Properties

_ALPHABETS = {
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "numeric": string.digits,
    "special": "!@#$%&*()-_=+[]{}<>:?",
}
_FILLED = dict.fromkeys([*_ALPHABETS, "number"], True)
_FILLED |= dict.fromkeys(["minUpper", "minLower", "minNumeric", "minSpecial"], 0)
"""The arguments that the real package fills in among the results."""


class Random(Values):
    """Passwords and ids."""

    name = "random"
    arguments: ClassVar = {"RandomPassword": {"length", "keepers", *_ALPHABETS}, "RandomId": {"byteLength", "keepers"}}
    place = "local/providers/random.py"

    def changed(self, resource: Resource, new: Properties) -> Changes:
        # Saying what holds anyway changes nothing, nor does not saying it any more.
        same = [name for name in _FILLED if resource.outputs.get(name) == new.get(name, _FILLED[name])]
        return {path: kind for path, kind in between(resource.inputs, new).items() if path not in same}

    def create(self, resource: Resource) -> Made:
        inputs = resource.inputs
        if resource.kind == "RandomId":
            drawn = secrets.token_bytes(inputs["byteLength"])
            return Made(base64.urlsafe_b64encode(drawn).decode().rstrip("="), {"hex": drawn.hex()})
        result = characters(inputs)
        # bcrypt itself looks at no more than 72 bytes
        hashed = bcrypt.hashpw(result.encode()[:72], bcrypt.gensalt(10)).decode()
        filled = {name: value for name, value in _FILLED.items() if inputs.get(name) is None}
        return Made("none", filled | {"result": result, "bcryptHash": hashed})


def characters(inputs: Properties) -> str:
    """A random text of `length` characters, none of a class that is off."""
    allowed = "".join(alphabet for name, alphabet in _ALPHABETS.items() if inputs.get(name, True))
    if inputs["length"] < 1 or not allowed:
        raise RefusedError(
            "A random text needs a length of at least 1 and a class of characters: upper, lower, numeric or special."
        )
    return "".join(secrets.choice(allowed) for _ in range(inputs["length"]))


PACKAGE = Random
