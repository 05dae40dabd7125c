"""A Grafana dashboard over Seamark's own /metrics, in Grafana's JSON model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SCHEMA_VERSION: Final = 42  # of Grafana's JSON model; newer Grafanas bring it up to theirs
_COLUMNS: Final = 24  # of Grafana's grid
_OF_MODEL: Final = 'project=~"$project", model=~"$model"'
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class _Panel:
    """`queries` are (PromQL, legend); `extra` is merged into the panel's options."""

    title: str
    text: str
    queries: Sequence[tuple[str, str]]
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    unit: str = "short"
    steps: Sequence[tuple[str, float | None]] = (("green", None),)
    options: dict[str, Any] = field(default_factory=dict)


_BAD_ABOVE_0: Final = (("green", None), ("red", 1.0))
_ROWS: Final[dict[str, tuple[_Panel, ...]]] = {
    "Now": (
        _Panel(
            "Open incidents", "Of all models.", [('seamark_incidents{state="open"}', "open")],
            "stat", 6, 4, steps=_BAD_ABOVE_0,
        ),
        _Panel(
            "Firing alerts", "Of the models above, by priority: P1 now, P2 the same day, P3 the weekly digest.",
            [(f'sum by (priority) (seamark_model_alerts{{{_OF_MODEL}, state="firing"}}) or vector(0)', "{{priority}}")],
            "stat", 6, 4, steps=_BAD_ABOVE_0,
        ),
        _Panel(
            "Predictions", "A second.",
            [(f"sum by (model) (rate(seamark_predictions_total{{{_OF_MODEL}}}[$__rate_interval]))", "{{model}}")],
            width=12, height=4, unit="reqps",
        ),
    ),
    "Models": (
        _Panel(
            "Drift, as a multiple of its threshold", "The 15 signals that are furthest. Above 1 is a breach.",
            [
                (
                    f"topk(15, seamark_drift_distance{{{_OF_MODEL}}} / (seamark_threshold{{{_OF_MODEL}}} > 0))",
                    "{{model}} {{feature}} ({{statistic}})",
                )
            ],
            width=16, height=10, steps=(("green", None), ("red", 1.0)),
            options={"custom": {"thresholdsStyle": {"mode": "line"}}},
        ),
        _Panel(
            "Alerts", "Each with what it is about. An empty model is a machine or a service.",
            [(f"seamark_model_alerts{{{_OF_MODEL}}}", "")], "table", 8, 10,
        ),
        _Panel(
            "Alerts over time", "That fire, by layer.",
            [(f'sum by (layer) (seamark_model_alerts{{{_OF_MODEL}, state="firing"}})', "{{layer}}")],
        ),
        _Panel(
            "Outcomes", "Ids that were matched with a prediction, wait for it, or have waited in vain.",
            [(f"sum by (state) (seamark_outcome_ids{{{_OF_MODEL}}})", "{{state}}")],
        ),
    ),
    "Seamark itself": (
        _Panel(
            "Rows taken", "A second, durable.",
            [("sum by (kind) (rate(seamark_ingest_rows_total[$__rate_interval]))", "{{kind}}")], width=8, unit="rowsps",
        ),
        _Panel(
            "Refused", "Batches, by reason, and rows of other batches, by field.",
            [
                (
                    "sum by (reason) (rate(seamark_ingest_refused_batches_total[$__rate_interval]))",
                    "batches: {{reason}}",
                ),
                ("sum by (field) (rate(seamark_ingest_refused_rows_total[$__rate_interval]))", "rows: {{field}}"),
            ],
            width=8, unit="ops",
        ),
        _Panel(
            "Waiting", "Rows to be committed, and rows to be profiled.",
            [("seamark_ingest_queue_rows", "to commit"), ("seamark_store_log_pending_rows", "to profile")], width=8,
        ),
        _Panel(
            "Since each lane's last success", "A lane that has failed for long is stuck.",
            [("time() - seamark_lane_last_success_seconds", "{{lane}}")], width=8, unit="s",
        ),
        _Panel(
            "Logged inferences", "Requests and responses of serving stacks, by what became of them.",
            [
                ("sum by (fate) (rate(seamark_inference_halves_total[$__rate_interval]))", "halves: {{fate}}"),
                ("sum by (fate) (rate(seamark_inference_exchanges_total[$__rate_interval]))", "exchanges: {{fate}}"),
            ],
            width=8, unit="ops",
        ),
        _Panel(
            "Messages", "In the outbox, by state.", [("seamark_deliveries", "{{state}}")], width=8,
        ),
        _Panel(
            "Answers", "HTTP, by status.",
            [("sum by (status) (rate(seamark_http_responses_total[$__rate_interval]))", "{{status}}")],
            width=8, unit="reqps",
        ),
        _Panel(
            "Store", "Database and row files.",
            [
                ("seamark_store_database_bytes", "database"), ("seamark_store_row_file_bytes", "row files"),
                ("seamark_store_disk_free_bytes", "free on the disk"),
            ],
            width=8, unit="bytes",
        ),
        _Panel(
            "Samples of metrics", "By what became of them.",
            [("sum by (fate) (rate(seamark_metric_samples_total[$__rate_interval]))", "{{fate}}")], width=8, unit="ops",
        ),
    ),
}  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The whole dashboard, as Grafana imports it."""
    return {
        "uid": "seamark",
        "title": "Seamark",
        "description": "Drift, alerts and the health of Seamark itself, from its /metrics.",
        "tags": ["seamark", "machine-learning"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timepicker": {},
        "timezone": "",
        "templating": {"list": list(_variables())},
        "annotations": {"list": [_annotation()]},
        "links": [],
        "panels": list(_panels()),
    }


def _variables() -> Iterator[dict[str, Any]]:
    yield {
        "name": "source",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
        "hide": 0,
    }
    yield _choice("project", "label_values(seamark_predictions_total, project)")
    yield _choice("model", 'label_values(seamark_predictions_total{project=~"$project"}, model)')


def _choice(name: str, query: str) -> dict[str, Any]:
    """A variable of which several values, or all, may be chosen; all includes what has none."""
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
        "hide": 0,
    }


def _annotation() -> dict[str, Any]:
    """A mark where an incident opened."""
    return {
        "name": "Incidents",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'increase(seamark_incidents{state="open"}[2m]) > 0',
        "titleFormat": "An incident opened",
        "step": "1m",
    }


def _panels() -> Iterator[dict[str, Any]]:
    """Rows and their panels, laid out from the left to the right."""
    number = top = 0
    for title, panels in _ROWS.items():
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": _at(0, top, 24, 1),
        }
        top += 1
        left = tallest = 0
        for panel in panels:
            if left + panel.width > _COLUMNS:
                left, top, tallest = 0, top + tallest, 0
            number += 1
            yield _panel(panel, number, _at(left, top, panel.width, panel.height))
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def _at(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _panel(panel: _Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    is_table = panel.kind == "table"
    steps = [{"color": color, "value": value} for color, value in panel.steps]
    defaults = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}, **panel.options}
    found: dict[str, Any] = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {},
        "targets": [
            {
                "refId": chr(ord("A") + at),
                "datasource": _SOURCE,
                "expr": query,
                "legendFormat": legend or "__auto",
                "instant": is_table,
                "range": not is_table,
                **({"format": "table"} if is_table else {}),
            }
            for at, (query, legend) in enumerate(panel.queries)
        ],
    }
    if is_table:
        hidden = dict.fromkeys(("Time", "__name__", "instance", "job"), True)
        found["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
    return found
