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
  - name: quotes
    physicalType: table
    description: One row for each offer; whoever could read them can no more.
    customProperties:
      - property: publishedTo
        value:
          - {domain: sales, until: 2020-01-31}
    properties:
      - name: quote_id
        description: Identifies the offer.
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        required: true
        classification: internal
  - name: receipts
    physicalType: table
    description: One row for each receipt.
    customProperties:
      - property: publishedTo
        value:
          - marketing
          - {domain: sales, rowFilter: "country = 'FR'"}
    properties:
      - {name: receipt_id, description: Identifies the receipt., logicalType: integer, physicalType: bigint,
         primaryKey: true, required: true, classification: internal}
      - {name: country, description: Where it was paid., logicalType: string, physicalType: varchar(2),
         classification: internal}
      - {name: amount, description: How much., logicalType: number, physicalType: "numeric(10, 2)",
         classification: internal}
      - {name: payer_name, description: Who paid., logicalType: string, physicalType: varchar(100),
         classification: personal, customProperties: [{property: mask, value: name}]}
      - {name: payer_email, description: Their e-mail., logicalType: string, physicalType: varchar(254),
         classification: personal, customProperties: [{property: mask, value: email}]}
      - {name: payer_phone, description: Their telephone., logicalType: string, physicalType: varchar(20),
         classification: personal, customProperties: [{property: mask, value: phone}]}
      - {name: tax_number, description: Of the tax office., logicalType: string, physicalType: varchar(20),
         classification: personal, customProperties: [{property: mask, value: hide}]}
  - name: refunds
    physicalType: table
    description: One row for each refund.
    customProperties:
      - property: publishedTo
        value:
          - {domain: marketing, rowFilter: amount < 60}
          - {domain: sales, rowFilter: "country = 'FR'"}
    properties:
      - name: refund_id
        description: Identifies the refund.
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        required: true
        classification: internal
      - name: country
        description: Where it was paid.
        logicalType: string
        physicalType: varchar(2)
        classification: internal
      - name: amount
        description: How much.
        logicalType: number
        physicalType: "numeric(10, 2)"
        classification: internal
      - name: payer_email
        description: Their e-mail.
        logicalType: string
        physicalType: varchar(254)
        classification: personal
        customProperties: [{property: mask, value: email}]
  - name: accounts
    physicalType: table
    description: One row for each account.
    customProperties:
      - property: publishedTo
        value:
          - marketing
          - {domain: sales, until: 2020-01-31}
      - property: keptInLake
        value: {formerColumns: [address]}
    properties:
      - {name: account_id, description: Identifies the account., logicalType: integer, physicalType: bigint,
         primaryKey: true, required: true, classification: internal}
      - {name: mail, description: Of the holder., logicalType: string, physicalType: varchar(254),
         classification: personal,
         customProperties: [{property: mask, value: email}, {property: renamedFrom, value: holder_email}]}
      - {name: phone, description: Of the holder., logicalType: string, physicalType: varchar(20),
         classification: personal,
         customProperties: [{property: mask, value: phone}, {property: renamedFrom, value: [tel, fax]}]}
      - {name: born, description: When the holder was born., logicalType: date, physicalType: date,
         classification: personal, customProperties: [{property: mask, value: hide}]}
      - {name: balance, description: How much., logicalType: number, physicalType: "numeric(10, 2)",
         classification: internal}
  - name: visits
    physicalType: table
    description: One row for each visit.
    customProperties:
      - property: publishedTo
        value:
          - {domain: marketing, rowFilter: "seen_on >= DATE '2027-01-01' AND NOT cancelled"}
          - sales
    properties:
      - name: visit_id
        description: Identifies the visit.
        logicalType: integer
        logicalTypeOptions: {minimum: 1, exclusiveMaximum: 900}
        physicalType: bigint
        primaryKey: true
        required: true
        classification: internal
      - name: seen_on
        description: The day.
        logicalType: date
        physicalType: date
        classification: internal
      - name: cancelled
        description: Whether nobody came.
        logicalType: boolean
        physicalType: boolean
        classification: internal
      - name: guest_email
        description: Their e-mail, of a fixed width.
        logicalType: string
        physicalType: char(40)
        classification: personal
        customProperties: [{property: mask, value: email}]
      - {name: phone, physicalName: guest_phone, description: A number., logicalType: string, physicalType: char(15),
         classification: personal, customProperties: [{property: mask, value: phone}]}
      - {name: guest_name, description: In whatever case., logicalType: string, physicalType: citext,
         logicalTypeOptions: {minLength: 2, maxLength: 40, pattern: "^[A-Za-z ]+$"},
         classification: personal, customProperties: [{property: mask, value: name}]}
      - {name: host_email, description: Of who let them in., logicalType: string, physicalType: citext,
         classification: personal, customProperties: [{property: mask, value: email}]}
