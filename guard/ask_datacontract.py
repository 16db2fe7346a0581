"""Runs where datacontract-cli is: for each line of JSON, two contracts, answers a line with what changed by its rules.

The project's own environment has other versions of what it imports; `guard.contract_rules` starts this.
"""

import json
import sys
from typing import Any

from datacontract.data_contract import DataContract


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of `datacontract breaking`, for a reader of the data. Nothing is asked of any network."""
    old, new = (DataContract(data_contract_str=json.dumps(each), inline_references=False) for each in (before, after))
    return [entry.model_dump(mode="json") for entry in old.breaking(new, perspective="consumer").entries]


for line in sys.stdin:
    try:
        answer: dict[str, Any] = {"entries": compared(*json.loads(line))}
    except Exception as error:  # the other side prints it and gives no verdict
        answer = {"problem": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
