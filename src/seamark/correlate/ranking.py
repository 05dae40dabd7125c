"""`seamark.rank_causes`: which component of a system most likely caused what was noticed somewhere in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from seamark import clock
from seamark.correlate.frames import Series, calls_of, instant, series_of
from seamark.errors import InvalidInput
from seamark.stats.causes import (
    UNUSUAL,
    Departure,
    Kind,
    Suspect,
    Weights,
    departure,
    lost,
    reach,
    scored,
    suspects_below,
)

LEAST_SCORE: Final = 0.4  # below it the first is no clear cause,
CAUTION: Final = 2.0  # times as unusual must be what explains something that is hardly unusual itself
LEAST_LEAD: Final = 0.05  # nor where the second follows so closely
_VIEWS: Final = ("_client", "_remote", "-proxy", "_proxy", "-lb", "_lb", ".elb.")  # names of what only passes calls on
_KINDS: Final = {
    Kind.TIME: ("latency", "duration", "response_time", "elapsed", "seconds", "_ms", "delay"),
    Kind.SUCCESSES: ("availability", "success"),
    Kind.FAILURES: ("error", "fail", "fault", "5xx", "4xx", "exception", "timeout"),
}
_CALLS: Final = ("request", "calls", "invocation", "traffic", "rps", "qps", "throughput")
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class RankedCause:
    """A component that may have caused what was noticed, with what speaks for and against it."""

    component: str
    metric: str
    score: float  # 0..1
    evidence: tuple[str, ...]
    counter_evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer of `rank_causes`: candidates, the likeliest first, and whether the first is a clear cause.

    A suggestion, not a proof. `clear` is False where nothing departed from normal, or the first is hardly ahead.
    """

    causes: tuple[RankedCause, ...]
    clear: bool
    summary: str  # a sentence
    notes: tuple[str, ...] = ()  # what the ranking had to do without

    def __iter__(self) -> Iterator[RankedCause]:
        return iter(self.causes)

    def __len__(self) -> int:
        return len(self.causes)

    def __str__(self) -> str:
        lines = [self.summary]
        for place, cause in enumerate(self.causes, 1):
            lines.append(f"{place}. {cause.component} ({cause.metric}), score {cause.score:.2f}")
            lines += [f"   + {each}" for each in cause.evidence] + [f"   - {each}" for each in cause.counter_evidence]
        return "\n".join([*lines, *self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is known when the ranking begins."""

    recent: Series
    normal: Series
    calls: Mapping[str, Sequence[str]] | None
    noticed: tuple[str, str]
    at_us: int

    @property
    def before(self) -> int:
        """Rows that ended before the trouble: a row's time may be its beginning or its end."""
        return int(np.searchsorted(self.recent.times_us, self.at_us - self.recent.step_us, side="right"))


def rank_causes(
    metrics: Any,
    *,
    noticed: tuple[str, str],
    at: Any,
    reference: Any,
    graph: Any = None,
) -> Ranking:
    """Rank the components that may have caused what was noticed.

    `metrics` and `reference` are frames of time by (component, metric): of pandas, polars or pyarrow, with time as the
    index or a column `time`, columns as pairs or as "component/metric" (a third level, such as the statistic, is read
    as part of the metric); or a mapping with a "time" and such keys. `reference` is a normal period, `metrics` the
    rows around the trouble, from shortly before it on. `at` is when it was noticed (datetime, ISO text or Unix
    seconds), `noticed` the (component, metric) where. `graph` says who calls whom: a mapping of caller to callees,
    pairs, a square frame (the row calls the column) or a networkx graph. Without it every component is suspected
    alike, and the answer says so.

    Raises InvalidInput for frames that cannot be read, and for a noticed series or a time that they do not hold.
    """
    recent, normal = series_of(metrics, "metrics"), series_of(reference, "reference")
    scene = _Scene(recent, normal, calls_of(graph), _noticed(recent, noticed), instant(at))
    if not recent.times_us[0] <= scene.at_us <= recent.times_us[-1] + recent.step_us:
        first, last = (clock.to_iso(int(each)) for each in recent.times_us[[0, -1]])
        raise InvalidInput(f"`at` is {clock.to_iso(scene.at_us)}; `metrics` holds {first} to {last}.", value=at)
    departures = _departures(scene)
    own = departures.get(scene.noticed)
    if own is None:
        return Ranking((), False, _nothing(scene, own), _notes(scene, departures))
    suspects = scored(list(_suspects(scene, departures, own)), 1, Weights())
    if not suspects:
        return Ranking((), False, _nothing(scene, own), _notes(scene, departures))
    ranked = tuple(_told(scene, each, departures) for each in suspects)
    return Ranking(ranked, _is_clear(ranked), _summary(ranked), _notes(scene, departures))


def _noticed(recent: Series, noticed: tuple[str, str]) -> tuple[str, str]:
    """The column meant: a metric of several statistics means its mean, else the first of them."""
    component, metric = str(noticed[0]), "/".join(map(str, noticed[1:]))
    found = [key for key in recent.columns if key[0] == component and _is_metric(key[1], metric)]
    if not found:
        has = sorted({key[1] for key in recent.columns if key[0] == component})
        what = f"metrics {', '.join(has)}" if has else "no such component"
        raise InvalidInput(f"Nothing was measured of {component!r} under {metric!r}; there is {what}.", value=noticed)
    exact = [key for key in found if key[1] == metric]
    averages = [key for key in found if key[1].lower().endswith(("/average", "/mean", "/avg"))]
    return (exact or averages or found)[0]


def _is_metric(name: str, metric: str) -> bool:
    return name == metric or name.startswith(f"{metric}/")


def _departures(scene: _Scene) -> dict[tuple[str, str], Departure]:
    found = {}
    for key, values in scene.recent.columns.items():
        usual = scene.normal.columns.get(key)
        measured = None if usual is None else departure(usual, values, scene.before)
        if measured is not None:
            found[key] = measured
    return found


def _suspects(scene: _Scene, departures: Mapping[tuple[str, str], Departure], own: Departure) -> Iterator[Suspect]:
    component, metric = scene.noticed
    least = UNUSUAL if own.unusual else CAUTION * UNUSUAL
    losses = {each: _lost(scene, each, departures[each, metric]) for each, of in departures if of == metric}
    alike = {
        each
        for each, of in departures
        if of == metric
        and departures[each, of].strength >= least
        and np.sign(departures[each, of].change) == np.sign(own.change)
    }
    measured = {each for each, of in departures if of == metric} - {component}
    everything = {each for each, _ in scene.recent.columns}
    calls = scene.calls
    if calls is None:
        within = alike
    else:
        silent = ({*calls, *(callee for each in calls.values() for callee in each)} | everything) - measured
        within = set(reach(calls, component, alike | silent)) & alike
    whole = losses[component]
    for each in sorted(within):
        below = sorted(set(suspects_below(calls, each, within))) if calls is not None else []
        lost_below = sum(losses[callee] for callee in below)
        adds_up = whole > 0 and losses[each] > 0
        yield Suspect(
            component=each,
            metric=metric,
            departure=departures[each, metric],
            lost=losses[each],
            explains=min(losses[each] / whole, 1.0) if adds_up else 1.0,
            explained=min(lost_below / losses[each], 1.0) if adds_up else float(bool(below)),
            by=tuple(below),
            demoted=any(token in each.lower() for token in _VIEWS),
        )


def _lost(scene: _Scene, component: str, of: Departure) -> float:
    metric = scene.noticed[1]
    kind = next((kind for kind, words in _KINDS.items() if any(word in metric.lower() for word in words)), Kind.OTHER)
    calls = next(
        (
            values
            for (owner, name), values in scene.recent.columns.items()
            if owner == component and any(word in name.lower() for word in _CALLS)
        ),
        None,
    )
    now = slice(scene.before, None)
    values = scene.recent.columns[component, metric][now]
    return lost(kind, values, of.level, None if calls is None else calls[now])


def _told(scene: _Scene, of: Suspect, departures: Mapping[tuple[str, str], Departure]) -> RankedCause:
    change = of.departure
    began = clock.to_iso(int(scene.recent.times_us[change.begins]))
    far = f"{change.strength:.1f} times what normal stretches stay below"
    now = change.level + change.change
    evidence = [f"{of.metric} went from {change.level:.4g} to {now:.4g}, {far}, since about {began}."]
    counter = []
    if of.component == scene.noticed[0]:
        evidence.append("It is where the trouble was noticed.")
    elif of.explains < 1:
        evidence.append(f"What it lost in all calls is {of.explains:.0%} of what {scene.noticed[0]} lost.")
    elif of.lost:
        evidence.append(f"What it lost in all calls is enough for all that {scene.noticed[0]} lost.")
    if of.by:
        counter.append(f"Its calls to {_some(of.by)} explain {of.explained:.0%} of its change.")
    if of.demoted:
        counter.append("By its name it only passes calls on to another component.")
    still = sorted(name for (owner, name), each in departures.items() if owner == of.component and not each.unusual)
    if still:
        counter.append(f"Normal: its {_some(still)}.")
    return RankedCause(of.component, of.metric, round(of.score, 4), tuple(evidence), tuple(counter))


def _is_clear(ranked: Sequence[RankedCause]) -> bool:
    if not ranked or ranked[0].score < LEAST_SCORE:
        return False
    return len(ranked) == 1 or ranked[0].score - ranked[1].score >= LEAST_LEAD


def _summary(ranked: Sequence[RankedCause]) -> str:
    if _is_clear(ranked):
        return f"The likeliest cause is {ranked[0].component}: its {ranked[0].metric} changed."
    close = [each.component for each in ranked if ranked[0].score - each.score < LEAST_LEAD]
    return f"No clear cause: {_some(close)} {'are' if len(close) > 1 else 'is'} as likely as any."


def _nothing(scene: _Scene, own: Departure | None) -> str:
    component, metric = scene.noticed
    if own is None:
        return f"No clear cause: there is too little of {metric} of {component} to tell what is normal."
    far = f"{own.strength:.1f} times what normal stretches stay below"
    return f"No clear cause: {metric} of {component} is hardly unusual ({far}), nor is what it calls."


def _notes(scene: _Scene, departures: Mapping[tuple[str, str], Departure]) -> tuple[str, ...]:
    notes = []
    if scene.calls is None:
        notes.append("Without a call graph every component was suspected alike, and none explains another.")
    untold = sorted({each for each, _ in scene.recent.columns} - {each for each, _ in departures})
    if untold:
        notes.append(f"Too little traffic to judge: {_some(untold)}.")
    return tuple(notes)


def _some(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
