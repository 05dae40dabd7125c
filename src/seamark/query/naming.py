"""What people call things."""

from __future__ import annotations

from seamark.records.metric import ComponentKind
from seamark.records.monitor import Monitor
from seamark.records.rule_words import RULE_WORDS
from seamark.records.signals import BUSINESS, ESTIMATED, QUALITY
from seamark.stats.distance import distances

_COMPONENTS = tuple(f"{kind.value}/" for kind in ComponentKind)
_PREFIXES = ("feature.", QUALITY, BUSINESS)
_RATIO_UNITS = {
    "missing_rate": "missing, share",
    "mistyped_rate": "mistyped, share",
    "unseen_rate": "unseen categories, share",
    "out_of_range_rate": "out of range, share",
    "class_share": "class share, change",
    "near_half_share": "scores near ½, change",
    "selection_rate_gap": "gap of selection rates, share",
    "volume": "off the usual traffic, share",
    "outcomes_late": "expected outcomes that have not come, share",
    "joint_shift": "JS distance",
    "group_shift": "JS distance",
}


_TREND_UNITS = {
    "trend": "sd a week",
    "joint_shift_trend": "sd a week",
    "group_shift_trend": "sd a week",
    "distance_trend": "JS distance a week",
    "volume_trend": "logarithm of rows, a week",
}


def label_of(signal: str) -> str:
    """`feature.amount` → `amount`, `fairness.country` → `groups of country`; everything else keeps its name."""
    if signal.startswith(_COMPONENTS):
        return signal.partition("/")[2]
    dimension = signal.removeprefix("fairness.")
    if dimension != signal:
        return f"groups of {dimension}"
    if signal.startswith(ESTIMATED):
        return f"estimated {signal.removeprefix(ESTIMATED)}"
    return next((signal.removeprefix(each) for each in _PREFIXES if signal.startswith(each)), signal)


def label_of_monitor(monitor: Monitor) -> str:
    """The signal, with the class where the monitor is about one."""
    with_class = monitor.statistic == "class_share"
    return f"{label_of(monitor.signal)} = {monitor.subject}" if with_class else label_of(monitor.signal)


def unit_of(statistic: str) -> str:
    """The native unit of a statistic, for a person."""
    if statistic in _TREND_UNITS:
        return _TREND_UNITS[statistic]
    if statistic.endswith("_trend"):
        return f"{unit_of(statistic.removesuffix('_trend'))}, a week"
    if statistic in RULE_WORDS:
        return RULE_WORDS[statistic].unit
    if statistic in _RATIO_UNITS:
        return _RATIO_UNITS[statistic]
    distance = distances().get(statistic)
    return statistic if distance is None else distance.unit


def milliseconds(time_us: int | None) -> int | None:
    """Microseconds as the screen's milliseconds."""
    return None if time_us is None else time_us // 1000
