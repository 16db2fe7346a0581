"""What the shared lake says of its tables: columns, rows and freshness through Trino, files and bytes from S3."""

from botocore.exceptions import BotoCoreError, ClientError

from catalogue.model import Gap
from catalogue.postgresql import Facts
from catalogue.product import Freshness, Source
from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from client.trino import ask
from mesh.contracts.model import Contract, Table
from mesh.names import ADMIN, LAKE
from mesh.sql import literal, quoted

_TIMES = ("date", "timestamp")


def facts(stack: Stack, contract: Contract) -> Facts:
    """What Trino, asked as `admin`, and S3 say of the lake's tables. Raises SilentError when Trino is silent."""
    schema = stack.lake.events_table.split(".")[1]
    gaps: list[Gap] = []
    rows: dict[str, tuple[int, Source]] = {}
    freshness: dict[str, list[Freshness]] = {}
    columns = _columns(stack, schema)
    for table in contract.tables:
        place = f"{contract.domain}.{table.name}"
        if table.name not in columns:
            gaps.append(Gap(kind="table", place=place, why="the lake does not have it"))
            continue
        try:
            rows[table.name], freshness[table.name] = _figures(stack, table, schema)
        except SilentError:
            raise
        except CommandError as error:
            gaps.append(Gap(kind="question", place=place, why=str(error)))
    sizes = _sizes(stack)
    if isinstance(sizes, Gap):
        return Facts(contract.domain, columns=columns, rows=rows, freshness=freshness, gaps=[*gaps, sizes])
    table = contract.tables[0].name  # the lake's prefix of events has the files of one table
    return Facts(
        contract.domain,
        columns=columns,
        rows=rows,
        bytes={table: (sum(sizes), _call(stack))},
        files={table: len(sizes)},
        freshness=freshness,
        gaps=gaps,
    )


def _columns(stack: Stack, schema: str) -> dict[str, dict[str, str]]:
    """The type by column, by table."""
    query = (
        *("SELECT table_name, column_name, data_type FROM", f"{LAKE}.information_schema.columns"),
        *("WHERE table_schema =", literal(schema), "ORDER BY table_name, ordinal_position"),
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in ask(stack, " ".join(query)).rows:
        columns.setdefault(table, {})[column] = kind
    return columns


def _sizes(stack: Stack) -> list[int] | Gap:
    """The bytes of each file of the lake's table of events; a Gap where S3 does not answer."""
    lake = stack.lake
    try:
        s3 = stack.s3(start=False)  # they were, before anything was asked
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=lake.bucket, Prefix=lake.events_prefix)
        return [int(entry["Size"]) for page in pages for entry in page.get("Contents", [])]
    except (BotoCoreError, ClientError) as error:
        return Gap(kind="server", place="S3", why=str(error))


def _call(stack: Stack) -> Source:
    place = f"{stack.lake.bucket}/{stack.lake.events_prefix}"
    endpoint = f" --endpoint-url {stack.lake.endpoint} --no-sign-request" if stack.lake.endpoint else ""
    query = f"aws s3 ls --recursive --summarize s3://{place}{endpoint}"
    return Source(server="S3", place=place, query=query)


def _figures(stack: Stack, table: Table, schema: str) -> tuple[tuple[int, Source], list[Freshness]]:
    """Rows and freshness of one table, from one query."""
    place = f"{LAKE}.{quoted(schema)}.{quoted(table.name)}"
    count = " ".join(("SELECT count(*) FROM", place))
    promised = {latency.column: latency for latency in table.latency}
    times = [column.name for column in table.columns if column.logical_type in _TIMES and not column.mask]
    parts = [f"({count})"]
    for name in times:
        behind = (latency := promised.get(name)) and latency.behind
        parts += [_text(_newest(name, place)), _lag(_newest(name, place), behind and _newest(_column(behind), place))]
    (row,) = ask(stack, " ".join(("SELECT", ", ".join(parts)))).rows
    return (int(row[0]), _source(count)), [
        Freshness(
            column=name,
            newest=row[1 + 2 * number],
            lag=row[2 + 2 * number],
            behind=latency.behind if (latency := promised.get(name)) else None,
            allowed=latency.seconds if latency else None,
            source=_source(" ".join(("SELECT", _text(_newest(name, place))))),
        )
        for number, name in enumerate(times)
    ]


def _newest(column: str, place: str) -> str:
    """The newest value of a column of the lake's one table, as a time without zone."""
    return " ".join(("(SELECT", f"CAST(max({quoted(column)}) AS timestamp)", "FROM", f"{place})"))


def _column(element: str) -> str:
    return element.split(".")[1]


def _text(moment: str) -> str:
    return f"date_format({moment}, '%Y-%m-%d %H:%i:%s')"


def _lag(newest: str, behind: str | None) -> str:
    """Seconds; `behind` is a time without zone, None the clock."""
    then = f"with_timezone({behind}, 'UTC')" if behind else "now()"
    return f"to_unixtime({then}) - to_unixtime(with_timezone({newest}, 'UTC'))"


def _source(query: str) -> Source:
    return Source(server="Trino", login=ADMIN, place=LAKE, query=query)
