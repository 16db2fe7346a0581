"""The CloudWatch dashboard: a row for each domain, then the lake and the bill; pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from mesh.names import ACCOUNT_REGION

Widget = dict[str, Any]

_WIDTH = 24
"""Columns of a CloudWatch dashboard."""
_HEIGHT = 5
_DAY = 86400
"""Seconds."""

_CHARTS = (
    ("Processor", (("CPUUtilization", "busy %"), ("CPUCreditBalance", "credits"))),
    ("Connections", (("DatabaseConnections", "open"),)),
    ("Free disk", (("FreeStorageSpace", "bytes"),)),
    ("Reads and writes", (("ReadIOPS", "reads/s"), ("WriteIOPS", "writes/s"))),
)


def dashboard(*, region: str, databases: Mapping[str, str], bucket: str) -> dict[str, Any]:
    """The body of the dashboard; `databases` are the identifiers of the RDS instances by domain."""
    rows = [_domain(region, domain, identifier) for domain, identifier in databases.items()]
    rows.append(_lake_and_bill(region, bucket))
    y = 0
    widgets: list[Widget] = []
    for title, charts in rows:
        widgets.append(_place({"type": "text", "properties": {"markdown": title}}, 0, y, _WIDTH, 1))
        width = _WIDTH // len(charts)
        widgets += [_place(chart, index * width, y + 1, width, _HEIGHT) for index, chart in enumerate(charts)]
        y += 1 + _HEIGHT
    return {"widgets": widgets}


def _domain(region: str, domain: str, identifier: str) -> tuple[str, list[Widget]]:
    charts = [
        _chart(
            title,
            region,
            [["AWS/RDS", metric, "DBInstanceIdentifier", identifier, {"label": label}] for metric, label in metrics],
        )
        for title, metrics in _CHARTS
    ]
    return f"## {domain}", charts


def _lake_and_bill(region: str, bucket: str) -> tuple[str, list[Widget]]:
    size = ["AWS/S3", "BucketSizeBytes", "BucketName", bucket, "StorageType", "StandardStorage", {"label": "bytes"}]
    objects = [
        "AWS/S3",
        "NumberOfObjects",
        "BucketName",
        bucket,
        "StorageType",
        "AllStorageTypes",
        {"label": "objects"},
    ]
    bill = ["AWS/Billing", "EstimatedCharges", "Currency", "USD", {"label": "USD this month"}]
    charts = [
        _chart("Size of the lake", region, [size], period=_DAY),
        _chart("Objects in the lake", region, [objects], period=_DAY),
        # AWS publishes every bill there
        _chart("Bill of the account", ACCOUNT_REGION, [bill], period=_DAY, statistic="Maximum"),
    ]
    return "## Lake and bill", charts


def _chart(
    title: str, region: str, metrics: Sequence[Sequence[Any]], *, period: int = 300, statistic: str = "Average"
) -> Widget:
    properties = {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "stat": statistic,
        "period": period,
        "metrics": [list(metric) for metric in metrics],
    }
    return {"type": "metric", "properties": properties}


def _place(widget: Widget, x: int, y: int, width: int, height: int) -> Widget:
    return {**widget, "x": x, "y": y, "width": width, "height": height}
