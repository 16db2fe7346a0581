"""The checks of personal columns that other domains join on. Each function yields places and problems."""

import re
from collections.abc import Iterator

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty

from mesh.contracts.properties import own_property
from mesh.contracts.quality import Problems
from mesh.contracts.types import trino
from mesh.pseudonyms import DIGITS


def join_key_problems(model: OpenDataContractStandard) -> Problems:
    """E-mails too short for a pseudonym, and published keys that masks make equal to each other."""
    targets = {str(relation.to) for _, column in _columns(model) for relation in column.relationships or []}
    for number, table in enumerate(model.schema_ or []):
        published = own_property(table.customProperties, "publishedTo")[1]
        for at, column in enumerate(table.properties or []):
            where, mask = own_property(column.customProperties, "mask")
            place = ("schema", number, "properties", at, *where)
            width = re.fullmatch(r"(?:var)?char\((\d+)\)", trino(column.physicalType or ""))
            if mask == "email" and width and int(width[1]) < DIGITS:
                yield place, f"email shows a pseudonym of {DIGITS} characters, and this column has {width[1]}: use hide"
            joined = column.primaryKey or column.unique or column.relationships
            if published and mask in ("phone", "name", "hide") and (joined or f"{table.name}.{column.name}" in targets):
                yield (
                    place,
                    f"{mask} makes values equal or empty, and others join on this column: publish a view "
                    "without it, or with a number in its place (of personal columns only e-mails can be joined)",
                )


def _columns(model: OpenDataContractStandard) -> Iterator[tuple[SchemaObject, SchemaProperty]]:
    for table in model.schema_ or []:
        for column in table.properties or []:
            yield table, column
