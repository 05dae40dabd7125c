"""Machines and services in the fast lane: once a minute their rules are decided, and alerts, incidents and news follow.

Only the present is judged: what was missed while no server ran, and history that is filled in, page nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from seamark.alert.identity import fingerprint
from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.detect.metric_defaults import rules_for
from seamark.detect.metric_rules import FRESH_US, decide, last_heard_us, onset_us
from seamark.pipeline.answering import Spent
from seamark.pipeline.deploys import deploys
from seamark.pipeline.live import LiveAlerts, conclude
from seamark.pipeline.long_reaches import LongReaches, Rules
from seamark.records.delivery import FastStep
from seamark.records.evaluation import Evaluation, Status
from seamark.records.metric import Component, ComponentKind
from seamark.records.metric_rule import Judgement, MetricRule, ServiceOptions
from seamark.records.monitor import Monitor
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.protocol import Store
from seamark.store.stretches import Stretch
from seamark.store.verdicts import Verdicts, from_bytes, to_bytes

_COMING_AND_GOING: Final = frozenset({ComponentKind.POD, ComponentKind.CONTAINER, ComponentKind.PROCESS})
_GONE_US: Final = HOUR_US  # of those

_SHORT_US: Final = 15 * MINUTE_US  # most rules reach no further

Points = Mapping[Component, Mapping[str, Stretch]]  # by metric
Said = Mapping[Component, Mapping[str, Judgement]]  # by rule


@dataclass(frozen=True, slots=True)
class ComponentPace:
    """How components are judged: by which options, how often, and for how long what was said is kept."""

    options_for: Callable[[str], ServiceOptions] = lambda _name: ServiceOptions()
    every_us: int = MINUTE_US
    minutes_us: int = 7 * DAY_US  # older verdicts are kept as the worst of each hour
    keep_us: int = 90 * DAY_US


class ComponentWatch:
    """Decides the rules of all components of a store. For one thread at a time."""

    def __init__(self, store: Store, pace: ComponentPace, base_url: str) -> None:
        self._store = store
        self._pace = pace
        self._base_url = base_url
        self._known_rules: dict[Component, tuple[set[str], ServiceOptions, Sequence[MetricRule]]] = {}
        self._long_reaches = LongReaches(store.metrics)

    def step(self, now_us: int) -> FastStep | None:
        """What the verdicts of this moment, or answers of people, change; None when there is nothing to do."""
        alerts = LiveAlerts.of(self._store, (each for each in self._store.fast.alerts(live=True) if each.component))
        answered = alerts.hear(now_us)
        at_us = self._due_us(now_us)
        judged = None if at_us is None else self._judge(alerts, at_us, now_us)
        if judged is None and not answered:
            return None
        projects = {alert.project for alert in (*alerts.live.values(), *alerts.touched.values())}
        quiet = {(project, ""): list[str]() for project in projects}
        step = conclude(alerts, quiet, {}, self._base_url, now_us)
        if judged is None:
            return step
        return replace(
            step,
            verdicts=judged.verdicts,
            heard=judged.heard,
            changes=judged.changes,
            judged_us=judged.judged_us,
            forget_verdicts_us=judged.forget_verdicts_us,
        )

    def _due_us(self, now_us: int) -> int | None:
        """The moment to judge; None where it has been. A clock that was set back is believed."""
        at_us = now_us // self._pace.every_us * self._pace.every_us
        last_us = self._store.metrics.judged_us()
        return at_us if last_us < at_us or last_us > now_us + self._pace.every_us else None

    def _judge(self, alerts: LiveAlerts, at_us: int, now_us: int) -> FastStep | None:
        """Verdicts on everything that is watched, and the alerts they step."""
        known = self._known()
        points = self._points(known, at_us)
        heard = self._heard(known, points, at_us)
        rules = self._rules(known, heard, at_us)
        if not rules and not alerts.live:
            return None
        said = self._decide(rules, points, at_us)
        self._advance(alerts, rules, said, points, at_us, now_us)
        hour_us = _hour(at_us)
        return FastStep(
            evaluations_through=0,
            verdicts=(*self._blocks(said, at_us), *self._summed_up(at_us)),
            changes=tuple(deploys(self._store, points, at_us)),
            heard=tuple((component, heard[component]) for component in rules),
            judged_us=at_us,
            forget_verdicts_us=hour_us - self._pace.keep_us if _hour(self._store.metrics.judged_us()) != hour_us else 0,
        )

    def _points(self, known: Iterable[Component], at_us: int) -> Points:
        found: dict[Component, dict[str, Stretch]] = {}
        for project in sorted({component.project for component in known}):
            for stretch in self._store.metrics.read(project, Window(at_us - _SHORT_US, at_us)):
                found.setdefault(stretch.series.component, {})[stretch.series.metric] = stretch
        return found

    def _decide(self, rules: Rules, points: Points, at_us: int) -> Said:
        """What each rule says; those that reach far back rest on sums."""
        said: dict[Component, dict[str, Judgement]] = {}
        for project in sorted({component.project for component in rules}):
            of_project = {component: of for component, of in rules.items() if component.project == project}
            far = self._long_reaches.decide(project, of_project, at_us)
            for component, of in of_project.items():
                data = points.get(component, {})
                said[component] = {
                    rule.name: far.get((component, rule.name)) or decide(rule, _needed(rule, data), at_us)
                    for rule in of
                }
        return said

    def _heard(self, known: Iterable[Component], points: Points, at_us: int) -> dict[Component, int]:
        """When each component was last heard, of those that were heard while they were watched."""
        heard = self._store.metrics.heard()
        for component in known:
            told = [last_heard_us(each, at_us) or 0 for each in points.get(component, {}).values()]
            last_us = min(max(told, default=0), at_us)
            if at_us - last_us < FRESH_US:
                heard[component] = last_us
        return heard

    def _known(self) -> dict[Component, set[str]]:
        known: dict[Component, set[str]] = {}
        for series in self._store.metrics.series():
            known.setdefault(series.component, set()).add(series.metric)
        return known

    def _rules(self, known: Mapping[Component, set[str]], heard: Mapping[Component, int], at_us: int) -> Rules:
        """The rules of each component, but for those that are gone."""
        found = {}
        for component, metrics in known.items():
            options = self._pace.options_for(component.name)
            if component in heard and at_us - heard[component] < _gone_us(component, options):
                found[component] = self._rules_for(component, metrics, options)
        return found

    def _rules_for(self, component: Component, metrics: set[str], options: ServiceOptions) -> Sequence[MetricRule]:
        kept = self._known_rules.get(component)
        if kept is None or kept[:2] != (metrics, options):
            kept = metrics, options, rules_for(component.kind, metrics, options)
            self._known_rules[component] = kept
        return kept[2]

    def _advance(
        self,
        alerts: LiveAlerts,
        rules: Rules,
        said: Said,
        points: Points,
        at_us: int,
        now_us: int,
    ) -> None:
        """Step what can change; end the alerts of what is gone and of rules that hold no more."""
        watched = {(c.project, c.label, rule.name) for c, of in rules.items() for rule in of}
        live = set()
        for alert in list(alerts.live.values()):
            key = (alert.project, alert.component, alert.monitor)
            if key in watched:
                live.add(key)
            else:
                alerts.close(alert, now_us)
        spent, window = Spent(self._store), Window(at_us - self._pace.every_us, at_us)
        for component, of in rules.items():
            for rule in of:
                judgement = said[component][rule.name]
                if judgement.status is Status.BREACH or (component.project, component.label, rule.name) in live:
                    evaluation = _evaluation(component, rule, judgement, window)
                    monitor = _monitor(component, rule)
                    alerts.advance(evaluation, monitor, spent, now_us=now_us, opens_after_us=now_us - DAY_US)
                    opened = alerts.live.get(fingerprint(evaluation))
                    if opened is not None and opened.opened_us == now_us and opened.onset_us is None:
                        began_us = onset_us(rule, _needed(rule, points.get(component, {})), at_us)
                        alerts.date(opened, opened.evidence.start_us if began_us is None else began_us)

    def _summed_up(self, at_us: int) -> list[VerdictBlock]:
        """The hours whose minutes have grown too old since the last time."""
        until_us = _hour(at_us - self._pace.minutes_us)
        since_us = max(_hour(self._store.metrics.judged_us() - self._pace.minutes_us), until_us - DAY_US)
        if until_us <= since_us:
            return []
        window = Window(since_us, until_us)
        return [
            replace(block, payload=to_bytes(from_bytes(block.payload).worst()))
            for project in sorted({component.project for component in self._store.metrics.heard()})
            for block in self._store.metrics.verdicts(project, window)
        ]

    def _blocks(self, said: Said, at_us: int) -> list[VerdictBlock]:
        """This hour's verdicts, with those of this minute; the minute is the one that ends now."""
        minute_us = (at_us - 1) // MINUTE_US * MINUTE_US
        hour_us = _hour(minute_us)
        stored = {
            block.component: block.payload
            for project in sorted({component.project for component in said})
            for block in self._store.metrics.verdicts(project, Window(hour_us, hour_us + 1))
        }
        minute = (minute_us - hour_us) // MINUTE_US
        blocks = []
        for component, judgements in said.items():
            before = from_bytes(stored[component]) if component in stored else Verdicts.none()
            blocks.append(VerdictBlock(component, hour_us, to_bytes(before.said(minute, judgements))))
        return blocks


