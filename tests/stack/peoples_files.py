"""Files as people have them, invented: by domain, the files and what `make domain` should make of them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

_FIRST = [
    *("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo", "Iris", "Jan"),
    *("Kim", "Leo", "Mia", "Noé", "Olga", "Paul", "Rosa", "Sven", "Tess", "Uwe"),
]
_LAST = ["Martin", "Dubois", "Meyer", "Rossi", "Novak", "Smith", "O'Neil", "García", "Lefèvre", "Brown"]
_DAY = date(2024, 1, 1)


@dataclass(frozen=True)
class Files:
    """`columns`: `table.column` -> the type; then `key`, `?` for nullable, a mask, `-> table.column`, `enum`."""

    files: dict[str, str]
    columns: dict[str, str]
    ports: tuple[str, ...] = ()
    said: tuple[str, ...] = field(default=())
    """What the person must read."""


def _csv(header: str, rows: Iterator[str] | list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def _rows(number: int, row: Callable[[int, random.Random], str]) -> list[str]:
    source = random.Random(number)
    return [row(at, source) for at in range(1, number + 1)]


def _person(at: int) -> str:
    return f"{_FIRST[at % 20]} {_LAST[at % 7]}"


def _columns(text: str) -> dict[str, str]:
    return {name: rest.strip() for name, _, rest in (line.strip().partition(" ") for line in text.strip().splitlines())}


EVERY: dict[str, Files] = {
    "invoices": Files(
        {
            "invoices.csv": _csv(
                "Invoice No,Customer ID,Amount (EUR),VAT %,Issued on,Due,Paid",
                _rows(
                    60,
                    lambda at, of: (
                        f"INV-{at:04},{of.randint(1, 9)},{of.random() * 900:.2f},20,{_DAY + timedelta(at)},"
                        f"{_DAY + timedelta(at + 30)},{of.choice(['yes', 'no'])}"
                    ),
                ),
            ),
        },
        _columns("""
            invoices.invoice_no text key
            invoices.customer_id bigint
            invoices.amount_eur numeric(12, 2)
            invoices.vat_percent integer
            invoices.issued_on date
            invoices.due date
            invoices.paid boolean
        """),
        ("customer_invoices",),
    ),
    "employees": Files(
        {
            "employees.csv": _csv(
                "employee_id,firstName,lastName,workEmail,birth_date,department_id,manager_id,salary,is_remote",
                _rows(
                    25,
                    lambda at, of: (
                        f"{at},{_FIRST[at % 20]},{_LAST[at % 10]},{_FIRST[at % 20].lower().replace('é', 'e')}{at}"
                        f"@example.com,19{60 + at}-0{1 + at % 9}-15,{1 + at % 3},"
                        f"{'' if at < 3 else 1 + at % 2},{30000 + at * 100},{at % 2}"
                    ),
                ),
            ),
            "departments.csv": "id,name\n1,Sales\n2,Research\n3,People\n",
        },
        _columns("""
            departments.id bigint key
            departments.name text
            employees.employee_id bigint key
            employees.first_name text name
            employees.last_name text name
            employees.work_email text email
            employees.birth_date date hide
            employees.department_id bigint -> departments.id
            employees.manager_id bigint ? -> employees.employee_id
            employees.salary integer hide
            employees.is_remote boolean
        """),
        ("department_employees",),
    ),
    "sensors": Files(
        {
            "readings.csv": _csv(
                "sensor_id,measured_at,temperature,humidity,battery_v",
                [
                    f"S-{sensor:02},2024-06-01T{hour:02}:00:00+02:00,{20 + sensor * 1.125 + hour / 7:.3f},{40 + hour}"
                    f",{'' if hour == 3 else '3.71'}"
                    for hour in range(12)
                    for sensor in range(1, 5)
                ],
            ),
            "sensors.csv": "sensor_id,room,lat,lon\nS-01,Lab 1,48.856614,2.352222\nS-02,Lab 2,48.85,2.3\n"
            "S-03,Hall,48.8,2.35\nS-04,Roof,48.856,2.352\n",
        },
        _columns("""
            sensors.sensor_id text key
            sensors.room text
            sensors.lat numeric(16, 6)
            sensors.lon numeric(16, 6)
            readings.sensor_id text key -> sensors.sensor_id
            readings.measured_at timestamptz key
            readings.temperature numeric(14, 4)
            readings.humidity integer
            readings.battery_v numeric(12, 2) ?
        """),
        ("sensor_readings",),
    ),
    "inventory": Files(
        {
            "stock.csv": _csv(
                "sku,description,order,group,unit price,qty,ean",
                _rows(
                    30,
                    lambda at, of: (
                        f'A{at:03}-X,"Bolt, {at} mm",{at},{"abc"[at % 3]},{of.random():.4f},{of.randint(0, 5000)},'
                        f"{4006381333931 + at * 7}"
                    ),
                ),
            )
        },
        _columns("""
            stock.sku text key
            stock.description text
            stock.order integer
            stock.group text enum
            stock.unit_price numeric(14, 4)
            stock.qty integer
            stock.ean text
        """),
        (),
        ("unit price",),
    ),
    "students": Files(
        {
            "Élèves 2024.csv": "\ufeff"
            + _csv(
                "Numéro d'étudiant,Nom,Prénom,Né(e) le,Code postal,Téléphone,Note sur 20,Moyenne,Boursier",
                _rows(
                    22,
                    lambda at, of: (
                        f"{20240000 + at},{_LAST[at % 10].upper()},{_FIRST[at % 20]},200{at % 9}-03-1{at % 9},"
                        f'0{1000 + at},06 12 34 5{at % 10} {10 + at},{at % 20},"{at % 20},5",'
                        f"{'oui' if at % 3 else 'non'}"
                    ),
                ),
            )
        },
        _columns("""
            eleves_2024.numero_detudiant integer key
            eleves_2024.nom text name
            eleves_2024.prenom text name
            eleves_2024.ne_e_le date hide
            eleves_2024.code_postal text
            eleves_2024.telephone text phone
            eleves_2024.note_sur_20 integer
            eleves_2024.moyenne text
            eleves_2024.boursier text enum
        """),
        (),
        ("Numéro d'étudiant", "write 1234.50"),
    ),
    "bank": Files(
        {
            "statement.csv": _csv(
                "Date,Value date,Label,Debit,Credit,Balance",
                _rows(
                    40,
                    lambda at, of: (
                        f"{_DAY + timedelta(at // 2)},{_DAY + timedelta(at // 2)},CARD {at % 4},"
                        f"{'' if at % 5 == 0 else '12.50'},{'100.00' if at % 5 == 0 else ''},{-500 + at:.2f}"
                    ),
                ),
            )
        },
        _columns("""
            statement.date date
            statement.value_date date
            statement.label text enum
            statement.debit numeric(12, 2) ?
            statement.credit numeric(12, 2) ?
            statement.balance numeric(12, 2)
        """),
        (),
        ("no key",),
    ),
    "weblog": Files(
        {
            "access.csv": _csv(
                "time,ip,method,path,status,bytes,referer,duration_s",
                _rows(
                    80,
                    lambda at, of: (
                        f"{datetime(2024, 5, 1) + timedelta(seconds=at * 7)},10.0.{at % 9}.{at},"
                        f"{of.choice(['GET', 'GET', 'POST'])},/p/{at % 11},{of.choice([200, 404])},"
                        f"{of.randint(100, 99999)},"
                        f"{'' if at % 2 else chr(34) * 2},{of.random() / 1000:.17g}"
                    ),
                ),
            )
        },
        _columns("""
            access.time timestamp
            access.ip text hide
            access.method text enum
            access.path text
            access.status integer
            access.bytes integer
            access.referer text ?
            access.duration_s double
        """),
    ),
    "survey": Files(
        {
            "answers.csv": _csv(
                "Respondent,Submitted at,Q1. How satisfied are you?,Q2,Q2,Comments,",
                _rows(
                    30,
                    lambda at, of: (
                        f"{at},2024-02-03 1{at % 10}:2{at % 10},{of.choice(['good', 'fair', 'bad'])},"
                        f"{of.randint(1, 5)},{'NA' if at == 17 else of.randint(1, 5)},"
                        f'"Line one\nline ""two"" of {at}",x{at}'
                    ),
                ),
            )
        },
        _columns("""
            answers.respondent integer key
            answers.submitted_at timestamp
            answers.q1_how_satisfied_are_you text enum
            answers.q2 integer
            answers.q2_2 text
            answers.comments text
            answers.column_7 text
        """),
        (),
        ("'NA' in line 34",),
    ),
    "shop": Files(
        {
            "customers.csv": _csv(
                "id,name,e-mail,phone,street,city,zip,signed_up,newsletter",
                _rows(
                    20,
                    lambda at, of: (
                        f"{at},{_person(at)},p{at}@example.com,+33 6 12 34 56 {at:02},{at} Main Street,Paris,"
                        f"7500{at % 9},2024-01-{at:02},{'true' if at % 2 else 'false'}"
                    ),
                ),
            ),
            "orders.csv": _csv(
                "id,customer_id,ordered_at,state",
                _rows(
                    60,
                    lambda at, of: (
                        f"{at},{1 + at % 20},2024-03-{1 + at % 28:02}T10:00:00Z,{of.choice(['new', 'sent', 'paid'])}"
                    ),
                ),
            ),
            "order_lines.csv": _csv(
                "order_id,line,product_id,quantity,unit_price",
                [
                    f"{order},{line},{1 + (order + line) % 5},{line},{order / 4}"
                    for order in range(1, 61)
                    for line in (1, 2)
                ],
            ),
            "products.csv": "id,name,category\n1,Blue Shirt,wear\n2,Red Shirt,wear\n3,Green Cup,home\n"
            "4,Lamp,home\n5,Mug,home\n",
        },
        _columns("""
            customers.id bigint key
            customers.name text name
            customers.e_mail text email
            customers.phone text phone
            customers.street text hide
            customers.city text
            customers.zip text
            customers.signed_up date
            customers.newsletter boolean
            products.id bigint key
            products.name text
            products.category text
            orders.id bigint key
            orders.customer_id bigint -> customers.id
            orders.ordered_at timestamptz
            orders.state text enum
            order_lines.order_id bigint key -> orders.id
            order_lines.line integer key
            order_lines.product_id bigint -> products.id
            order_lines.quantity integer
            order_lines.unit_price numeric(12, 2)
        """),
        ("order_order_lines",),
    ),
    "sessions": Files(
        {
            "sessions.csv": _csv(
                "session_uuid,user_name,started,ended,clicks",
                _rows(
                    15,
                    lambda at, of: (
                        f"{of.getrandbits(32):08x}-{at:04x}-4000-8000-{of.getrandbits(48):012x},u{at},"
                        f"2024-01-01 0{at % 10}:00:00,{'' if at == 4 else f'2024-01-01 0{at % 10}:30:00'},{at}"
                    ),
                ),
            )
        },
        _columns("""
            sessions.session_uuid uuid key
            sessions.user_name text hide
            sessions.started timestamp
            sessions.ended timestamp ?
            sessions.clicks integer
        """),
    ),
    "timetable": Files(
        {
            "courses.csv": "code,title,room,starts,ends,days\n"
            + "".join(f"C{at},Course {at},R{at % 3},{8 + at:02}:15,{9 + at:02}:45:00,{at}\n" for at in range(8))
        },
        _columns("""
            courses.code text key
            courses.title text
            courses.room text
            courses.starts time
            courses.ends time
            courses.days integer
        """),
    ),
    "world": Files(
        {
            "countries.csv": "code,name,population,area_km2\nFR,France,68000000,643801.5\nDE,Germany,84000000,357022\n"
            "NO,Norway,5500000,385207\nCN,China,1412000000,9596961\n",
            "cities.csv": "city,country_code,population\nParis,FR,2100000\nLyon,FR,520000\n"
            "Oslo,NO,700000\nBerlin,DE,3700000\n"
            "Rome,IT,2800000\n",
        },
        _columns("""
            countries.code text key
            countries.name text
            countries.population bigint
            countries.area_km2 numeric(12, 2)
            cities.city text key
            cities.country_code text
            cities.population integer
        """),
        (),
        ("1 rows refer to nobody",),
    ),
    "physics": Files(
        {
            "runs.csv": "run,energy,counts,flag,note,empty\n"
            "1,1.5e3,12345678901,NaN,007,\n2,-2E-7,5,1,42,\n3,0.0,-3,0,1000,\n"
        },
        _columns("""
            runs.run integer key
            runs.energy double
            runs.counts bigint
            runs.flag text
            runs.note text
            runs.empty text ?
        """),
        (),
        ("'NaN' in line 2", "begin with a zero", "no row has a value"),
    ),
    "dates": Files(
        {
            "events.csv": "event_id,day,american,mixed,leap\n1,2024-01-31,01/31/2024,2024-01-01,2024-02-29\n"
            "2,2024-02-01,02/01/2024,2024-01-02T10:00:00Z,2023-02-29\n"
            "3,2024-02-02,02/02/2024,2024-01-02 10:00,2023-02-28\n"
        },
        _columns("""
            events.event_id bigint key
            events.day date
            events.american text
            events.mixed timestamptz
            events.leap text
        """),
        (),
        ("write them so to have a date", "'2023-02-29' in line 3 is not a date", "without a zone are UTC"),
    ),
    "one-column": Files({"tags.csv": "tag\nred\n\nblue\n"}, _columns("tags.tag text ?")),
    "one-row": Files(
        {"settings.csv": "id,name,value\n1,colour,\n"},
        _columns("""
            settings.id bigint key
            settings.name text
            settings.value text ?
        """),
    ),
    "no-rows": Files(
        {"leads.csv": "id,email\n"},
        _columns("""
            leads.id text ?
            leads.email text ? email
        """),
        (),
        ("has no rows",),
    ),
    "wide": Files(
        {
            "matrix.csv": ",".join(f"Column {at}" for at in range(200))
            + "\n"
            + "".join(",".join(f"{row * at}.{at % 10}" for at in range(200)) + "\n" for row in range(3))
        },
        {f"matrix.column_{at}": f"numeric({'12, 2'})" for at in range(200)},
    ),
    "words": Files(
        {"select.csv": "select,user,table,Table,ctid,2024,日本,a b,A-B\n1,2,3,4,5,6,7,8,9\n2,2,3,4,5,6,7,8,9\n"},
        _columns("""
            select.select integer key
            select.user integer
            select.table integer
            select.table_2 integer
            select.ctid_ integer
            select._2024 integer
            select.column_7 integer
            select.a_b integer
            select.a_b_2 integer
        """),
    ),
    "hospital": Files(
        {
            "patients.csv": "patient_no,full_name,gender,ssn,blood_type\n"
            + "".join(
                f"{7000 + at},{_person(at)},{'FM'[at % 2]},{at:03}-55-{at:04},{'AB0'[at % 3]}\n" for at in range(18)
            ),
            "visits.csv": "visit_id,patient_no,visited_on,diagnosis\n"
            + "".join(f"{at},{7000 + at % 18},2024-04-{1 + at % 30:02},D{at % 4}\n" for at in range(45)),
        },
        _columns("""
            patients.patient_no integer key
            patients.full_name text name
            patients.gender text hide
            patients.ssn text hide
            patients.blood_type text enum
            visits.visit_id bigint key
            visits.patient_no integer -> patients.patient_no
            visits.visited_on date
            visits.diagnosis text enum
        """),
        ("patient_visits",),
    ),
}
