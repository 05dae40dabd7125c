"""What an alert measured, as a sentence in the units people count in."""

from __future__ import annotations

import math

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Alert
from seamark.records.rule_words import found_by_rule
from seamark.records.signals import BUSINESS, ESTIMATED, QUALITY
from seamark.records.wording import counted

_SHARES = ("_rate", "_share")


def told(name: str, alert: Alert, unit: str) -> str:
    """`amount has risen 0.04 sd a week for 8 weeks (p 0.0004)`; `amount: 0.13 against a threshold of 0.09 (…)`."""
    return f"{name} {measured(alert, unit)}" if alert.is_trend else f"{name}: {measured(alert, unit)}"


def measured(alert: Alert, unit: str) -> str:
    """`212 predictions an hour, usual 410, threshold 260`; `unit` is what a distance's numbers are called."""
    if alert.component:
        return found_by_rule(alert.monitor, alert.value, alert.threshold)
    if alert.signal.startswith((QUALITY, BUSINESS, ESTIMATED)):
        return f"{alert.value:.4g}, tolerated {alert.threshold:.4g} ({counted(alert.n, 'prediction')})"
    if alert.statistic == "outcomes_late":
        return f"{alert.value:.0%} of the outcomes that should have come have not ({counted(alert.n, 'prediction')})"
    if alert.now is None or alert.usual is None:
        size = counted(alert.n, "prediction")
        return f"{alert.value:.3g} against a threshold of {alert.threshold:.3g} ({unit}, {size})"
    return _against_usual(alert, alert.now, alert.usual)


def _against_usual(alert: Alert, now: float, usual: float) -> str:
    if alert.is_trend:
        return _trend(alert, rises=now >= usual)
    limit = usual + (now - usual) * (alert.threshold / alert.value if alert.value else 1)
    if alert.statistic == "volume":
        rows = f"{counted(now, 'prediction')} {_every(alert)}"
        return f"{rows}, usual {usual:,.0f}, threshold {max(limit, 0):,.0f}"
    if alert.statistic == "selection_rate_gap":
        tolerated = f"tolerated with its noise {alert.threshold:.1%}"
        return f"from {usual:.1%} to {now:.1%} are selected, a gap of {alert.value:.1%}, {tolerated}"
    if alert.statistic.endswith(_SHARES):
        shares = [f"{100 * share:.3g} %" for share in (now, usual, limit)]
        name = alert.statistic.replace("_", " ")
        return f"{name} {shares[0]}, usual {shares[1]}, threshold {shares[2]} ({counted(alert.n, 'prediction')})"
    size = counted(alert.n, "prediction")
    return f"mean {now:.4g}, usual {usual:.4g}, threshold {limit:.4g} ({size})"


def _every(alert: Alert) -> str:
    """How often its windows come: `an hour`, `in 6 hours`, `a day`."""
    hours = (alert.recent[-1].window if alert.recent else alert.evidence).length_us // HOUR_US
    return {1: "an hour", DAY_US // HOUR_US: "a day"}.get(hours, f"in {hours} hours")


def _trend(alert: Alert, *, rises: bool) -> str:
    moved, statistic = "risen" if rises else "fallen", alert.statistic.removesuffix("_trend")
    p = "" if alert.p is None else f" (p {alert.p:.2g})"
    since = f"a week for {counted(alert.n, 'week')}{p}"
    if statistic == "distance":
        where = "away from its reference" if rises else "back to its reference"
        return f"has moved {where} by {alert.value:.2g} JS distance {since}"
    if statistic == "volume":
        return f"has {moved} {100 * abs(math.expm1(alert.value if rises else -alert.value)):.2g} % {since}"
    if statistic.endswith(_SHARES):
        return f"has {moved} in its {statistic.replace('_', ' ')} by {100 * alert.value:.2g} points {since}"
    return f"has {moved} {alert.value:.2g} sd {since}"
