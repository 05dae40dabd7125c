"""`seamark export`: what other tools load is what they accept, and asks only for what /metrics tells."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.server.wiring import FakeServices, ask

from seamark.app import build
from seamark.cli import main
from seamark.config import Config, StoreOptions
from seamark.records.measurement import MeasurementKind

GOLDEN = Path(__file__).parents[2] / "golden" / "promtool"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None and not os.environ.get("CI"), reason="needs Debian's prometheus"
)


@pytest.fixture
def exported(capsys):
    def export(*words):
        assert main(["export", *words]) == 0
        return capsys.readouterr().out

    return export


def promtool(*words, cwd=None):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The names that a scrape of /metrics tells."""
    app = build(Config(store=StoreOptions(str(tmp_path_factory.mktemp("store") / "data"))))
    try:
        found = list(app.measurements())
    finally:
        app.stop()
    page = ask(FakeServices(), "GET", "/metrics").text
    families = text_string_to_metric_families(page)
    http = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    return http | {each.name + ("_total" if each.kind is MeasurementKind.COUNTER else "") for each in found}


def panels(document):
    return [panel for panel in document["panels"] if panel["type"] != "row"]


def queries(document):
    """Every query of a dashboard as Grafana would send it."""
    asked = [target["expr"] for panel in panels(document) for target in panel["targets"]]
    asked += [each["expr"] for each in document["annotations"]["list"]]
    filled = {"$__rate_interval": "5m", "$project": ".*", "$model": ".*"}
    for query in asked:
        yield re.sub("|".join(map(re.escape, filled)), lambda found: filled[found[0]], query)


@needs_promtool
def test_the_rules_are_what_a_prometheus_takes(exported, tmp_path):
    path = tmp_path / "seamark-rules.yml"
    path.write_text(exported("prometheus-rules"))
    assert "SUCCESS: 14 rules found" in promtool("check", "rules", str(path))


@needs_promtool
def test_the_rules_fire_on_what_they_are_about_and_on_nothing_else(exported, tmp_path):
    (tmp_path / "seamark-rules.yml").write_text(exported("prometheus-rules"))
    shutil.copy(GOLDEN / "rules_test.yml", tmp_path)
    promtool("test", "rules", "rules_test.yml", cwd=tmp_path)


@needs_promtool
def test_every_query_of_the_dashboard_is_promql(exported, tmp_path):
    rules = [
        {"record": f"q:{at}", "expr": query}
        for at, query in enumerate(queries(json.loads(exported("grafana-dashboard"))))
    ]
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", "queries.yml", cwd=tmp_path)


def test_nothing_is_asked_for_that_is_not_told(exported, told):
    text = exported("prometheus-rules") + "\n".join(queries(json.loads(exported("grafana-dashboard"))))
    asked = set(re.findall(r"\bseamark_\w+", text))
    assert len(asked) > 20
    assert asked <= told, sorted(asked - told)


def test_the_dashboard_is_one_that_grafana_imports(exported):
    document = json.loads(exported("grafana-dashboard", "--title", "Our models"))
    assert (document["title"], document["uid"]) == ("Our models", "seamark")
    assert document["schemaVersion"] >= 39
    assert "id" not in document
    ids = [panel["id"] for panel in document["panels"]]
    assert len(set(ids)) == len(ids)
    assert {each["name"] for each in document["templating"]["list"]} == {"source", "project", "model"}
    for panel in panels(document):
        assert panel["description"]
        assert {each["refId"] for each in panel["targets"]} == set("ABC"[: len(panel["targets"])])
        assert {each["datasource"]["uid"] for each in [panel, *panel["targets"]]} == {"${source}"}


def test_panels_stand_on_the_grid_and_never_on_each_other(exported):
    places = [panel["gridPos"] for panel in json.loads(exported("grafana-dashboard"))["panels"]]
    assert all(at["x"] >= 0 and at["x"] + at["w"] <= 24 for at in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above


@pytest.mark.parametrize("words", [["export"], ["export", "excel"], ["export", "prometheus-rules", "--title", "x"]])
def test_what_cannot_be_exported_is_refused(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err
