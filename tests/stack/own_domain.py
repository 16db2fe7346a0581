"""A domain as a user adds one: a line of the program and a folder."""

import shutil
from pathlib import Path

LINE = '    Domain("{name}", surroundings, on_aws),\n'
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
domain: {name}
team:
  name: {name}
description:
  purpose: What was paid.
schema:
  - name: payments
    physicalType: table
    description: One row for each payment.
    properties:
      - name: payment_id
        description: Identifies the payment.
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        required: true
        classification: internal
      - name: payer
        description: Who paid.
        logicalType: string
        physicalType: varchar(100)
        classification: personal
        customProperties:
          - property: mask
            value: name
"""


def add(checkout: Path, name: str) -> None:
    """Adds the domain `name` to the program of a checkout, with two rows."""
    program = checkout / "__main__.py"
    text, before = program.read_text(), LINE.format(name="marketing")
    assert before in text, "the program does not have the line to write another one after"
    program.write_text(text.replace(before, before + LINE.format(name=name)))
    write_contract(checkout / "domains", name)
    folder = checkout / "domains" / name
    (folder / "schema.sql").write_text("CREATE TABLE payments (payment_id bigint PRIMARY KEY, payer varchar(100));\n")
    (folder / "payments.csv").write_text("payment_id,payer\n1,Alice Johnson\n2,Bob Smith\n")


def write_contract(domains: Path, name: str) -> None:
    """Makes the domain's folder in the folder of all domains, with nothing in it but a contract."""
    (domains / name).mkdir()
    (domains / name / "contract.yaml").write_text(CONTRACT.format(name=name))


def remove(checkout: Path, name: str) -> None:
    """Takes the domain `name` out of the program again."""
    program = checkout / "__main__.py"
    program.write_text(program.read_text().replace(LINE.format(name=name), ""))
    shutil.rmtree(checkout / "domains" / name)
