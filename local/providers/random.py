"""The package `random` of the local stack: real random values, made once and kept in Pulumi's state."""

import base64
import secrets
import string
import uuid
from random import SystemRandom

import bcrypt

from local.providers.changes import Changes, between, without
from local.providers.package import Made, Package, RefusedError, Resource
from local.providers.values import Properties

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
_CLASSES = {
    "minUpper": ("upper", string.ascii_uppercase),
    "minLower": ("lower", string.ascii_lowercase),
    "minNumeric": ("numeric", string.digits),
    "minSpecial": ("special", _SPECIAL),
}
_FILLED = {"upper": True, "lower": True, "numeric": True, "number": True, "special": True} | dict.fromkeys(_CLASSES, 0)
_draw = SystemRandom()


class Random(Package):
    """Passwords, strings, ids and numbers; any other argument makes another one, as in the real package."""

    name = "random"

    def changed(self, resource: Resource, new: Properties) -> Changes:
        def same(path: str) -> bool:
            """Saying what holds anyway changes nothing, nor does not saying it any more."""
            return path in _FILLED and resource.outputs.get(path) == new.get(path, _FILLED[path])

        return without(between(resource.inputs, new), same)

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        return True

    def create(self, resource: Resource) -> Made:
        inputs = resource.inputs
        match resource.type.rpartition(":")[2]:
            case "RandomPassword":
                result = characters(inputs)
                # bcrypt itself looks at no more than 72 bytes
                hashed = bcrypt.hashpw(result.encode()[:72], bcrypt.gensalt(10)).decode()
                return Made("none", _defaults(inputs) | {"result": result, "bcryptHash": hashed})
            case "RandomString":
                result = characters(inputs)
                return Made(result, _defaults(inputs) | {"result": result})
            case "RandomId":
                return identifier(inputs)
            case "RandomBytes":
                drawn = secrets.token_bytes(inputs["length"])
                encoded = base64.b64encode(drawn).decode()
                return Made("none", {"hex": drawn.hex(), "base64": encoded})
            case "RandomInteger":
                number = _draw.randint(inputs["min"], inputs["max"])
                return Made(str(number), {"result": number})
            case "RandomUuid":
                result = str(uuid.uuid4())
                return Made(result, {"result": result})
        raise RefusedError(f"The local stack does not make {resource.type} yet: see local/providers/random.py.")


def characters(inputs: Properties) -> str:
    """A random text of `length` with at least `min…` characters of each class, none of a class that is off."""
    alphabets = {
        least: inputs.get("overrideSpecial") or alphabet if least == "minSpecial" else alphabet
        for least, (switch, alphabet) in _CLASSES.items()
        if inputs.get(switch, inputs.get("number", True) if switch == "numeric" else True)
    }
    wanted = {least: inputs.get(least) or 0 for least in _CLASSES}
    length = inputs["length"]
    if length < 1 or length < sum(wanted.values()):
        raise RefusedError(f"length {length} must be at least 1 and at least the sum of the min_… arguments.")
    drawn = [_draw.choice(alphabet) for least, alphabet in _all(alphabets).items() for _ in range(wanted[least])]
    allowed = "".join(alphabets.values())
    if not allowed:
        raise RefusedError("A random text needs at least one class of characters: upper, lower, numeric or special.")
    drawn += [_draw.choice(allowed) for _ in range(length - len(drawn))]
    _draw.shuffle(drawn)
    return "".join(drawn)


def _all(alphabets: dict[str, str]) -> dict[str, str]:
    """A minimum counts even where its class is off, as in the real package."""
    return {least: alphabets.get(least, alphabet) for least, (_, alphabet) in _CLASSES.items()}


def identifier(inputs: Properties) -> Made:
    """`byteLength` random bytes in their usual spellings, each after the `prefix`."""
    drawn = secrets.token_bytes(inputs["byteLength"])
    prefix = inputs.get("prefix") or ""
    url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
    spelled = {"hex": drawn.hex(), "dec": str(int.from_bytes(drawn)), "b64Url": url}
    spelled["b64Std"] = base64.b64encode(drawn).decode()
    return Made(url, {name: prefix + text for name, text in spelled.items()})


def _defaults(inputs: Properties) -> Properties:
    """The arguments that the real package fills in among the results."""
    return {name: value for name, value in _FILLED.items() if inputs.get(name) is None}


PACKAGE = Random
