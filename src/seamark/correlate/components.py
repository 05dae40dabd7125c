"""What is wrong with machines and services, in one line."""

from __future__ import annotations

from collections.abc import Iterable

from seamark.correlate.labels import label_of
from seamark.records.alert import Alert
from seamark.records.monitor import Priority
from seamark.records.rule_words import sentence


def title_of_components(alerts: Iterable[Alert]) -> str:
    """`p99 of checkout 1.8 s, promised 0.5 s; and 2 more`: the most urgent first, then the first to have begun."""
    ordered = sorted(
        alerts, key=lambda each: (list(Priority).index(each.priority), each.detected_us, each.component, each.monitor)
    )
    first = ordered[0]
    more = f"; and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return sentence(first.monitor, label_of(first.signal), first.value, first.threshold) + more
