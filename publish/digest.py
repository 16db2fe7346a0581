"""Whether a source is still as it was published: PostgreSQL tells it by a few numbers, and sends no row.

They are of the values that are published, whatever the order of the rows: how many rows there are, and of the SHA-256
of each row the sums of two hashes of 64 bits. That two states have the same by chance is one in 2^128.
"""

DIGEST = "digest"
"""The column of it, in what is staged and in the table of publications."""
ROWS = "published_rows"
"""The rows of a port, as the statement of PostgreSQL that reads them calls them."""


def digest_of(columns: int) -> str:
    """A query of PostgreSQL of one text, which is the digest of `ROWS` with their columns c0, c1 and so on.

    Binary forms are the same in every session, whatever zone or form of dates it has. A row is hashed as a whole: the
    hash of a record of several columns would not tell whether two rows have exchanged a value.
    """
    row = ", ".join(f"c{number}" for number in range(columns))
    return (
        "SELECT concat_ws(' ', count(*), sum(hash_record_extended(ROW(h), 1)), sum(hash_record_extended(ROW(h), 2))) "
        f"FROM (SELECT sha256(record_send(ROW({row}))) AS h FROM {ROWS}) hashed"
    )
