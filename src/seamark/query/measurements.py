"""What the store knows, as metrics: drift distances and thresholds, alerts, incidents, rows, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from seamark.query.drift import latest
from seamark.query.models import outcomes_of
from seamark.records.alert import Alert
from seamark.records.incident import IncidentState
from seamark.records.measurement import Measurement, MeasurementKind
from seamark.store.protocol import Store

_GAUGE, _COUNTER = MeasurementKind.GAUGE, MeasurementKind.COUNTER
Labels = TypeVar("Labels", bound=tuple[str, ...])
_OUTCOME_STATES = ("matched", "waiting", "expired")
_SERIES = ("project", "model", "version", "feature", "statistic")

_ABOUT = ("project", "model", "component", "version", "segment", "layer", "priority", "state")
_MOST_ABOUT = 2_000  # combinations of these labels


def measurements(store: Store, *, now_us: int) -> Iterator[Measurement]:
    """Names as in the documentation of `/metrics`."""
    verdicts = list(latest(store, now_us=now_us))
    places = [(v.project, v.model, v.version, v.signal, v.statistic) for v in verdicts]
    values = tuple(zip(places, (v.value for v in verdicts), strict=True))
    thresholds = tuple(zip(places, (v.threshold for v in verdicts), strict=True))
    yield Measurement("seamark_drift_distance", "Newest debiased distance from the baseline.", _GAUGE, _SERIES, values)
    yield Measurement("seamark_threshold", "The distance that would be a breach.", _GAUGE, _SERIES, thresholds)
    live = store.fast.alerts(live=True)
    alerts = Counter((a.state.value, a.layer.value, a.priority.value) for a in live)
    yield Measurement("seamark_alerts", "Live alerts.", _GAUGE, ("state", "layer", "priority"), _samples(alerts))
    yield _alerts_of_models(live)
    open_incidents = Counter((state.value,) for state in IncidentState for _ in store.fast.incidents(state=state))
    yield Measurement("seamark_incidents", "Incidents.", _GAUGE, ("state",), _samples(open_incidents))
    rows = Counter({(m.project, m.name): m.rows for m in store.slow.models()})
    yield Measurement("seamark_predictions", "Distinct predictions.", _COUNTER, ("project", "model"), _samples(rows))
    told = {(m.project, m.name): outcomes_of(m, now_us) for m in store.slow.models() if m.outcomes is not None}
    arrived = {place: counted["rows"] for place, counted in told.items()}
    yield Measurement("seamark_outcomes", "Outcome rows stored.", _COUNTER, ("project", "model"), _samples(arrived))
    by_state = {(*place, state): counted[state] for place, counted in told.items() for state in _OUTCOME_STATES}
    text = "Ids of outcomes: matched with a prediction, waiting for it, or expired after waiting 90 days."
    yield Measurement("seamark_outcome_ids", text, _GAUGE, ("project", "model", "state"), _samples(by_state))
    deliveries = Counter({(state.value,): count for state, count in store.post.counts().items()})
    yield Measurement("seamark_deliveries", "Messages in the outbox.", _GAUGE, ("state",), _samples(deliveries))
    for name, value in store.facts().items():
        yield Measurement(f"seamark_store_{name}", f"The store's {name}.", _GAUGE, (), (((), float(value)),))


def _alerts_of_models(live: Sequence[Alert]) -> Measurement:
    """Live alerts by what they are about.

    Only what has an alert is a series. While a great many have, versions and segments are left out, which bounds them.
    """
    told: Counter[tuple[str, ...]] = Counter(map(_about, live))
    if len(told) > _MOST_ABOUT:
        coarser: Counter[tuple[str, ...]] = Counter()
        for (project, model, component, _, _, *rest), count in told.items():
            coarser[project, model, component, "", "", *rest] += count
        told = coarser
    text = "Live alerts of each model, machine and service that has any."
    return Measurement("seamark_model_alerts", text, _GAUGE, _ABOUT, _samples(told))


def _about(alert: Alert) -> tuple[str, ...]:
    place = (alert.project, alert.model, alert.component, alert.version, alert.segment)
    return (*place, alert.layer.value, alert.priority.value, alert.state.value)


def _samples(counted: Mapping[Labels, int]) -> tuple[tuple[tuple[str, ...], float], ...]:
    return tuple((labels, float(count)) for labels, count in sorted(counted.items()))
