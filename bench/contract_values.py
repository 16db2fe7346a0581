"""Values that `bench/fuzz_contracts.py` puts into contracts."""

import math
from datetime import UTC, date, datetime
from typing import Any

from mesh.contracts.fields import OPTIONS

HOSTILE: list[Any] = [
    *(
        None,
        "",
        " ",
        "x",
        "X y",
        "ä🙂",
        "a" * 20_000,
        "\0",
        "\x1b[31m",
        "two\nlines",
        "\u202e",
        "'; DROP TABLE orders; --",
    ),
    *("${object}", "{property}", "${ENV:HOME}", "../../etc/passwd", "{{x}}", "%s", "-1", "1", "true", "null", "NaN"),
    *(0, -1, 1, 2, 1.5, 2**31, 10**30, -(10**400), math.nan, math.inf, -math.inf, True, False),
    *([], {}, [None], ["x"], [1, 2], [2, 1], [[[[]]]], {"x": 1}, {"x": {"y": []}}, [{"x": 1}], {1: 2}, {None: None}),
    *(date(2027, 6, 30), datetime(2027, 6, 30, tzinfo=UTC), b"\xff", ["x"] * 2_000),
]
"""Values for any field."""

FITTING: dict[str, list[Any]] = {
    "apiVersion": ["v3.0.0", "v3.1.0", "v2.2.2", "v3.9.9"],
    "status": ["active", "draft", "deprecated", "retired"],
    "name": ["customers", "orders", "order_id", "email", "Order-Id"],
    "physicalName": ["customers", "public.orders", "other.orders", "clients", "Clients", "email"],
    "physicalType": [
        *(
            "table",
            "view",
            "materialized view",
            "text",
            "varchar(3)",
            "varchar(32)",
            "char(40)",
            "uuid",
            "date",
            "bit(3)",
        ),
        *("timestamptz(3)", "numeric(5,-2)", "numeric", "text[]", "mood", '"Mood"', "int[][]", "bigint); DROP", "json"),
    ],
    "logicalType": ["string", "integer", "number", "date", "timestamp", "boolean", "array", "object", "map", "vector"],
    "classification": ["internal", "personal", "public"],
    "primaryKey": [True, False],
    "primaryKeyPosition": [1, 2, 3, -1],
    "required": [True, False],
    "unique": [True, False],
    "enum": [[{"value": "x"}], [{"value": 1, "label": "one"}], [{"value": None}], [{}]],
    "relationships": [[{"to": "customers.customer_id"}, {"to": "orders.order_id"}], [{"to": ["a.b"]}], [{"to": "x"}]],
    "quality": [[{"metric": "rowCount", "mustBe": 1, "description": "x"}], [{"type": "text", "description": "x"}]],
    "type": ["library", "sql", "text", "custom", "foreignKey"],
    "metric": ["rowCount", "nullValues", "missingValues", "invalidValues", "duplicateValues"],
    "unit": ["rows", "percent", "s", "min", "h", "d"],
    "severity": ["error", "warning"],
    "query": [
        "SELECT 1",
        "SELECT count(*) FROM {object}",
        "SELECT ${x}",
        "SELECT 1; SELECT 2",
        "SELECT (1",
        "DELETE x",
    ],
    "mustBeBetween": [[1, 2], [2, 1], [0, math.inf]],
    "mustNotBeBetween": [[1, 2]],
    "arguments": [
        *(
            {"validValues": ["x", 1]},
            {"validValues": [True]},
            {"pattern": "^x"},
            {"pattern": "("},
            {"pattern": "(?P<x>)"},
        ),
        *({"missingValues": [None, "x"]}, {"properties": ["order_id"]}, {"properties": [["x"]]}, {"unknown": 1}),
    ],
    "logicalTypeOptions": [
        {option: value}
        for option in (*OPTIONS, "unknown")
        for value in (1, 0.5, -1, "x", "2024-01-01", "2024-01-01T00:00:00Z", "^x", None, [1], True, math.nan)
    ],
    "element": ["orders.ordered_at", "customers.email", "orders", ["x"]],
    "customProperties": [
        [{"property": name, "value": value}]
        for name, options in {
            "mask": ["email", "phone", "name", "hide", "none", ["email"], None],
            "behind": ["orders.ordered_at", "orders.order_id", "x"],
            "publishedTo": [
                *(["marketing"], ["sales"], ["marketing", "marketing"], "marketing", [{"domain": "marketing"}], [{}]),
                *([{"domain": "marketing", "until": until}] for until in (date(2027, 6, 30), "2027-06-30", "soon", 3)),
                *(
                    [{"domain": "marketing", "rowFilter": rows}]
                    for rows in (
                        *(
                            "order_id > 1",
                            "customer_id = 1 OR 1 = 1",
                            "email = 'x'",
                            "(" * 900,
                            "order_id IN (SELECT 1)",
                        ),
                        *(
                            "total_amount BETWEEN 1 AND 2.5",
                            "not " * 400 + "order_id > 1",
                            "'",
                            "--",
                            "order_id > 1 --",
                        ),
                    )
                ),
            ],
            "unknown": [1],
        }.items()
        for value in options
    ],
}
"""Values that fit a field somewhere, or look as if they did."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "apiVersion": ("v3.0.0", "v3.1.0", "v3.2.0"),
    "status": (None, "active", "deprecated"),
    "logicalType": (None, "object"),
    "semanticType": (None, "column"),
    "severity": (None, "error"),
    "unit": (None, "rows"),
    "type": (None, "library", "foreignKey"),
    "primaryKeyPosition": (None, 1, True),
    "physicalName": (None,),
    **dict.fromkeys(("primaryKey", "required", "unique"), (None, False, 0, "false")),
    **dict.fromkeys(("customProperties", "quality", "relationships", "tables"), (None, [])),
    **dict.fromkeys(("logicalTypeOptions", "arguments"), (None, {})),
}
"""By field, values that say the same: what is left out, or the only one of its kind."""
