"""The stand-in for Grafana's server reads provisioning as Grafana documents it, and notices what would not work."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.grafana.queries import rendered, undrawn
from tests.grafana.server import Grafana, Pod, ProvisioningError

SOURCE: dict[str, Any] = {"name": "sales", "uid": "s", "type": "cloudwatch"}
PROVIDER: dict[str, Any] = {"name": "mesh", "type": "file", "options": {"path": "/boards"}}
BEGIN, END = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def started(
    folder: Path,
    *,
    sources: dict[str, list[dict[str, Any]]] | None = None,
    provider: dict[str, Any] = PROVIDER,
    environment: dict[str, str] | None = None,
    titles: tuple[str, ...] = ("Data mesh",),
) -> Grafana:
    """The server after its start with these files."""
    files = {
        "etc/grafana/grafana.ini": "[dashboards]\ndefault_home_dashboard_path = /boards/0.json\n"
        "[security]\nadmin_user = admin\nadmin_password = admin\n",
        "etc/grafana/provisioning/datasources/mesh.yaml": yaml.safe_dump(
            {"apiVersion": 1, **(sources or {"datasources": [SOURCE]})}
        ),
        "etc/grafana/provisioning/dashboards/mesh.yaml": yaml.safe_dump({"apiVersion": 1, "providers": [provider]}),
        "secret": "of a file\n",
    } | {f"boards/{at}.json": json.dumps({"uid": str(at), "title": title}) for at, title in enumerate(titles)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Grafana(Pod(folder, environment or {}), lambda host, port: (host, port))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("$PASSWORD", "a$HOME$$b"),
        ("${PASSWORD}", "a/rootb"),
        ("$__env{PASSWORD}", "a/rootb"),
        ("$__file{/secret}", "of a file"),
        ("costs 5 $$ in $HOME", "costs 5 $ in /root"),
        ("$NOBODY", ""),
    ],
)
def test_a_value_is_filled_in_as_grafana_fills_it_in(tmp_path: Path, written: str, read: str):
    source = SOURCE | {"secureJsonData": {"password": written}}
    given = {"PASSWORD": "a$HOME$$b", "HOME": "/root"}
    grafana = started(tmp_path, sources={"datasources": [source]}, environment=given)
    assert grafana.sources["s"]["secureJsonData"]["password"] == read


def test_a_variable_of_the_pod_wins_over_the_file(tmp_path: Path):
    grafana = started(tmp_path, environment={"GF_SECURITY_ADMIN_PASSWORD": "generated"})
    assert grafana.login("admin", "generated") and not grafana.login("admin", "admin")


def test_a_data_source_that_is_deleted_is_gone_before_others_come(tmp_path: Path):
    said = {"deleteDatasources": [{"name": "sales", "orgId": 1}], "datasources": [SOURCE | {"uid": "new"}]}
    assert list(started(tmp_path, sources=said).sources) == ["new"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"sources": {"datasources": [SOURCE | {"passwort": "x"}]}}, "knows no passwort"),
        ({"sources": {"datasource": [SOURCE]}}, "knows no datasource"),
        ({"sources": {"datasources": [SOURCE, SOURCE | {"name": "other"}]}}, "one uid"),
        (
            {"sources": {"datasources": [SOURCE | {"isDefault": True, "name": x, "uid": x} for x in "ab"]}},
            "are the default",
        ),
        ({"sources": {"datasources": [SOURCE | {"url": "$__vault{x}"}]}}, "no expander"),
        ({"provider": PROVIDER | {"path": "/boards"}}, "knows no path"),
        ({"provider": PROVIDER | {"options": {"path": "/elsewhere"}}}, "has no dashboards"),
        ({"titles": ("Data mesh", "Data mesh")}, "of another dashboard"),
        ({"titles": ("Data mesh", "")}, "no title"),
    ],
)
def test_what_grafana_would_refuse_or_look_past_stops_the_start(tmp_path: Path, said: dict[str, Any], why: str):
    with pytest.raises(ProvisioningError, match=why):
        started(tmp_path, **said)


def test_macros_of_time_are_filled_in_for_each_server():
    query = "SELECT 1 FROM t WHERE $__timeFilter(t.at) AND at > $__timeFrom() AND at < $__timeTo()"
    first, last = f"timestamptz '{BEGIN}'", f"timestamptz '{END}'"
    assert rendered(query, "postgresql", BEGIN, END) == (
        f"SELECT 1 FROM t WHERE t.at BETWEEN {first} AND {last} AND at > {first} AND at < {last}"
    )
    assert "timestamptz" not in rendered(query, "trino", BEGIN, END)


@pytest.mark.parametrize("text", ["$__unheard(x)", "$__interval", "${domain}", "[[domain]]"])
def test_what_grafana_would_take_for_a_macro_or_variable_is_refused(text: str):
    with pytest.raises(ValueError, match=r"macro|variable"):
        rendered(f"SELECT '{text}'", "postgresql", BEGIN, END)


@pytest.mark.parametrize("text", ["'^[0-9]+$'", "$$text$$", "$1", "ARRAY[[1]]"])
def test_a_dollar_of_sql_reaches_the_server_as_it_is(text: str):
    assert rendered(text, "postgresql", BEGIN, END) == text


def frame(rows: int = 1, **fields: str) -> dict[str, Any]:
    names = [{"name": name, "type": kind} for name, kind in fields.items()]
    return {"schema": {"fields": names}, "data": {"values": [[1] * rows for _ in fields]}}


BARS = {"type": "barchart", "options": {"xField": "campaign"}}
FAILED = {"type": "table", "fieldConfig": {"overrides": [{"matcher": {"id": "byName", "options": "passed"}}]}}


@pytest.mark.parametrize(
    ("panel", "answer", "why"),
    [
        (BARS, frame(campaign="string", revenue="number"), []),
        (BARS, frame(name="string", revenue="number"), ["xField campaign is no text among ['name', 'revenue']"]),
        (BARS, frame(campaign="string"), ["no field is a number"]),
        ({"type": "timeseries"}, frame(time="string", rows_="number"), ["no field is a time"]),
        ({"type": "stat"}, frame(seconds="number"), []),
        ({"type": "stat"}, frame(0, seconds="number"), ["no rows"]),
        (FAILED, frame(passed="number"), []),
        (FAILED, frame(failed="number"), ["an override is for passed, which is not among ['failed']"]),
    ],
)
def test_a_panel_that_would_stay_empty_is_noticed(panel: dict[str, Any], answer: dict[str, Any], why: list[str]):
    assert undrawn(panel, answer) == why
