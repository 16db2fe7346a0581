"""Files of businesses and schools, invented."""

from datetime import timedelta

from tests.stack.domain.invented import DAY, FIRST, LAST, Files, columns, csv_of, person, rows_of

EVERY: dict[str, Files] = {
    "invoices": Files(
        {
            "invoices.csv": csv_of(
                "Invoice No,Customer ID,Amount (EUR),VAT %,Issued on,Due,Paid",
                rows_of(
                    60,
                    lambda at, of: (
                        f"INV-{at:04},{of.randint(1, 9)},{of.random() * 900:.2f},20,{DAY + timedelta(at)},"
                        f"{DAY + timedelta(at + 30)},{of.choice(['yes', 'no'])}"
                    ),
                ),
            ),
        },
        columns("""
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
            "employees.csv": csv_of(
                "employee_id,firstName,lastName,workEmail,birth_date,department_id,manager_id,salary,is_remote",
                rows_of(
                    25,
                    lambda at, of: (
                        f"{at},{FIRST[at % 20]},{LAST[at % 10]},{FIRST[at % 20].lower().replace('é', 'e')}{at}"
                        f"@example.com,19{60 + at}-0{1 + at % 9}-15,{1 + at % 3},"
                        f"{'' if at < 3 else 1 + at % 2},{30000 + at * 100},{at % 2}"
                    ),
                ),
            ),
            "departments.csv": "id,name\n1,Sales\n2,Research\n3,People\n",
        },
        columns("""
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
            "readings.csv": csv_of(
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
        columns("""
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
            "stock.csv": csv_of(
                "sku,description,order,group,unit price,qty,ean",
                rows_of(
                    30,
                    lambda at, of: (
                        f'A{at:03}-X,"Bolt, {at} mm",{at},{"abc"[at % 3]},{of.random():.4f},{of.randint(0, 5000)},'
                        f"{4006381333931 + at * 7}"
                    ),
                ),
            )
        },
        columns("""
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
            + csv_of(
                "Numéro d'étudiant,Nom,Prénom,Né(e) le,Code postal,Téléphone,Note sur 20,Moyenne,Boursier",
                rows_of(
                    22,
                    lambda at, of: (
                        f"{20240000 + at},{LAST[at % 10].upper()},{FIRST[at % 20]},200{at % 9}-03-1{at % 9},"
                        f'0{1000 + at},06 12 34 5{at % 10} {10 + at},{at % 20},"{at % 20},5",'
                        f"{'oui' if at % 3 else 'non'}"
                    ),
                ),
            )
        },
        columns("""
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
    "shop": Files(
        {
            "customers.csv": csv_of(
                "id,name,e-mail,phone,street,city,zip,signed_up,newsletter",
                rows_of(
                    20,
                    lambda at, of: (
                        f"{at},{person(at)},p{at}@example.com,+33 6 12 34 56 {at:02},{at} Main Street,Paris,"
                        f"7500{at % 9},2024-01-{at:02},{'true' if at % 2 else 'false'}"
                    ),
                ),
            ),
            "orders.csv": csv_of(
                "id,customer_id,ordered_at,state",
                rows_of(
                    60,
                    lambda at, of: (
                        f"{at},{1 + at % 20},2024-03-{1 + at % 28:02}T10:00:00Z,{of.choice(['new', 'sent', 'paid'])}"
                    ),
                ),
            ),
            "order_lines.csv": csv_of(
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
        columns("""
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
            "sessions.csv": csv_of(
                "session_uuid,user_name,started,ended,clicks",
                rows_of(
                    15,
                    lambda at, of: (
                        f"{of.getrandbits(32):08x}-{at:04x}-4000-8000-{of.getrandbits(48):012x},u{at},"
                        f"2024-01-01 0{at % 10}:00:00,{'' if at == 4 else f'2024-01-01 0{at % 10}:30:00'},{at}"
                    ),
                ),
            )
        },
        columns("""
            sessions.session_uuid uuid key
            sessions.user_name text hide
            sessions.started timestamp
            sessions.ended timestamp ?
            sessions.clicks integer
        """),
    ),
    "hospital": Files(
        {
            "patients.csv": "patient_no,full_name,gender,ssn,blood_type\n"
            + "".join(
                f"{7000 + at},{person(at)},{'FM'[at % 2]},{at:03}-55-{at:04},{'AB0'[at % 3]}\n" for at in range(18)
            ),
            "visits.csv": "visit_id,patient_no,visited_on,diagnosis\n"
            + "".join(f"{at},{7000 + at % 18},2024-04-{1 + at % 30:02},D{at % 4}\n" for at in range(45)),
        },
        columns("""
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