def _needed(rule: MetricRule, data: Mapping[str, Stretch]) -> Mapping[str, Stretch]:
    """What a rule is about; of silence, everything."""
    return {name: data[name] for name in rule.metrics if name in data} if rule.metrics else data


def _hour(time_us: int) -> int:
    return time_us // HOUR_US * HOUR_US


def _gone_us(component: Component, options: ServiceOptions) -> int:
    gone_us = options.gone_seconds * 1_000_000
    return min(gone_us, _GONE_US) if component.kind in _COMING_AND_GOING else gone_us


def _monitor(component: Component, rule: MetricRule) -> Monitor:
    return Monitor(rule.name, component.label, rule.layer, rule.name, rule.rule)


def _evaluation(component: Component, rule: MetricRule, judgement: Judgement, window: Window) -> Evaluation:
    """Its evidence is the shortest stretch of time that was looked at: that one is bad in any case."""
    return Evaluation(
        block_seq=0,
        project=component.project,
        model="",
        version="",
        segment="",
        monitor=rule.name,
        window=window,
        status=judgement.status,
        value=judgement.value,
        threshold=judgement.threshold,
        effect=judgement.value,
        n=judgement.n,
        span=max(min(rule.reaches_us) // window.length_us, 1),
        component=component.label,
    )
