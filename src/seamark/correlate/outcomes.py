"""What an incident says of what came true."""

from __future__ import annotations

from collections.abc import Sequence

from seamark.correlate.labels import label_of
from seamark.records.alert import Alert
from seamark.records.signals import ESTIMATED, OUTCOMES, QUALITY, is_of_outcomes


def parted(alerts: Sequence[Alert]) -> tuple[list[Alert], list[Alert]]:
    """The alerts about what came in and was answered, and those about what came true."""
    return (
        [alert for alert in alerts if not is_of_outcomes(alert.signal)],
        [alert for alert in alerts if is_of_outcomes(alert.signal)],
    )


def with_outcomes(title: str, alerts: Sequence[Alert]) -> str:
    """`car_value drifted; accuracy fell below 0.93`: a title, and what the alerts about what came true add to it.

    A segment or version is named where neither all traffic nor another one is in alarm, an estimate where no outcome
    has confirmed it.
    """
    by_signal: dict[str, list[Alert]] = {}
    for alert in sorted(alerts, key=lambda alert: (alert.signal, alert.segment, alert.version)):
        by_signal.setdefault(alert.signal, []).append(alert)
    for signal in [each for each in by_signal if each.startswith(ESTIMATED)]:
        if signal.replace(ESTIMATED, QUALITY, 1) in by_signal:
            del by_signal[signal]
    return "; ".join(filter(None, [title, *(_told(of) for of in by_signal.values())]))


def _told(alerts: Sequence[Alert]) -> str:
    first = alerts[0]
    if first.signal == OUTCOMES:
        return "outcomes are late"
    moved = "fell below" if first.value < first.threshold else "rose above"
    place = first.segment or (f"version {first.version}" if first.version else "")
    return (
        f"{label_of(first.signal)} {moved} {first.threshold:.3g}{f' in {place}' if place and len(alerts) == 1 else ''}"
    )
