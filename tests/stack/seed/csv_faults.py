"""Faulty files of orders, collected: name -> the file, and what the message must have."""

HEADER = "order_id,customer_id,total_amount,ordered_at\n"
LINE = "101,1,1.50,2024-02-01T10:00:00Z\n"
GOOD = HEADER + LINE
AT = "orders.csv, line 3"


def second(line: str) -> str:
    return f"{GOOD}{line}\n"


def value(column: str, text: str) -> tuple[str, str, str]:
    """A second row with this text in this column, and where the message must place it."""
    row = {"order_id": "102", "customer_id": "1", "total_amount": "2.50", "ordered_at": "2024-02-01"} | {column: text}
    return second(",".join(row.values())), AT, f"column {column}"


_ORDERS: dict[str, tuple[str | bytes, ...]] = {
    "an empty file": ("", "is empty"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "is empty"),
    "an unknown column": (GOOD.replace("customer_id", "customer"), "no column 'customer'", "customer_id is missing"),
    "a column in capitals": (GOOD.replace("order_id", "ORDER_ID"), "no column 'ORDER_ID'"),
    "a column with a space before": (GOOD.replace(",customer_id", ", customer_id"), "no column ' customer_id'"),
    "a column twice": (GOOD.replace("ordered_at", "order_id"), "column 'order_id' is there twice"),
    "a column without a name": (GOOD.replace("ordered_at", ""), "a column has no name"),
    "a missing column that is required": ("order_id,total_amount\n1,1\n", "column customer_id is missing"),
    "an empty first line": ("\n" + GOOD, "line 1: is empty"),
    "no header": (LINE, "no column '101'"),
    "semicolons": (GOOD.replace(",", ";"), "has `;` between the columns"),
    "tabs": (GOOD.replace(",", "\t"), "has a tab between the columns"),
    "bars": (GOOD.replace(",", "|"), "has `|` between the columns"),
    "UTF-16 with a mark": (GOOD.encode("utf-16"), "is UTF-16"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), "is UTF-16"),
    "UTF-16, big end first": (GOOD.encode("utf-16-be"), "is UTF-16"),
    "Latin-1 in a row": (second("102,1,1,caf\xe9").encode("latin-1"), "line 3: is not UTF-8", "iconv"),
    "Latin-1 in the header": (GOOD.replace("order_id", "\xe9").encode("latin-1"), "line 1: is not UTF-8"),
    "half of a character": (second("102,1,1,é").encode()[:-2] + b"\n", "line 3: is not UTF-8"),
    "a NUL byte": (second("102,1,1\0,2024-01-01"), "line 3: has a NUL byte"),
    "carriage returns alone": (GOOD.replace("\n", "\r"), "carriage return alone"),
    "a carriage return within a field": (second("102,1,1\r1,2024-01-01"), "line 3", "carriage return"),
    "too few fields": (second("102,1,1"), "line 3: has 3 fields, the first line has 4"),
    "too many fields": (second("102,1,1,2024-01-01,x"), "line 3: has 5 fields, the first line has 4"),
    "a decimal comma": (second("102,1,1,50,2024-01-01"), "line 3: has 5 fields"),
    "an empty line": (GOOD + "\n" + LINE.replace("101", "102"), "line 3: is empty"),
    "an empty line at the end": (GOOD + "\n", "line 3: is empty"),
    "a comment": (GOOD + "# the end\n", "line 3: has 1 fields"),
    "a quote that is never closed": (second('102,1,"1,2024-01-01'), "never closed"),
    "a quote in the middle of a field": (second('102,1,5",2024-01-01"'), "line 3: has a quote in a field"),
    "text behind a quoted field": (second('102,1,"1"x,2024-01-01'), "line 3: has a quote in a field"),
    "a quote with a backslash": (second('102,1,"1\\"",2024-01-01'), "line 3"),
    "a damaged gzip": (b"\x1f\x8b\x08\x00rubbish-that-is-no-gzip", "cannot be unpacked"),
    "half a gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "cannot be unpacked"),
    "a damaged Parquet file": (b"PAR1 and no more", "cannot be read as Parquet"),
    "a spreadsheet": (b"PK\x03\x04\x14\x00\x06\x00", "orders.csv"),
    "a letter for a number": (*value("order_id", "l02"), "invalid input syntax"),
    "a number with a thousands separator": (*value("total_amount", '"1,000.00"'), "invalid input syntax"),
    "a currency sign": (*value("total_amount", "$5"), "invalid input syntax"),
    "a fraction for a whole number": (*value("customer_id", "1.5"), "invalid input syntax"),
    "a number beyond the type": (*value("order_id", "99999999999999999999"), "out of range"),
    "an amount beyond the precision": (*value("total_amount", "99999999999.00"), "overflow"),
    "a word for a missing value": (*value("customer_id", "NULL"), "invalid input syntax"),
    "a missing value that is required": (*value("customer_id", ""), "has no value, and must have one"),
    "an empty text for a number": (*value("customer_id", '""'), "invalid input syntax"),
    "a missing key": (*value("order_id", ""), "has no value"),
    "a missing value with a default": (*value("ordered_at", ""), "has no value"),
    "an American date": (*value("ordered_at", "01/02/2024"), "'01/02/2024' is not"),
    "a German date": (*value("ordered_at", "1.2.2024"), "is not"),
    "a date without hyphens": (*value("ordered_at", "20240201"), "is not"),
    "a date of one digit": (*value("ordered_at", "2024-2-1"), "is not"),
    "a two-digit year": (*value("ordered_at", "24-02-01"), "is not"),
    "a month by name": (*value("ordered_at", "1 Feb 2024"), "is not"),
    "the word now": (*value("ordered_at", "now"), "is not"),
    "the word infinity": (*value("ordered_at", "infinity"), "is not"),
    "a zone by name": (*value("ordered_at", "2024-02-01 10:00 CET"), "is not"),
    "a time in the American way": (*value("ordered_at", "2024-02-01 10:00 PM"), "is not"),
    "seconds since 1970": (*value("ordered_at", "1706745600"), "is not"),
    "the thirtieth of February": (*value("ordered_at", "2024-02-30"), "out of range"),
    "the thirteenth month": (*value("ordered_at", "2024-13-01"), "out of range"),
    "the twenty-fifth hour": (*value("ordered_at", "2024-02-01T25:00"), "out of range"),
    "a reference to nobody": (value("customer_id", "4711")[0], AT, "orders_customer_id_fkey", "(4711)"),
    "an amount that the table refuses": (value("total_amount", "-1")[0], AT, "orders_total_amount_check"),
    "a key twice": (GOOD + LINE, AT, "column order_id: '101' is there before"),
    "a key twice, written otherwise": (GOOD + LINE.replace("101", "0101"), AT, "'0101' is there before"),
}
ORDERS = {
    name: (text if isinstance(text, bytes) else text.encode(), *map(str, said))
    for name, (text, *said) in _ORDERS.items()
}
