"""Whether a new version of the model is behind an incident, and what about it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seamark import clock
from seamark.correlate.labels import label_of
from seamark.records.alert import Alert
from seamark.records.comparison import version_verdict
from seamark.records.incident import Cause
from seamark.records.signals import Layer

_TOGETHER_US = 6 * clock.HOUR_US  # an onset is an estimate
_JOINT = "how the features go together"
_ALONE, _BESIDE, _HARDLY = 0.9, 0.4, 0.2


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A version that was not there from the beginning."""

    version: str
    since_us: int  # its first prediction
    explained: float = math.nan  # of how its answers differ from the others', by what it gets; NaN: not known


def rank_versions(alerts: Sequence[Alert], newcomers: Iterable[Newcomer], onset_us: int | None) -> list[Cause]:
    """The versions that differ from the rest, and those that came when all traffic changed."""
    causes = []
    for newcomer in newcomers:
        own = [alert for alert in alerts if alert.version == newcomer.version]
        if own:
            causes.append(_beside_others(newcomer, own))
        elif onset_us is not None and abs(newcomer.since_us - onset_us) <= _TOGETHER_US:
            causes.append(_in_place_of_others(newcomer, alerts, onset_us))
    return sorted(causes, key=lambda cause: (-cause.score, cause.subject))


def title_of_versions(alerts: Iterable[Alert]) -> str:
    """`version 2 answers differently`, for an incident that is about nothing else; "" without such alerts."""
    of: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.version:
            of.setdefault(alert.version, []).append(alert)
    said = []
    for version, own in sorted(of.items()):
        features, answers = _moved(own)
        both = [
            text for text, moved in (("gets another population", features), ("answers differently", answers)) if moved
        ]
        said.append(f"version {version} {' and '.join(both)}")
    return "; ".join(said)


def _moved(alerts: Iterable[Alert]) -> tuple[list[str], list[str]]:
    """(features, answers) by the names people use; the joint shift only where no feature tells more."""
    alerts = list(alerts)
    features = sorted({label_of(alert.signal) for alert in alerts if alert.signal.startswith("feature.")})
    if not features and any(alert.layer is Layer.DATA for alert in alerts):
        features = [_JOINT]
    return features, sorted({label_of(alert.signal) for alert in alerts if alert.layer is Layer.MODEL})


def _beside_others(newcomer: Newcomer, alerts: Sequence[Alert]) -> Cause:
    features, answers = _moved(alerts)
    strongest = sorted(alerts, key=lambda alert: (-alert.value / alert.threshold, alert.monitor))[:5]
    return Cause(
        kind="version",
        subject=newcomer.version,
        score=_ALONE,
        summary=version_verdict(newcomer.version, features, answers, newcomer.explained),
        evidence=(
            f"It answers since {clock.to_iso(newcomer.since_us)}.",
            *(
                f"{label_of(alert.signal)}: {alert.value:.3g} from the rest's, against a threshold of "
                f"{alert.threshold:.3g} ({alert.n:,.0f} predictions)."
                for alert in strongest
            ),
        ),
        counter_evidence=() if features else ("What it gets does not differ from what the rest gets.",),
        next_step=f"Compare version {newcomer.version} with the others before it gets more traffic.",
    )


def _in_place_of_others(newcomer: Newcomer, alerts: Sequence[Alert], onset_us: int) -> Cause:
    features, answers = _moved(alert for alert in alerts if not alert.version)
    score = _HARDLY if not answers else _BESIDE if features else _ALONE
    against = [f"{', '.join(features)} drifted as well, which a new version does not do by itself."] if features else []
    if not answers:
        against.append("What the model answers has not moved.")
    return Cause(
        kind="version",
        subject=newcomer.version,
        score=score,
        summary=f"version {newcomer.version} began to answer when this began",
        evidence=(
            f"It answers since {clock.to_iso(newcomer.since_us)}.",
            f"This began about {clock.to_iso(onset_us)}.",
        ),
        counter_evidence=tuple(against),
        next_step=f"Compare version {newcomer.version} with the one before it on the same rows, or roll it back.",
    )
