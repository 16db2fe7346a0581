"""What datacontract-cli says of a change of a contract: its rules of `datacontract breaking`."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard

from guard.findings import CouldNotRunError, Finding, Level
from local import paths
from local.prepare import cached_venv
from mesh.contracts.document import read
from mesh.contracts.naming import Names
from mesh.contracts.types import postgresql

CHECK = "datacontract-cli"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_ASKED = Path(__file__).with_name("ask_datacontract.py")
_WHERE = re.compile(r"^schema\.|\bproperties\.|\.quality\.\[\d+\]")
_LONGEST = 160
_AT = re.compile(r" at (schema|slaProperties)\.\S+")


class ContractRules:
    """datacontract-cli as a process that answers one question after another; a context manager."""

    def __init__(self) -> None:
        folder = cached_venv.place(paths.cache() / "datacontract-cli", REQUIREMENTS)
        cached_venv.prepare(folder, REQUIREMENTS, CHECK, "whose rules say what breaks a consumer", 130)
        self._process = subprocess.Popen(
            [folder / "bin" / "python", "-I", _ASKED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        )

    def __enter__(self) -> "ContractRules":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def compare(self, before: str, after: str) -> list[Finding]:
        """What changed from one contract's text to another's. Raises CouldNotRunError when it cannot say."""
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise CouldNotRunError(f"{CHECK} has no way to be asked")
        try:
            asked.write(json.dumps([canonical(before), canonical(after)], default=str) + "\n")
            asked.flush()
            line = told.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            last = (self._process.communicate()[1].strip().splitlines() or ["no reason given"])[-1]
            raise CouldNotRunError(f"{CHECK} ended: {last}. Type the same again; then remove {paths.cache()}/{CHECK}.")
        answer = json.loads(line)
        if "problem" in answer:
            raise CouldNotRunError(f"{CHECK} cannot compare the contracts: {answer['problem']}")
        return list(dict.fromkeys(_findings(answer["entries"])))


def canonical(text: str) -> dict[str, Any]:
    """A sound contract with the names and types that the database has: other spellings of the same are no change."""
    data, _, _ = read(text)
    names = Names(OpenDataContractStandard.model_validate(data))
    for table in data.get("schema") or []:
        columns = names.columns[table["name"]]
        for column in table.get("properties") or []:
            column["physicalType"] = postgresql(column["physicalType"])
            for relation in column.get("relationships") or []:
                relation["to"] = names.element(relation["to"])
            column["name"] = columns[column["name"]]
            column.pop("physicalName", None)
        for rule in table.get("quality") or []:
            arguments = rule.get("arguments") or {}
            if listed := arguments.get("properties"):
                arguments["properties"] = [columns[name] for name in listed]
        table["name"] = names.tables[table["name"]]
        table.pop("physicalName", None)
    return data


def _findings(entries: list[dict[str, Any]]) -> Iterator[Finding]:
    for entry in entries:
        level = _level(entry)
        if level is not None:
            place = _WHERE.sub("", entry["path"])
            what = _AT.sub("", entry["message"])
            if len(what) > _LONGEST:
                what = what.partition(" from ")[0]  # the values, which the files show better
            yield Finding(level, CHECK, f"{place}: {what[:1].lower()}{what[1:]}")


def _level(entry: dict[str, Any]) -> Level | None:
    if entry["level"] == "error":
        return "breaking"
    if entry["level"] == "warning":
        return "undecided"
    return "additive" if entry["direction"] == "tightens" else None
