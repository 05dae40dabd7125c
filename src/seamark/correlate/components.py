"""What is wrong with machines and services, in one line."""

from __future__ import annotations

from collections.abc import Iterable

from seamark.correlate.labels import label_of
from seamark.records.alert import Alert
from seamark.records.monitor import Priority
from seamark.records.rule_words import sentence


def title_of_components(alerts: Iterable[Alert]) -> str:
    """`p99 of checkout 1.8 s, promised 0.5 s; and 2 more`: the most urgent first, then what is seen without a sum."""
    ordered = sorted(alerts, key=_rank)
    first = ordered[0]
    more = f"; and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return sentence(first.monitor, label_of(first.signal), first.value, first.threshold) + more


def _rank(alert: Alert) -> tuple[int, bool, int, str, str]:
    """A burn rate says that it lasts; what is wrong, the plain rule beside it says in fewer words."""
    urgency = list(Priority).index(alert.priority)
    return urgency, "_burn_" in alert.monitor, alert.detected_us, alert.component, alert.monitor
