"""What may happen to a model in service: faults with a cause, and harmless changes."""

from __future__ import annotations

from world import PROJECT, Fault, Model, Play, World

from seamark.clock import DAY_US, HOUR_US
from seamark.records.log import Change
from seamark.records.signals import OUTCOMES, Layer


def _model(world: World) -> Model:
    return world.models[int(world.rng.integers(len(world.models)))]


def _lasts(world: World, low: float, high: float) -> int:
    return int(world.rng.uniform(low, high) * HOUR_US)


def _some(world: World, model: Model, fewest: int, most: int) -> list[str]:
    count = min(int(world.rng.integers(fewest, most + 1)), len(model.features))
    return [str(each) for each in world.rng.choice(model.features, count, replace=False)]


def _worse(world: World, id: str, model: Model, start: int, end: int, share: float) -> None:
    """Quality, and now and then business, are worse, known when outcomes come."""
    if world.chance(share):
        world.graded(id, model, "quality.accuracy", Layer.MODEL, start + world.lag_us(60), end + 6 * HOUR_US)
        if world.chance(0.4):
            world.graded(id, model, "business.revenue", Layer.BUSINESS, start + world.lag_us(300), end + 6 * HOUR_US)


def _service(world: World, id: str, model: Model, start: int, end: int, late: float, failing: float) -> None:
    label = f"service/{model.service}"
    if world.chance(late):
        world.machine(id, label, "p99", start + world.lag_us(3), end)
    if world.chance(failing):
        world.machine(id, label, "server_error_rate", start + world.lag_us(4), end)


def node_throttle(world: World, id: str, start: int) -> Fault:
    node = str(world.rng.choice(sorted(set(world.node_of.values()))))
    end = start + _lasts(world, 0.5, 6)
    pods = {pod for pod, on in world.node_of.items() if on == node}
    world.machine(id, f"node/{node}", "cpu_saturation", start + world.lag_us(2), end)
    for pod in sorted(pods):
        if world.chance(0.5):
            world.machine(id, f"pod/{pod}", "throttling", start + world.lag_us(4), end)
    for model in world.models_on(pods):
        _service(world, id, model, start, end, 0.9, 0.3)
        if end - start > 2 * model.window_us and world.chance(0.4):
            world.drift(id, model, "score", start + world.lag_us(10), end)
    return Fault(id, "node_throttle", start, end, frozenset({f"node/{node}"}))


def gpu_memory(world: World, id: str, start: int) -> Fault:
    if not world.gpu_of:
        return node_throttle(world, id, start)
    gpu = str(world.rng.choice(sorted(set(world.gpu_of.values()))))
    end = start + _lasts(world, 0.5, 4)
    pods = {pod for pod, on in world.gpu_of.items() if on == gpu}
    world.machine(id, f"gpu/{gpu}", "gpu_memory", start, end)
    for model in world.models_on(pods):
        _service(world, id, model, start, end, 0.8, 0.6)
    return Fault(id, "gpu_memory", start, end, frozenset({f"gpu/{gpu}"}))


def oom_loop(world: World, id: str, start: int) -> Fault:
    pod = str(world.rng.choice(sorted(world.node_of)))
    [model] = world.models_on({pod})
    end = start + _lasts(world, 0.4, 4)
    world.machine(id, f"pod/{pod}", "oom_kills", start + world.lag_us(2), end)
    if world.chance(0.8):
        world.machine(id, f"pod/{pod}", "restart_loop", start + world.lag_us(6), end)
    _service(world, id, model, start, end, 0.4, 0.9)
    if world.chance(0.3):
        world.machine(id, f"service/{model.service}", "unavailable", start + world.lag_us(8), end)
    if end - start > 2 * model.window_us and world.chance(0.5):
        world.drift(id, model, "traffic", start, end, statistic="volume", now=300.0, usual=1000.0)
    return Fault(id, "oom_loop", start, end, frozenset({f"pod/{pod}"}))


