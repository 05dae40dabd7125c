"""What a backtest found, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from seamark.records.wording import counted

_HOURS_A_DAY: Final = 24
_MOST_ALERTS: Final = 20
_MOST_MONITORS: Final = 10
_BAR: Final = 20
_GAP: Final = "  "

Line = Mapping[str, Any]


def story(found: Line) -> str:
    """The headline, then incidents, alerts, months, monitors and what other settings would have given."""
    parts = [_headline(found)]
    if found["alerts"]:
        parts += [_incidents(found["incidents"]), _alerts(found["alerts"])]
    parts.append(_months(found["months"]))
    if found["alerts"]:
        parts.append(_monitors(found["monitors"]))
    if found["budgets"]:
        parts.append(_otherwise("budget a month", "budget", "{:g}", found["budgets"]))
    elif found["thresholds"]:
        parts.append(_otherwise("thresholds times", "times", "{:g}", found["thresholds"]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _headline(found: Line) -> str:
    hours = sum(month["hours"] for month in found["months"])
    windows = f"{counted(found['windows'], 'window')} of {_length(found['window_seconds'])}"
    judged = f"{found['model']}, {_day(found['from'])} to {_day(found['to'])}: {counted(found['rows'], 'prediction')}"
    if not found["alerts"]:
        return f"{judged} in {windows}.\nNo alert."
    what = f"{counted(len(found['incidents']), 'incident')} of {counted(len(found['alerts']), 'alert')}"
    share = found["alarm_hours"] / hours if hours else 0.0
    return f"{judged} in {windows}.\n{what}; in alarm for {_time(found['alarm_hours'])}, {share:.0%} of the time."


def _incidents(incidents: Sequence[Line]) -> str:
    rows = [[_minute(each["opened"]), _minute(each["closed"]), each["priority"], each["title"]] for each in incidents]
    return _table(["incident opened", "closed", "", "what"], rows)


def _alerts(alerts: Sequence[Line]) -> str:
    rows = [
        [
            _minute(each["opened"]),
            _minute(each["closed"]),
            _where(each),
            f"{each['value']:.3g}",
            f"{each['threshold']:.3g}",
        ]
        for each in alerts[:_MOST_ALERTS]
    ]
    table = _table(["alert opened", "closed", "monitor", "value", "threshold"], rows, right=(3, 4))
    left = len(alerts) - _MOST_ALERTS
    return table if left <= 0 else f"{table}\n… and {left:,} more (--json has them all)"


def _months(months: Sequence[Line]) -> str:
    rows = []
    for each in months:
        share = min(each["alarm_hours"] / each["hours"], 1.0) if each["hours"] else 0.0
        bar = "━" * round(share * _BAR)
        rows.append([each["month"], f"{each['incidents']:,}", f"{each['alerts']:,}", f"{share:.0%}", bar])
    return _table(["month", "incidents", "alerts", "in alarm", ""], rows, right=(1, 2, 3))


def _monitors(lines: Sequence[Line]) -> str:
    """All months together; the months apart are in the JSON."""
    total: dict[str, list[float]] = {}
    for each in lines:
        sums = total.setdefault(_where(each), [0, 0.0])
        sums[0] += each["alerts"]
        sums[1] += each["alarm_hours"]
    ranked = sorted(total.items(), key=lambda item: (-item[1][1], item[0]))
    rows = [[name, f"{alerts:,.0f}", _time(hours)] for name, (alerts, hours) in ranked[:_MOST_MONITORS]]
    left = len(ranked) - _MOST_MONITORS
    table = _table(["monitor", "alerts", "in alarm"], rows, right=(1, 2))
    return table if left <= 0 else f"{table}\n… and {left:,} more"


def _otherwise(title: str, key: str, shown: str, lines: Sequence[Line]) -> str:
    rows = [
        [
            shown.format(each[key]) + (" (now)" if each["present"] else ""),
            f"{each['incidents']:,}",
            f"{each['incidents_a_month']:.1f}",
            f"{each['alerts']:,}",
            _time(each["alarm_hours"]),
        ]
        for each in lines
    ]
    return _table([title, "incidents", "a month", "alerts", "in alarm"], rows, right=(1, 2, 3, 4))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = []
    for row in (headings, *rows):
        cells = [
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines)


def _where(each: Line) -> str:
    scope = [f"version {each['version']}"] if each["version"] else []
    return ", ".join([each["monitor"].removeprefix("feature."), *scope, *filter(None, [each["segment"]])])


def _length(seconds: int) -> str:
    hours = seconds // 3600
    return "a day" if hours == _HOURS_A_DAY else "an hour" if hours == 1 else f"{hours} hours"


def _time(hours: float) -> str:
    return f"{hours:,.0f} h" if hours < 3 * _HOURS_A_DAY else f"{hours / _HOURS_A_DAY:,.0f} d"


def _day(text: str) -> str:
    return text[:10]


def _minute(text: str | None) -> str:
    return "still open" if text is None else text[:16].replace("T", " ")
