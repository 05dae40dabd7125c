"""Models in service, and what goes wrong with them: conditions that last for a while, each of one fault.

Nothing here knows how alerts are joined. Lags are drawn with tails longer than any kernel, symptoms stay away, clocks
are off, and what rests on what varies from world to world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.detect.metric_defaults import rules_for
from seamark.records.log import Change
from seamark.records.metric import ComponentKind
from seamark.records.metric_rule import ServiceOptions
from seamark.records.monitor import Monitor, Priority, Rule, RuleKind, Severity
from seamark.records.signals import Layer
from seamark.records.topology import Edge, Topology

PROJECT = "default"
START_US = 20_400 * DAY_US
DAYS = 30
_METRICS = {
    ComponentKind.NODE: ["cpu_seconds", "cpu_available_seconds", "memory_available_bytes", "memory_total_bytes"],
    ComponentKind.GPU: ["gpu_memory_bytes", "gpu_memory_free_bytes"],
    ComponentKind.POD: ["restarts", "oom_kills", "cpu_throttled_periods", "cpu_periods", "crash_loop"],
    ComponentKind.SERVICE: ["requests", "server_errors", "client_errors", "latency_seconds", "checks", "failed_checks"],
}
_OPTIONS = ServiceOptions(thresholds={"p99": 0.5})
_RULES = {each.name: each for kind, metrics in _METRICS.items() for each in rules_for(kind, metrics, _OPTIONS)}
_DRIFT = Rule(RuleKind.CALIBRATED, fire=1.0, clear=0.8)
_QUALITY = Rule(RuleKind.FIXED, fire=1.0, clear=0.8, severity=Severity.HIGH)


@dataclass(frozen=True)
class Condition:
    """One monitor's condition, from when to when, and which fault it is of."""

    fault: str
    monitor: Monitor
    start_us: int
    end_us: int
    model: str = ""
    component: str = ""
    version: str = ""
    strength: float = 2.0
    now: float | None = None
    usual: float | None = None
    interval_us: int = MINUTE_US
    reach_us: int = MINUTE_US
    known_after_us: int = 0  # a window is judged so long after its end


@dataclass(frozen=True)
class Fault:
    """What happened, and what a person would name as its cause: subjects or kinds of causes that are right."""

    id: str
    kind: str
    start_us: int
    end_us: int
    right: frozenset[str]
    harmless: bool = False


@dataclass
class Model:
    name: str
    features: list[str]
    pipelines: dict[str, str]  # of each feature
    service: str
    pods: list[str]
    delay_us: int  # of its outcomes
    window_us: int
    late_us: int  # after its end a window is judged, all monitors at once