def upstream_null(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    [feature] = _some(world, model, 1, 1)
    end = start + _lasts(world, 4, 48)
    signal = f"feature.{feature}"
    world.drift(id, model, signal, start, end, statistic="missing_rate", now=0.5, usual=0.01, strength=4.0)
    if world.chance(0.5):
        world.drift(id, model, signal, start, end)
    if world.chance(0.7):
        world.drift(id, model, "score", start + world.lag_us(90), end)
    _worse(world, id, model, start, end, 0.4)
    return Fault(id, "upstream_null", start, end, frozenset({signal, f"feature_pipeline/{model.pipelines[feature]}"}))


def unit_change(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    [feature] = _some(world, model, 1, 1)
    end = start + _lasts(world, 4, 72)
    signal = f"feature.{feature}"
    world.drift(id, model, signal, start, end, strength=5.0)
    if world.chance(0.6):
        world.drift(id, model, signal, start, end, statistic="out_of_range_rate", now=0.6, usual=0.01)
    if world.chance(0.8):
        world.drift(id, model, "score", start + world.lag_us(60), end)
    _worse(world, id, model, start, end, 0.4)
    return Fault(id, "unit_change", start, end, frozenset({signal, f"feature_pipeline/{model.pipelines[feature]}"}))


def schema_change(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    pipeline = str(world.rng.choice(sorted(set(model.pipelines.values()))))
    fed = [each for each in model.features if model.pipelines[each] == pipeline]
    count = min(int(world.rng.integers(2, 7)), len(fed))
    features = [str(each) for each in world.rng.choice(fed, count, replace=False)]
    end = start + _lasts(world, 3, 30)
    for each in features:
        statistic = str(world.rng.choice(["mistyped_rate", "missing_rate", "unseen_rate"]))
        world.drift(id, model, f"feature.{each}", start, end, statistic=statistic, now=0.9, usual=0.0, strength=6.0)
    if world.chance(0.9):
        world.drift(id, model, "score", start, end)
    if world.chance(0.3):
        world.machine(id, f"service/{model.service}", "server_error_rate", start + world.lag_us(3), end)
    if world.chance(0.5):
        world.changes.append(Change(f"chg-{id}", PROJECT, "feature_pipeline", start, f"{pipeline} changed", model.name))
    right = {f"feature_pipeline/{pipeline}", *(f"feature.{each}" for each in features if count == 1)}
    return Fault(id, "schema_change", start, end, frozenset(right))


def bad_release(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    version = id.rpartition("-")[2]
    end = start + _lasts(world, 1, 24)
    change = Change(
        f"chg-{id}", PROJECT, "deploy", start, f"{model.name} {version} is live", model.name, model.service, version
    )
    world.changes.append(change)
    answers = end - start > 2 * model.window_us
    if answers:
        world.drift(id, model, "score", start, end, version=version)
    _service(world, id, model, start + world.lag_us(2), end, 0.4, 0.5 if answers else 1.0)
    _worse(world, id, model, start, end, 0.3)
    return Fault(id, "bad_release", start, end, frozenset({change.id, version}))


def population_shift(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    end = start + _lasts(world, 24, 96)
    for each in _some(world, model, 4, 8):
        world.drift(id, model, f"feature.{each}", start + world.lag_us(60), end)
    if world.chance(0.7):
        world.drift(id, model, "traffic", start, end, statistic="volume", now=1700.0, usual=1000.0)
    world.drift(id, model, "score", start + world.lag_us(90), end)
    world.graded(id, model, "quality.accuracy", Layer.MODEL, start + world.lag_us(60), end)
    return Fault(id, "population_shift", start, end, frozenset({"kind:population"}))


def traffic_surge(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    end = start + max(_lasts(world, 2, 8), 3 * model.window_us)
    world.drift(id, model, "traffic", start, end, statistic="volume", now=4000.0, usual=1000.0)
    world.machine(id, f"service/{model.service}", "p99", start + world.lag_us(3), end)
    for pod in model.pods:
        if world.chance(0.6):
            world.machine(id, f"pod/{pod}", "throttling", start + world.lag_us(3), end)
    if world.chance(0.4):
        world.machine(id, f"service/{model.service}", "server_error_rate", start + world.lag_us(8), end)
    return Fault(id, "traffic_surge", start, end, frozenset({"traffic"}))


def outcome_delay(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    end = start + _lasts(world, 24, 72)
    world.graded(id, model, OUTCOMES, Layer.DATA, start, end)
    return Fault(id, "outcome_delay", start, end, frozenset({OUTCOMES}))


def concept_drift(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    end = start + _lasts(world, 48, 120)
    world.graded(id, model, "quality.accuracy", Layer.MODEL, start, end)
    if world.chance(0.5):
        world.graded(id, model, "business.revenue", Layer.BUSINESS, start + world.lag_us(300), end)
    return Fault(id, "concept_drift", start, end, frozenset({"kind:model"}))


def dependency_outage(world: World, id: str, start: int) -> Fault:
    """Only in the reporting run: a service that a model's service calls fails, and its features stay empty."""
    model = _model(world)
    end = start + _lasts(world, 1, 8)
    world.machine(id, f"service/{model.name}-store", "server_error_rate", start, end)
    _service(world, id, model, start + world.lag_us(1), end, 0.7, 0.7)
    if end - start > 2 * model.window_us:
        for each in _some(world, model, 1, 3):
            world.drift(id, model, f"feature.{each}", start, end, statistic="missing_rate", now=0.4, usual=0.0)
    return Fault(id, "dependency_outage", start, end, frozenset({f"service/{model.name}-store"}))


def config_change(world: World, id: str, start: int) -> Fault:
    """Only in the reporting run: a wrong setting of a service."""
    model = _model(world)
    end = start + _lasts(world, 0.5, 6)
    world.changes.append(Change(f"chg-{id}", PROJECT, "config", start, "time-out lowered", model.name, model.service))
    world.machine(id, f"service/{model.service}", "client_error_rate", start + world.lag_us(3), end)
    _service(world, id, model, start, end, 0.5, 0.5)
    return Fault(id, "config_change", start, end, frozenset({f"service/{model.service}", f"chg-{id}"}))


def promotion(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    end = start + _lasts(world, 24, 72)
    world.drift(id, model, "traffic", start, end, statistic="volume", now=1900.0, usual=1000.0)
    for each in _some(world, model, 2, 6):
        world.drift(id, model, f"feature.{each}", start + world.lag_us(40), end)
    if world.chance(0.6):
        world.drift(id, model, "score", start + world.lag_us(60), end)
    return Fault(id, "promotion", start, end, frozenset({"kind:benign"}), harmless=True)


def holiday(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    end = start + _lasts(world, 20, 30)
    world.drift(id, model, "traffic", start, end, statistic="volume", now=300.0, usual=1000.0)
    for each in _some(world, model, 0, 3):
        world.drift(id, model, f"feature.{each}", start + world.lag_us(40), end)
    return Fault(id, "holiday", start, end, frozenset({"kind:benign"}), harmless=True)


def harmless_deploy(world: World, id: str, start: int) -> Fault:
    model = _model(world)
    deployed = Change(
        f"chg-{id}", PROJECT, "deploy", start, f"{model.name} is live again", model.name, model.service, id
    )
    world.changes.append(deployed)
    return Fault(id, "harmless_deploy", start, start + DAY_US, frozenset({"kind:benign"}), harmless=True)


BUILDING: dict[str, Play] = {
    each.__name__: each
    for each in (
        node_throttle, gpu_memory, oom_loop, upstream_null, unit_change, schema_change, bad_release,
        population_shift, traffic_surge, outcome_delay, concept_drift, promotion, holiday, harmless_deploy,
    )
}  # fmt: skip
REPORTING: dict[str, Play] = {**BUILDING, "dependency_outage": dependency_outage, "config_change": config_change}
"""Two kinds of faults that were not there while anything was built."""
