"""The standard's customProperties that the mesh knows: of tables `publishedTo`, `keptInLake` and `stored`, of columns
`mask` and `renamedFrom`, of latencies `behind`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from open_data_contract_standard.model import CustomProperty

from mesh.contracts.document import Place


def own_property(properties: list[CustomProperty] | None, name: str) -> tuple[Place, Any]:
    """Where in `properties` the customProperty `name` is, and its value; None when it is not given."""
    for number, item in enumerate(properties or []):
        if item.property == name:
            return ("customProperties", number, "value"), item.value
    return ("customProperties",), None


def unknown_properties(
    properties: list[CustomProperty] | None, allowed: Sequence[str], place: Place
) -> Iterator[tuple[Place, str]]:
    """Properties other than one each of `allowed`."""
    names = ", ".join(f"one {name}" for name in allowed)
    seen = set()
    for number, item in enumerate(properties or []):
        if item.property not in allowed or item.property in seen:
            yield (
                (*place, "customProperties", number),
                f"is {item.property}: there can be {names} and nothing else",
            )
        elif item.value is None:
            yield (*place, "customProperties", number, "value"), "is missing"
        seen.add(item.property)
