"""What a play found, as one JSON-ready document: times in ISO 8601, hours as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from seamark.clock import DAY_US, HOUR_US, SECOND_US, to_iso
from seamark.pipeline.backtest.otherwise import Told, by_budget, by_threshold
from seamark.pipeline.backtest.play import Played
from seamark.records.alert import Alert
from seamark.records.incident import Incident
from seamark.records.window import Window

_MONTH_US = 30 * DAY_US
Document = dict[str, Any]


def report(played: Played, rows: int, notes: Sequence[str]) -> Document:
    """Alerts and incidents, time in alarm by month and by monitor, and what other budgets and thresholds had given."""
    span = played.span
    length_us = (played.options.window_seconds or 0) * SECOND_US
    return {
        "model": played.model,
        "from": to_iso(span.start_us),
        "to": to_iso(span.end_us),
        "rows": rows,
        "window_seconds": played.options.window_seconds,
        "windows": span.length_us // length_us,
        "budget": played.options.budget,
        "learned": [{"from": to_iso(each.from_us), "summary": each.summary} for each in played.levels],
        "notes": list(notes),
        "alerts": [_alert(alert) for alert in played.alerts],
        "incidents": [_incident(incident, played.alerts) for incident in played.incidents],
        "alarm_hours": _hours(_burning(played.alerts, played.end_us)),
        "months": [_month(played, month) for month in _months(span)],
        "monitors": [line for month in _months(span) for line in _monitors(played, month)],
        "budgets": _otherwise("budget", by_budget(played), played.options.budget, played),
        "thresholds": _otherwise("times", by_threshold(played), 1.0, played),
        "quality": [],
    }


def _alert(alert: Alert) -> Document:
    return {
        "signal": alert.signal,
        "monitor": alert.monitor,
        "version": alert.version,
        "segment": alert.segment,
        "opened": _iso(alert.opened_us),
        "closed": _iso(alert.resolved_us),
        "onset": _iso(alert.onset_us),
        "value": alert.value,
        "threshold": alert.threshold,
        "priority": alert.priority.value,
        "provisional": alert.provisional,
        "incident": alert.incident,
    }


def _incident(incident: Incident, alerts: Iterable[Alert]) -> Document:
    mine = {alert.signal for alert in alerts if alert.id in incident.alerts}
    return {
        "id": incident.id,
        "title": incident.title,
        "state": incident.state.value,
        "priority": incident.priority.value,
        "onset": _iso(incident.onset_us),
        "opened": _iso(incident.opened_us),
        "closed": _iso(incident.resolved_us),
        "signals": sorted(mine),
        "causes": [cause.subject for cause in incident.causes],
    }


def _month(played: Played, month: Window) -> Document:
    """Of one calendar month, UTC: what opened in it, and how long anything was in alarm."""
    return {
        "month": _name(month),
        "hours": (month.length_us) / HOUR_US,
        "alerts": sum(_inside(alert.opened_us, month, played) for alert in played.alerts),
        "incidents": sum(_inside(incident.opened_us, month, played) for incident in played.incidents),
        "alarm_hours": _hours(_clipped(_burning(played.alerts, played.end_us), month)),
    }


def _monitors(played: Played, month: Window) -> list[Document]:
    """Of one calendar month, the monitors that were in alarm, the longest first."""
    by_monitor: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in played.alerts:
        by_monitor.setdefault((alert.monitor, alert.version, alert.segment), []).append(alert)
    found = []
    for (monitor, version, segment), alerts in by_monitor.items():
        hours = _hours(_clipped(_burning(alerts, played.end_us), month))
        opened = sum(_inside(alert.opened_us, month, played) for alert in alerts)
        if hours or opened:
            line = {"month": _name(month), "monitor": monitor, "version": version, "segment": segment}
            found.append({**line, "alerts": opened, "alarm_hours": hours})
    return sorted(found, key=lambda line: (-float(str(line["alarm_hours"])), str(line["monitor"])))


def _otherwise(word: str, told: Mapping[float, Told], present: float, played: Played) -> list[Document]:
    months = played.span.length_us / _MONTH_US
    return [
        {
            word: value,
            "present": value == present,
            "alerts": len(each.alerts),
            "incidents": len(each.incidents),
            "incidents_a_month": len(each.incidents) / months,
            "alarm_hours": _hours(_burning(each.alerts, played.end_us)),
        }
        for value, each in told.items()
    ]


def _inside(time_us: int | None, month: Window, played: Played) -> bool:
    """What opened when the last window was sealed opened in the last month."""
    shown_us = min(time_us or 0, played.span.end_us - 1)
    return month.start_us <= shown_us < month.end_us


def _burning(alerts: Iterable[Alert], end_us: int) -> list[Window]:
    """When any of the alerts was firing, as windows that do not overlap."""
    spans = sorted(Window(alert.opened_us or 0, alert.resolved_us or end_us) for alert in alerts)
    found: list[Window] = []
    for span in spans:
        if found and span.start_us <= found[-1].end_us:
            found[-1] = found[-1].cover(span)
        else:
            found.append(span)
    return found


def _clipped(spans: Iterable[Window], to: Window) -> list[Window]:
    return [Window(max(s.start_us, to.start_us), min(s.end_us, to.end_us)) for s in spans if s.overlaps(to)]


def _hours(spans: Iterable[Window]) -> float:
    return round(sum(span.length_us for span in spans) / HOUR_US, 3)


def _months(span: Window) -> list[Window]:
    """The calendar months of a time, UTC, each as far as it lies inside."""
    found, start_us = [], span.start_us
    while start_us < span.end_us:
        moment = datetime.fromtimestamp(start_us // SECOND_US, UTC)
        following = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)
        end_us = min(int(following.timestamp()) * SECOND_US, span.end_us)
        found.append(Window(start_us, end_us))
        start_us = end_us
    return found


def _name(month: Window) -> str:
    return to_iso(month.start_us)[:7]


def _iso(time_us: int | None) -> str | None:
    return None if time_us is None else to_iso(time_us)
