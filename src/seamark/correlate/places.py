"""In which part of the traffic a signal has moved: in one segment alone, or not only there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from seamark.records.alert import Alert


def places(alerts: Iterable[Alert], alone: Collection[str]) -> dict[str, str]:
    """The one segment that has moved, by signal; signals that moved elsewhere too, or may have, are left out.

    `alone` are the alerts (by id) of segments without which the rest of the traffic has not moved. Two segments
    of one dimension in alarm are not passed over, however little traffic the other has.
    """
    apart: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.segment and not alert.version:
            apart.setdefault(alert.signal, []).append(alert)
    found = {}
    for signal, alarmed in apart.items():
        single = [alert for alert in alarmed if alert.id in alone and len(_beside(alert, alarmed)) == 1]
        if single:
            found[signal] = min(single, key=lambda alert: (-alert.value, alert.segment)).segment
    return found


def _beside(alert: Alert, alarmed: Iterable[Alert]) -> set[str]:
    """The segments of the alert's dimension that alarm."""
    dimension = alert.segment.partition("=")[0] + "="
    return {each.segment for each in alarmed if each.segment.startswith(dimension)}


def telling(alerts: Iterable[Alert], where: Mapping[str, str]) -> list[Alert]:
    """Of each signal the alerts that say most: of the one segment that moved, else of all traffic, else all there are.

    Alerts of a version against the rest are left out.
    """
    by_signal: dict[str, list[Alert]] = {}
    for alert in alerts:
        if not alert.version:
            by_signal.setdefault(alert.signal, []).append(alert)
    found = []
    for signal, of in by_signal.items():
        there = [alert for alert in of if alert.segment == where.get(signal, "")]
        found += there or of
    return found
