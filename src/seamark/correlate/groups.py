"""Groups of a dimension that are selected too differently."""

from __future__ import annotations

from collections.abc import Iterable

from seamark.correlate.labels import label_of
from seamark.records.alert import Alert
from seamark.records.incident import Cause
from seamark.records.sentences import measured

_GAP = "selection_rate_gap"
_SCORE = 0.1  # it is what the incident is about, not why: a drift beside it comes first


def title_of_groups(alerts: Iterable[Alert]) -> str:
    """`groups of country are selected too differently`; "" without such alerts."""
    names = sorted({label_of(alert.signal) for alert in alerts if alert.statistic == _GAP})
    return f"{' and '.join(names)} are selected too differently" if names else ""


def rank_groups(alerts: Iterable[Alert]) -> list[Cause]:
    """What is known of each gap."""
    return [
        Cause(
            kind="groups",
            subject=alert.signal,
            score=_SCORE,
            summary=f"{label_of(alert.signal)} are selected too differently",
            evidence=(f"In the last day {measured(alert, '')}.",),
            next_step="Compare the groups' rates (GET /v1/groups), and what the features of each look like.",
        )
        for alert in sorted(alerts, key=lambda alert: (-alert.value, alert.signal))
        if alert.statistic == _GAP
    ]
