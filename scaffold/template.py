"""A small domain to begin with: suppliers and their invoices, invented."""

from pathlib import Path

from scaffold.build import from_files
from scaffold.model import Table
from seed.rowfile import RowFile

_FILES = {
    "suppliers": """\
supplier_id,supplier_name,contact_name,email,country,since
1,Northwind Paper,Ada Example,ada@paper.example,FR,2022-01-10
2,Blue Ink,Ben Example,ben@ink.example,DE,2022-06-01
3,Quick Courier,Cleo Example,cleo@courier.example,FR,2023-03-15
""",
    "invoices": """\
invoice_id,supplier_id,amount,issued_on,paid
1001,1,250.00,2024-01-31,true
1002,1,199.90,2024-02-29,true
1003,2,80.50,2024-02-12,false
1004,3,19.99,2024-03-01,true
1005,3,24.50,2024-03-20,false
""",
}


def template(folder: Path) -> list[Table]:
    """The tables, whose files are written into `folder`."""
    files = {}
    for name, text in _FILES.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        files[name] = RowFile(path, path.name)
    return from_files(files)
