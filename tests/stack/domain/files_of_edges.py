"""Files with values, names and sizes at the edge of what is usual, invented."""

from datetime import datetime, timedelta

from tests.stack.domain.invented import DAY, Files, columns, csv_of, rows_of

EVERY: dict[str, Files] = {
    "bank": Files(
        {
            "statement.csv": csv_of(
                "Date,Value date,Label,Debit,Credit,Balance",
                rows_of(
                    40,
                    lambda at, of: (
                        f"{DAY + timedelta(at // 2)},{DAY + timedelta(at // 2)},CARD {at % 4},"
                        f"{'' if at % 5 == 0 else '12.50'},{'100.00' if at % 5 == 0 else ''},{-500 + at:.2f}"
                    ),
                ),
            )
        },
        columns("""
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
            "access.csv": csv_of(
                "time,ip,method,path,status,bytes,referer,duration_s",
                rows_of(
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
        columns("""
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
            "answers.csv": csv_of(
                "Respondent,Submitted at,Q1. How satisfied are you?,Q2,Q2,Comments,",
                rows_of(
                    30,
                    lambda at, of: (
                        f"{at},2024-02-03 1{at % 10}:2{at % 10},{of.choice(['good', 'fair', 'bad'])},"
                        f"{of.randint(1, 5)},{'NA' if at == 17 else of.randint(1, 5)},"
                        f'"Line one\nline ""two"" of {at}",x{at}'
                    ),
                ),
            )
        },
        columns("""
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
    "timetable": Files(
        {
            "courses.csv": "code,title,room,starts,ends,days\n"
            + "".join(f"C{at},Course {at},R{at % 3},{8 + at:02}:15,{9 + at:02}:45:00,{at}\n" for at in range(8))
        },
        columns("""
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
        columns("""
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
        columns("""
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
        columns("""
            events.event_id bigint key
            events.day date
            events.american text
            events.mixed timestamptz
            events.leap text
        """),
        (),
        ("write them so to have a date", "'2023-02-29' in line 3 is not a date", "without a zone are UTC"),
    ),
    "one-column": Files({"tags.csv": "tag\nred\n\nblue\n"}, columns("tags.tag text ?")),
    "one-row": Files(
        {"settings.csv": "id,name,value\n1,colour,\n"},
        columns("""
            settings.id bigint key
            settings.name text
            settings.value text ?
        """),
    ),
    "no-rows": Files(
        {"leads.csv": "id,email\n"},
        columns("""
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
        columns("""
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
}
