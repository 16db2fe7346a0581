"""What an installed Pulumi SDK says of a resource type, read from its source: importing pulumi_aws takes seconds."""

import ast
import functools
import importlib.util
import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

# The SDKs are generated: each property is one getter, whose annotation stands on one line.
_GETTER = re.compile(
    r'    @pulumi\.getter(?:\(name="(?P<key>[^"]+)"\))?\n(?:    @_utilities\.deprecated\(.*?\)\n)?'
    r"    def (?P<name>\w+)\(self\) -> (?P<type>[^\n]*):\n",
    re.DOTALL,
)
_SECRETS = re.compile(r"additional_secret_outputs=(\[[^\]]*\])")
_NEXT = re.compile(r"^(?:class |@)", re.MULTILINE)
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


class UnknownTypeError(Exception):
    """The installed SDK has no such resource type."""


@dataclass(frozen=True)
class Type:
    """What a property takes: a scalar, a `list` or `map` `of` something, an `object` of class `name`, `any`."""

    kind: str
    of: "Type | None" = None
    file: Path | None = None
    name: str = ""


@dataclass(frozen=True)
class Property:
    """One argument or result; `name` is how Python programs spell it."""

    name: str
    type: Type
    optional: bool


Schema = dict[str, Property]
"""Properties by the name that the engine has for them."""


@dataclass(frozen=True)
class ResourceType:
    """A resource type's arguments and results, and which results are secret."""

    inputs: Schema
    outputs: Schema
    secrets: frozenset[str]

    def computed(self, name: str) -> bool:
        """Whether the provider fills in the argument `name` when a program leaves it out."""
        return name in self.outputs and not self.outputs[name].optional


@functools.cache
def resource(token: str) -> ResourceType:
    """The resource type of `token`, e.g. `aws:rds/instance:Instance`; raises UnknownTypeError."""
    file, name = _place(token)
    arguments, body = _body(file, f"{name}Args") or _body(file, f"{name}InitArgs"), _body(file, name)
    if arguments is None or body is None:
        raise UnknownTypeError(token)
    found = _SECRETS.search(body)
    secrets = frozenset(json.loads(found[1])) if found else frozenset()
    return ResourceType(_schema(arguments, file), _schema(body, file), secrets)


@functools.cache
def nested(file: Path, name: str) -> Schema:
    """The properties of the class `name` of nested arguments; none if there is no such class."""
    return _schema(_body(file, name) or "", file)


def version(package: str) -> str:
    """The version of the installed SDK, which is that of the plugin it wants."""
    return json.loads((_root(package) / "pulumi-plugin.json").read_text())["version"]


def _place(token: str) -> tuple[Path, str]:
    """The file and class of a resource type."""
    package, module, name = token.split(":")
    if package == "pulumi":
        return _root(name) / "provider.py", "Provider"
    root = _root(package)
    if package == "kubernetes":  # rbac.authorization.k8s.io/v1
        group, _, kinds = module.partition("/")
        return root / group.partition(".")[0] / kinds / f"{name}.py", name
    folder, _, file = module.partition("/")
    if keyword.iskeyword(folder):
        folder += "_"
    file = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", file).lower()
    return root / ("" if folder == "index" else folder) / f"{file}.py", name


@functools.cache
def _root(package: str) -> Path:
    found = importlib.util.find_spec(f"pulumi_{package}")
    if found is None or found.origin is None:
        raise UnknownTypeError(f"pulumi_{package} is not installed")
    return Path(found.origin).parent


@functools.cache
def _source(file: Path) -> str:
    return file.read_text() if file.is_file() else ""


def _body(file: Path, name: str) -> str | None:
    """The source of the class `name`."""
    text = _source(file)
    start = re.search(rf"^class {name}(?:\(.*\))?:$", text, re.MULTILINE)
    if start is None:
        return None
    end = _NEXT.search(text, start.end())
    return text[start.end() : end.start() if end else len(text)]


def _schema(body: str, file: Path) -> Schema:
    properties = {}
    for getter in _GETTER.finditer(body):
        annotation = ast.parse(getter["type"], mode="eval").body
        optional = "Optional[" in getter["type"].partition("Sequence")[0].partition("Mapping")[0]
        properties[getter["key"] or getter["name"]] = Property(getter["name"], _type(annotation, file), optional)
    return properties


def _type(node: ast.expr, file: Path) -> Type:
    match node:
        case ast.Subscript(value=wrapper, slice=inner):
            match ast.unparse(wrapper).rpartition(".")[2]:
                case "Input" | "Output" | "Optional" | "Awaitable":
                    return _type(inner, file)
                case "Sequence":
                    return Type("list", _type(inner, file))
                case "Mapping" if isinstance(inner, ast.Tuple):
                    return Type("map", _type(inner.elts[1], file))
                case "Literal":
                    return Type("string")
                case "Union" if isinstance(inner, ast.Tuple):
                    # a string or one of an enumeration's is a string, all else is anything
                    kinds = {_type(choice, file).kind for choice in inner.elts}
                    return Type("string" if kinds == {"string", "enumeration"} else "any")
        case ast.Attribute(attr=name) if name in _SCALARS:
            return Type(_SCALARS[name])
        case ast.Constant(value=str(name)) if name.endswith("Args"):
            return Type("object", None, *_nested(name, file))
        case ast.Constant(value=str(name)) if "." not in name:
            return Type("enumeration")
    return Type("any")


def _nested(name: str, file: Path) -> tuple[Path, str]:
    """Where a class of nested arguments is: in the folder's _inputs.py, or as `_meta.v1.XArgs` in another folder's."""
    *modules, name = name.split(".")
    folder = file.parent
    if modules:
        root = next(parent for parent in [folder, *folder.parents] if (parent / "pulumi-plugin.json").is_file())
        folder = root.joinpath(modules[0].removeprefix("_"), *modules[1:])
    return folder / "_inputs.py", name
