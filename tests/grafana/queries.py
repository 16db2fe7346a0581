"""Queries of panels: with Grafana's macros filled in, asked of the server, as a frame, and what a panel draws of it."""

import base64
import json
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from mesh.sql import Dialect

Frame = dict[str, Any]
"""A data frame: `schema` has the fields with their types, `data` their values, a list for each field."""
_MACRO = re.compile(r"\$__(\w+)\(([^()]*)\)")
_LEFT = re.compile(r"\$__\w+|\$\{\w+[^}]*\}|\[\[[A-Za-z_]\w*")
"""Macros and variables of a dashboard that nobody has filled in."""
_NUMBERS, _TIMES, _TRUTHS = {20, 21, 23, 26, 700, 701, 1700}, {1082, 1114, 1184}, {16}
"""PostgreSQL's numbers for its types."""
_OF_TRINO = (
    (r"(tiny|small|big)?int(eger)?|double|real|decimal.*", "number"),
    (r"date|timestamp.*", "time"),
    (r"boolean", "boolean"),
)


def rendered(sql: str, dialect: Dialect, begin: str, end: str) -> str:
    """The query that reaches the server; `begin` and `end` are times of ISO 8601. ValueError for an unknown macro."""
    zone = "timestamptz" if dialect == "postgresql" else "timestamp"
    first, last = f"{zone} '{begin}'", f"{zone} '{end}'"
    known: dict[str, Callable[[str], str]] = {
        "timeFilter": lambda column: f"{column} BETWEEN {first} AND {last}",
        "timeFrom": lambda _: first,
        "timeTo": lambda _: last,
    }

    def fill(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise ValueError(f"$__{found[1]} is no macro that this knows")
        return known[found[1]](found[2])

    text = _MACRO.sub(fill, sql)
    if left := _LEFT.search(text):
        raise ValueError(f"Grafana would take {left[0]} for a variable")
    return text


def postgresql(sql: str, **connection: Any) -> Frame:
    """PostgreSQL's answer."""
    opened = psycopg2.connect(**connection)
    try:
        opened.set_session(readonly=True, autocommit=True)
        with opened.cursor() as cursor:
            cursor.execute(sql)
            names = [(column.name, _of_postgresql(column.type_code)) for column in cursor.description or ()]
            return _frame(names, cursor.fetchall())
    finally:
        opened.close()


def trino(sql: str, address: tuple[str, int], name: str, trusted: ssl.SSLContext, login: tuple[str, str]) -> Frame:
    """Trino's answer; its certificate has to be good for `name`, whatever the address."""
    fields: list[tuple[str, str]] = []
    rows: list[Sequence[Any]] = []
    for answer in _pages(sql, address, name, trusted, login):
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        fields = [(column["name"], _of_trino(column["type"])) for column in answer.get("columns", [])] or fields
        rows += answer.get("data", [])
    return _frame(fields, rows)


class _Named(HTTPSConnection):
    """A connection to an address whose certificate has to be good for another name."""

    def __init__(self, address: tuple[str, int], name: str, trusted: ssl.SSLContext) -> None:
        super().__init__(*address, timeout=60, context=trusted)
        self._name, self._trusted = name, trusted

    def connect(self) -> None:
        """As HTTPS does, but for the name."""
        super(HTTPSConnection, self).connect()
        self.sock = self._trusted.wrap_socket(self.sock, server_hostname=self._name)


def _pages(
    sql: str, address: tuple[str, int], name: str, trusted: ssl.SSLContext, login: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    headers = {
        "Authorization": f"Basic {base64.b64encode(':'.join(login).encode()).decode()}",
        "X-Trino-User": login[0],
    }
    method, path, body = "POST", "/v1/statement", sql.encode()
    while True:
        connection = _Named(address, name, trusted)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status == 503:
            continue
        if response.status != 200:
            raise RuntimeError(f"{response.status} {text.decode()}")
        answer = json.loads(text)
        yield answer
        if "nextUri" not in answer:
            return
        method, path, body = "GET", urlsplit(answer["nextUri"]).path, b""


def _of_postgresql(code: int) -> str:
    kinds = ((_NUMBERS, "number"), (_TIMES, "time"), (_TRUTHS, "boolean"))
    return next((kind for codes, kind in kinds if code in codes), "string")


def _of_trino(type_name: str) -> str:
    return next((kind for pattern, kind in _OF_TRINO if re.fullmatch(pattern, type_name)), "string")


def _frame(fields: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> Frame:
    values = [[_value(row[index], kind) for row in rows] for index, (_, kind) in enumerate(fields)]
    return {
        "schema": {"fields": [{"name": name, "type": kind} for name, kind in fields]},
        "data": {"values": values},
    }


def _value(value: Any, kind: str) -> Any:
    """A value as a frame has it: times are milliseconds since 1970 in UTC."""
    if value is None:
        return None
    if kind == "number":
        return float(value) if not isinstance(value, int) else value
    if kind == "time":
        return _milliseconds(value)
    return value if kind == "boolean" else str(value)


def _milliseconds(value: date | str) -> float:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.removesuffix(" UTC"))
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000


def undrawn(panel: Mapping[str, Any], frame: Frame) -> list[str]:
    """Why a panel shows nothing, or not what it means to show, of a frame; empty when it shows it."""
    fields = {field["name"]: field["type"] for field in frame["schema"]["fields"]}
    rows = len(frame["data"]["values"][0]) if frame["data"]["values"] else 0
    kinds = list(fields.values())
    needs = {"timeseries": ("time", "number"), "barchart": ("string", "number"), "stat": ("number",), "table": ()}
    said = [f"no field is a {kind}" for kind in needs[panel["type"]] if kind not in kinds]
    if panel["type"] == "barchart" and fields.get(panel["options"]["xField"]) != "string":
        said.append(f"xField {panel['options']['xField']} is no text among {sorted(fields)}")
    for override in panel.get("fieldConfig", {}).get("overrides", []):
        if override["matcher"]["id"] == "byName" and override["matcher"]["options"] not in fields:
            said.append(f"an override is for {override['matcher']['options']}, which is not among {sorted(fields)}")
    return said if rows else [*said, "no rows"]