"""
SCHEMA = """\
CREATE EXTENSION citext;
CREATE TABLE payments (payment_id bigint PRIMARY KEY, payer varchar(100));
CREATE TABLE quotes (quote_id bigint PRIMARY KEY);
CREATE TABLE receipts (
    receipt_id bigint PRIMARY KEY, country varchar(2), amount numeric(10, 2), payer_name varchar(100),
    payer_email varchar(254), payer_phone varchar(20), tax_number varchar(20)
);
CREATE TABLE refunds (
    refund_id bigint PRIMARY KEY, country varchar(2), amount numeric(10, 2), payer_email varchar(254)
);
CREATE TABLE accounts (
    account_id bigint PRIMARY KEY, mail varchar(254), phone varchar(20), born date, balance numeric(10, 2)
);
CREATE TABLE visits (
    visit_id bigint PRIMARY KEY, seen_on date, cancelled boolean, guest_email char(40), guest_phone char(15),
    guest_name citext, host_email citext
);
"""
ROWS = {
    "accounts": (
        "account_id,mail,phone,born,balance\n"
        "1,Alice@Example.com,+33 1 2345 6701,1990-01-01,10.00\n"
        "2,bob@example.com,,1980-02-02,20.00\n"
    ),
    "payments": "payment_id,payer\n1,Alice Johnson\n2,Bob Smith\n",
    "quotes": "quote_id\n1\n",
    "receipts": (
        "receipt_id,country,amount,payer_name,payer_email,payer_phone,tax_number\n"
        "1,FR,100.00,Alice Johnson,Alice@Example.com,+33 1 2345 6701,FR-1\n"
        "2,FR,200.50,Bob Smith,bob@example.com,,FR-2\n"
        "3,DE,50.00,Carol Diaz,carol@example.com,12345,DE-3\n"
        "4,,75.00,,,,\n"
    ),
    "refunds": (
        "refund_id,country,amount,payer_email\n"
        "1,FR,100.00,alice@example.com\n"
        "2,FR,10.00,BOB@example.com\n"
        "3,DE,50.00,carol@example.com\n"
        "4,DE,80.00,dora@example.com\n"
        "5,,,\n"
    ),
    "visits": (
        "visit_id,seen_on,cancelled,guest_email,guest_phone,guest_name,host_email\n"
        "1,2027-01-01,f,Alice@Example.com,+33 1 2345 6701,Alice Johnson,BOB@example.com\n"
        "2,2026-12-31,f,bob@example.com,12345,bob smith,bob@example.com\n"
        "3,2027-02-01,t,carol@example.com,+33 1 2345 6703,Carol Diaz,bob@example.com\n"
        "4,2027-02-01,,,,,\n"
        "5,2027-03-01,f,dora@example.com,,dora,\n"
    ),
}


def add(checkout: Path, name: str) -> None:
    """Adds the domain `name` to the program of a checkout, with ROWS."""
    program = checkout / "__main__.py"
    text, before = program.read_text(), LINE.format(name="marketing")
    assert before in text, "the program does not have the line to write another one after"
    program.write_text(text.replace(before, before + LINE.format(name=name)))
    write_contract(checkout / "domains", name)
    folder = checkout / "domains" / name
    (folder / "schema.sql").write_text(SCHEMA)
    for table, rows in ROWS.items():
        (folder / f"{table}.csv").write_text(rows)


def write_contract(domains: Path, name: str) -> None:
    """Makes the domain's folder in the folder of all domains, with nothing in it but a contract."""
    (domains / name).mkdir()
    (domains / name / "contract.yaml").write_text(CONTRACT.replace("{name}", name))


def remove(checkout: Path, name: str) -> None:
    """Takes the domain `name` out of the program again."""
    program = checkout / "__main__.py"
    program.write_text(program.read_text().replace(LINE.format(name=name), ""))
    shutil.rmtree(checkout / "domains" / name)