@dataclass
class World:
    rng: np.random.Generator
    models: list[Model] = field(default_factory=list)
    node_of: dict[str, str] = field(default_factory=dict)  # of each pod
    gpu_of: dict[str, str] = field(default_factory=dict)
    topology: Topology = field(default_factory=Topology)
    map: str = "whole"
    skews: dict[str, int] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def components(self) -> list[str]:
        """Labels of all machines and services."""
        pods = [f"pod/{pod}" for pod in self.node_of]
        nodes = sorted({f"node/{node}" for node in self.node_of.values()})
        gpus = sorted({f"gpu/{gpu}" for gpu in self.gpu_of.values()})
        return [*nodes, *gpus, *pods, *sorted({f"service/{model.service}" for model in self.models})]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def lag_us(self, median_minutes: float, spread: float = 0.8) -> int:
        """Log-normal: one of ten is more than 2.8 times the median."""
        return int(median_minutes * MINUTE_US * self.rng.lognormal(0.0, spread))

    def machine(self, fault: str, component: str, rule: str, start_us: int, end_us: int) -> None:
        """A condition that a default rule finds."""
        found = _RULES[rule]
        monitor = Monitor(rule, component, found.layer, rule, found.rule)
        skew = self.skews.setdefault(component, int(self.rng.integers(-5, 6)) * MINUTE_US)
        reach = min(found.reaches_us)
        strength = float(1.2 + self.rng.exponential(1.0))
        self.conditions.append(
            Condition(
                fault, monitor, start_us + skew, max(end_us, start_us + 8 * MINUTE_US) + skew, component=component,
                strength=strength, reach_us=reach, known_after_us=-skew + int(self.rng.integers(5, 60)) * 1_000_000,
            )
        )  # fmt: skip

    def drift(self, fault: str, model: Model, signal: str, start_us: int, end_us: int, **fields: object) -> None:
        """A condition that windows of predictions show."""
        statistic = str(fields.pop("statistic", "jensen_shannon"))
        layer = Layer.DATA if signal.startswith("feature.") or signal == "traffic" else Layer.MODEL
        monitor = Monitor(f"{signal}:{statistic}", signal, layer, statistic, _DRIFT)
        strength = float(fields.pop("strength", 1.2 + self.rng.exponential(1.5)))
        end_us = max(end_us, start_us + 2 * model.window_us)
        self.conditions.append(
            Condition(
                fault, monitor, start_us, end_us, model=model.name, strength=strength, interval_us=model.window_us,
                reach_us=model.window_us, known_after_us=model.late_us, **fields,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    def graded(self, fault: str, model: Model, signal: str, layer: Layer, start_us: int, end_us: int) -> None:
        """A condition of outcomes, which are known later and about the time of their predictions."""
        rule = Rule(RuleKind.FIXED, 1.0, 0.8, priority=Priority.P1) if layer is Layer.BUSINESS else _QUALITY
        monitor = Monitor(signal, signal, layer, signal.partition(".")[2] or "outcomes_late", rule)
        end_us = max(end_us, start_us + 12 * HOUR_US)
        self.conditions.append(
            Condition(fault, monitor, start_us, end_us, model=model.name, strength=1.5, interval_us=6 * HOUR_US,
                      reach_us=6 * HOUR_US, known_after_us=model.delay_us)
        )  # fmt: skip

    def models_on(self, pods: set[str]) -> list[Model]:
        return [model for model in self.models if pods & set(model.pods)]


def world(seed: int) -> World:
    """Two to five models on two to four nodes; of half of them all that rests on what is known."""
    made = World(np.random.default_rng(seed))
    rng = made.rng
    nodes = [f"n{at}" for at in range(int(rng.integers(2, 5)))]
    edges: list[Edge] = []
    for at in range(int(rng.integers(2, 6))):
        name = f"model{at}"
        pipelines = [f"{name}-daily", f"{name}-stream"][: int(rng.integers(1, 3))]
        if made.chance(0.3):
            pipelines[0] = "shared-daily"
        features = [f"f{each}" for each in range(int(rng.integers(6, 21)))]
        pods = [f"{name}-{each}" for each in range(int(rng.integers(1, 4)))]
        of = {each: str(rng.choice(pipelines)) for each in features}
        delay = int(rng.choice([2 * HOUR_US, 8 * HOUR_US, DAY_US, 4 * DAY_US]))
        model = Model(name, features, of, f"{name}-api", pods, delay, int(rng.choice([HOUR_US, HOUR_US, 6 * HOUR_US])),
                      10 * MINUTE_US + int(rng.integers(0, 300)) * 1_000_000)  # fmt: skip
        made.models.append(model)
        for pod in pods:
            made.node_of[pod] = str(rng.choice(nodes))
            pairs = [(f"node/{made.node_of[pod]}", f"pod/{pod}"), (f"pod/{pod}", f"service/{model.service}")]
            if made.chance(0.5):
                made.gpu_of[pod] = f"{made.node_of[pod]}-gpu{int(rng.integers(0, 2))}"
                pairs.append((f"gpu/{made.gpu_of[pod]}", f"pod/{pod}"))
            edges += [Edge(PROJECT, *pair) for pair in pairs]
        edges.append(Edge(PROJECT, f"service/{model.service}", f"model/{name}"))
        edges += [Edge(PROJECT, f"feature_pipeline/{of[each]}", f"feature/{name}/{each}") for each in features]
    made.map = str(rng.choice(["whole", "a tenth of its edges missing", "none"], p=[4 / 8, 3 / 8, 1 / 8]))
    lost = {"whole": 0.0, "none": 1.0}.get(made.map, 0.1)
    made.topology = Topology(tuple(edge for edge in edges if not made.chance(lost)))
    return made


Play = Callable[[World, str, int], Fault]


def schedule(made: World, plays: dict[str, Play], *, overlapping: bool = False) -> None:
    """Faults and harmless changes over a month, one every day and a half; or pairs that overlap."""
    times = list(_times(made, every_hours=60.0 if overlapping else 36.0))
    kinds = sorted(plays)
    at = 0
    for start_us in times:
        starts = [start_us, start_us + made.lag_us(60.0)] if overlapping else [start_us]
        for each in starts:
            kind = str(made.rng.choice(kinds))
            made.faults.append(plays[kind](made, f"{kind}-{at}", each))
            at += 1
    _noise(made)


def _times(made: World, every_hours: float) -> Iterator[int]:
    now = START_US + 6 * HOUR_US
    while now < START_US + (DAYS - 4) * DAY_US:
        yield now
        now += int((0.4 * every_hours + made.rng.exponential(0.6 * every_hours)) * HOUR_US)


def _noise(made: World) -> None:
    """False alarms of single features, twice a month and model, and blips of a minute, five a day."""
    for model in made.models:
        for at in range(int(made.rng.poisson(2))):
            start = START_US + int(made.rng.integers(0, DAYS * 24)) * HOUR_US
            feature = f"feature.{made.rng.choice(model.features)}"
            name = f"false-{model.name}-{at}"
            made.drift(name, model, feature, start, start + 3 * model.window_us, strength=1.1)
            made.faults.append(Fault(name, "false_alarm", start, start, frozenset()))
    for at in range(5 * DAYS):
        start = START_US + int(made.rng.integers(0, DAYS * 24 * 60)) * MINUTE_US
        component = str(made.rng.choice([each for each in made.components if each.startswith("service/")]))
        rule = _RULES["server_error_rate"]
        monitor = Monitor("server_error_rate", component, rule.layer, "server_error_rate", rule.rule)
        made.conditions.append(Condition(f"blip-{at}", monitor, start, start + MINUTE_US, component=component))
