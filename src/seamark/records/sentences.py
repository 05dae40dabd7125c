"""What an alert measured, as a sentence in the units people count in."""

from __future__ import annotations

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Alert
from seamark.records.wording import counted

_SHARES = ("_rate", "_share")


def measured(alert: Alert, unit: str) -> str:
    """`212 predictions an hour, usual 410, threshold 260`; `unit` is what a distance's numbers are called."""
    if alert.now is None or alert.usual is None:
        size = counted(alert.n, "prediction")
        return f"{alert.value:.3g} against a threshold of {alert.threshold:.3g} ({unit}, {size})"
    limit = alert.usual + (alert.now - alert.usual) * (alert.threshold / alert.value if alert.value else 1)
    if alert.statistic == "volume":
        rows = f"{counted(alert.now, 'prediction')} {_every(alert)}"
        return f"{rows}, usual {alert.usual:,.0f}, threshold {max(limit, 0):,.0f}"
    if alert.statistic == "selection_rate_gap":
        tolerated = f"tolerated with its noise {alert.threshold:.1%}"
        return f"from {alert.usual:.1%} to {alert.now:.1%} are selected, a gap of {alert.value:.1%}, {tolerated}"
    if alert.statistic.endswith(_SHARES):
        now, usual, threshold = (f"{100 * share:.3g} %" for share in (alert.now, alert.usual, limit))
        name = alert.statistic.replace("_", " ")
        return f"{name} {now}, usual {usual}, threshold {threshold} ({counted(alert.n, 'prediction')})"
    size = counted(alert.n, "prediction")
    return f"mean {alert.now:.4g}, usual {alert.usual:.4g}, threshold {limit:.4g} ({size})"


def _every(alert: Alert) -> str:
    """How often its windows come: `an hour`, `in 6 hours`, `a day`."""
    hours = (alert.recent[-1].window if alert.recent else alert.evidence).length_us // HOUR_US
    return {1: "an hour", DAY_US // HOUR_US: "a day"}.get(hours, f"in {hours} hours")
