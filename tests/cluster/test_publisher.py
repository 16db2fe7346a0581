"""The CronJob of `publish.schedule` publishes from its own pod, in the publisher's image, what has changed."""

import json
import time

from client.stack import parse_outputs
from tests.cluster.conftest import Platform
from tests.cluster.kubernetes import PATIENCE
from tests.stack.checkout import Door

PORT, CUSTOMER = "sales.customer_revenue", 5


def history(platform: Platform) -> list[list[str]]:
    """The words of the lines of `make history`, a publication each, the newest first."""
    said = platform.checkout.must(".venv/bin/python", "-m", "publish", "history", f"--port={PORT}")
    return [line.split() for line in said.splitlines() if line.strip()[:1].isdecimal()]


def run_now(platform: Platform) -> str:
    """What the CronJob's pod prints when it runs now; it has to end well."""
    cluster = platform.cluster
    cluster.kubectl("create", "job", "by-hand", "--from=cronjob/publisher")
    until = time.monotonic() + PATIENCE
    while not (status := cluster.get("job", "by-hand")["status"]).get("succeeded"):
        said = cluster.run("logs", "--selector", "app.kubernetes.io/name=publisher", "--tail=-1").stdout
        given_up = "Failed" in [each["type"] for each in status.get("conditions", [])]  # after its third try
        assert not given_up and time.monotonic() < until, f"{json.dumps(status)}\n{said}"
        time.sleep(1)
    said = cluster.kubectl("logs", "--selector", "app.kubernetes.io/name=publisher", "--tail=-1")
    cluster.kubectl("delete", "job", "by-hand")
    return said


def test_a_run_of_the_cron_job_publishes_what_has_changed_and_nothing_else(platform: Platform, door: Door):
    before = history(platform)
    stack = parse_outputs(platform.checkout.found_anywhere())
    connection = stack.connect("sales", "admin")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO orders (customer_id, total_amount) VALUES (%s, 10.25)", [CUSTOMER])
        said = run_now(platform)
        assert PORT in said and "marketing.lead_first_touch" in said, said
        newest, *earlier = history(platform)
        assert earlier == before, "more than one publication of one change"
        assert newest[-3:] == ["0", "1", "0"], f"added, changed, removed: {newest}"
        revenue = f"SELECT CAST(revenue AS varchar) FROM lake.{PORT} WHERE customer_id = {CUSTOMER}"
        assert door.rows("admin", revenue) == [("10.25",)]
        run_now(platform)
        assert history(platform) == [newest, *before], "a publication without a change wrote something"
    finally:
        with connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders WHERE customer_id = %s", [CUSTOMER])
        connection.close()
