"""Which features an incident most likely comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

from seamark import clock
from seamark.correlate.labels import label_of
from seamark.correlate.places import telling
from seamark.correlate.titles import strength, weight
from seamark.records.alert import Alert
from seamark.records.incident import Cause
from seamark.records.sentences import told
from seamark.records.signals import Layer
from seamark.stats.distance import distances

_SHOWN_QUIET = 5


def rank_features(
    alerts: Sequence[Alert],
    quiet: Sequence[str],
    *,
    where: Mapping[str, str] | None = None,
    leader: str | None = None,
) -> tuple[Cause, ...]:
    """Drifted features, the strongest first; empty when no feature drifted ("no clear cause").

    Strength is how far past its threshold a feature is, and the score its share of all of it: how much
    of what moved in the inputs is this feature's. It is a suggestion, not a proof. The present `leader`
    gives way only to one that is clearly stronger, so that two alike do not take turns. `where` names the
    segment that alone has moved, by signal.
    """
    where = where or {}
    features: dict[str, Alert] = {}
    for alert in telling(alerts, where):
        if alert.layer is Layer.DATA and alert.signal.startswith("feature."):
            best = features.get(alert.signal)
            if best is None or strength(alert) > strength(best):
                features[alert.signal] = alert
    weights = {signal: weight(alert, leader) for signal, alert in features.items()}
    total = math.fsum(weights.values())  # the same in any order
    ranked = sorted(features.values(), key=lambda alert: (-weights[alert.signal], alert.signal))
    answers = sorted({label_of(alert.signal) for alert in alerts if alert.layer is Layer.MODEL and not alert.version})
    apart = {signal: _segments(alerts, signal) for signal in features if signal not in where}
    return tuple(
        _cause(alert, weights[alert.signal] / total if total else 0.0, answers, quiet, apart.get(alert.signal))
        for alert in ranked
    )


def _segments(alerts: Sequence[Alert], signal: str) -> list[str]:
    return sorted({alert.segment for alert in alerts if alert.signal == signal and alert.segment})


def _cause(
    alert: Alert, share: float, answers: Sequence[str], quiet: Sequence[str], apart: Sequence[str] | None
) -> Cause:
    """`apart` names the segments that moved with the rest; None where one did alone."""
    label = label_of(alert.signal)
    only = f", in {alert.segment} only" if apart is None else ""
    among = f" in {alert.segment}" if alert.segment else ""
    evidence = [f"{told(f'{label}{among}', alert, _unit(alert.statistic))}."]
    if apart is None:
        evidence.append("The other segments have not moved with it.")
    elif apart:
        evidence.append(f"It moved in {_some(apart)}.")
    if alert.onset_us is not None:
        evidence.append(f"It began about {clock.to_iso(alert.onset_us)}.")
    if answers:
        evidence.append(f"What the model answers moved too: {', '.join(answers)}.")
    unmoved = [label_of(signal) for signal in quiet if signal.startswith("feature.")]
    counter = [f"Unmoved: {_some(unmoved)}."] if unmoved else []
    if not answers:
        counter.append("What the model answers has not moved.")
    return Cause(
        kind="feature",
        subject=alert.signal,
        score=share,
        summary=f"{label} {'changes slowly' if alert.is_trend else 'changed its distribution'}{only}",
        evidence=tuple(evidence),
        counter_evidence=tuple(counter),
        next_step=f"Look at where {label} comes from{among}: compare its distribution before and after the onset.",
    )


@cache
def _unit(statistic: str) -> str:
    """What people call a statistic's numbers: `JS distance`; a share keeps its name."""
    distance = distances().get(statistic)
    return statistic.replace("_", " ") if distance is None else distance.unit


def _some(names: Sequence[str]) -> str:
    if len(names) <= _SHOWN_QUIET:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN_QUIET])} and {len(names) - _SHOWN_QUIET} more"
