"""The monitors a model gets from its signals and its owner's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from seamark.clock import DAY_US
from seamark.detect.gaps import gap_monitors
from seamark.detect.options import GROUP_SHIFT, Threshold, parse_threshold
from seamark.detect.ratios import RATIOS
from seamark.records.model import Task
from seamark.records.monitor import Monitor, Priority, Rule, RuleKind, Severity
from seamark.records.options import ModelOptions
from seamark.records.signals import Kind, Layer, Role, Signal
from seamark.stats.binning import CategoricalBins
from seamark.stats.binset import JOINT, BinSet
from seamark.stats.distance import distances

TRAFFIC = "traffic"
VOLUME = "volume"
JOINT_SHIFT = "joint_shift"
OF_GROUPS = frozenset({JOINT_SHIFT, GROUP_SHIFT})  # the shift of the series that says most
_SMALLEST_SHARE = 0.02  # two points, for ratios
_SMALLEST_MEAN_SHIFT = 0.1  # reference standard deviations
_MAX_CLASSES = 20
_MISSING_TRAFFIC = 0.8  # share of the usual volume
_SMALLEST_CHANGE_OF_TRAFFIC = 0.2  # a fifth less, or as rare: a quarter more
_SMALLEST_TREND = 0.2  # standard deviations, over all the weeks that are looked at
_NO_TREND = frozenset({"mistyped_rate", "mean_shift"})  # one is an accident, the other the trend of the prediction
_CLEAR_AT = 0.8  # of the fire threshold
_OF_VERSIONS = frozenset({"jensen_shannon", "class_share", "missing_rate", "mean_shift", *OF_GROUPS})
_VERSION_ALPHA = 0.001
CAUTION = 2.0  # times the smallest effect, while there is little to stand on


def monitors_for(
    bin_set: BinSet,
    task: Task,
    options: ModelOptions,
    *,
    provisional: bool,
    young: bool = False,
    calibrated_us: int | None = None,
    accepted: Mapping[str, int] | None = None,
) -> tuple[Monitor, ...]:
    """All monitors of a model, in the order its evaluation blocks store them.

    While the reference is `provisional` (made from early traffic) or the model `young` (so that nobody knows yet
    how its traffic goes), only twice the smallest effect counts. With `calibrated_us`, the length of the windows
    that the model's thresholds were learned for, those take the place of the one-shot rule wherever they can. What
    has no learned threshold is compared with the rows since its new normal began, where one was `accepted`: by the
    name of the monitor, the time in microseconds.
    """
    rest = 1 if calibrated_us is None else max(DAY_US // calibrated_us - 1, 1)
    found = []
    for monitor in _uncalibrated(bin_set, task, options):
        learns = can_be_calibrated(monitor, options)
        if learns and calibrated_us is not None:
            found.append(_calibrated(monitor, rest))
        else:
            renewed = replace(monitor, since_us=(accepted or {}).get(monitor.name))
            found.append(_careful(renewed, unsure=provisional or (learns and young), learns=learns))
    return (*found, *_trends(bin_set, found, options))


def base_of(trend: str) -> str:
    """The statistic whose trend a statistic is."""
    return "jensen_shannon" if trend in ("trend", "distance_trend") else trend.removesuffix("_trend")


def _trends(bin_set: BinSet, monitors: Sequence[Monitor], options: ModelOptions) -> Iterator[Monitor]:
    """The slow trend of whatever is watched: a line in the weekly digest."""
    for monitor in monitors:
        counted = monitor.statistic in {*OF_GROUPS, *RATIOS, VOLUME}
        if monitor.statistic in _NO_TREND or not (counted or monitor.statistic in distances()):
            continue
        effect = _SMALLEST_SHARE if monitor.statistic in RATIOS else _SMALLEST_TREND
        statistic = f"{monitor.statistic}_trend"
        if not counted:
            numeric = bin_set.signals[bin_set.position(monitor.signal)].kind == Kind.NUMERIC
            statistic, effect = ("trend", effect) if numeric else ("distance_trend", options.smallest_effect)
        rule = Rule(
            RuleKind.TREND,
            fire=effect,
            clear=effect * _CLEAR_AT,
            breaches=1,
            of=1,
            severity=Severity.INFO,
            priority=Priority.P3,
        )
        name = ":".join(filter(None, (monitor.signal, statistic, monitor.subject)))
        yield Monitor(name, monitor.signal, monitor.layer, statistic, rule, subject=monitor.subject)


def version_monitors(bin_set: BinSet, task: Task, options: ModelOptions) -> tuple[Monitor, ...]:
    """The monitors of one version's rows against those of all others at the same time.

    Nothing is learned for them, because a version that comes has no history, and nothing needs to be: what both get
    at the same time has the same season. Rows are looked at again in window after window, so little may be due to
    chance.
    """
    plain = replace(options, thresholds={}, baseline="static", baselines={})
    chosen = (each for each in _uncalibrated(bin_set, task, plain) if each.statistic in _OF_VERSIONS)
    return tuple(
        replace(each, rule=replace(each.rule, alpha=_VERSION_ALPHA), baseline="the other versions") for each in chosen
    )


def _careful(monitor: Monitor, *, unsure: bool, learns: bool) -> Monitor:
    """The one-shot rule asks for twice the effect where it stands on little."""
    if unsure and monitor.rule.kind is RuleKind.ONE_SHOT:
        rule = replace(monitor.rule, fire=CAUTION * monitor.rule.fire, clear=CAUTION * monitor.rule.clear)
        monitor = replace(monitor, rule=rule)
    return replace(monitor, provisional=unsure or learns)


def can_be_calibrated(monitor: Monitor, options: ModelOptions) -> bool:
    """Whether its threshold can be learned: the owner stated none, and it watches bins, a share, a mean or traffic."""
    if monitor.statistic == VOLUME:
        return _stated_volume(options) is None
    counted = monitor.statistic in {*OF_GROUPS, *RATIOS, "jensen_shannon", "mean_shift"}
    return counted and monitor.rule.kind is not RuleKind.FIXED


def _calibrated(monitor: Monitor, rest_windows: int) -> Monitor:
    """One window is enough to open it, because the threshold counts every chance there is; a day of rest ends it."""
    rule = replace(monitor.rule, kind=RuleKind.CALIBRATED, breaches=1, of=1, keep_firing_windows=rest_windows)
    if monitor.statistic == VOLUME:
        smallest = _SMALLEST_CHANGE_OF_TRAFFIC
        rule = replace(rule, fire=smallest, clear=smallest * _CLEAR_AT, min_n=0, severity=Severity.WARNING)
    return replace(monitor, rule=rule)


def _uncalibrated(bin_set: BinSet, task: Task, options: ModelOptions) -> tuple[Monitor, ...]:
    signals = [Signal(each.name, Kind(each.kind), Role(each.role)) for each in bin_set.signals]
    found: list[Monitor] = []
    for signal in signals:
        if bin_set.group_of(signal.name) != signal.name:
            continue
        found += _distance(signal, options)
        found += _ratios(signal, options)
    for name in bin_set.described:
        found += _of_group(name, options)
    found += [_ratio("prediction", "class_share", Layer.MODEL, options, subject=name) for name in _classes(bin_set)]
    names = {signal.name for signal in signals}
    if "score" in names and task in (Task.BINARY, Task.UNKNOWN):
        found.append(_ratio("score", "near_half_share", Layer.MODEL, options))
    if task is Task.REGRESSION and "prediction" in names:
        found.append(_one_shot("prediction", "mean_shift", Layer.MODEL, _SMALLEST_MEAN_SHIFT, options))
    if bin_set.joint is not None:
        found.append(_one_shot(JOINT, JOINT_SHIFT, Layer.DATA, options.smallest_effect, options))
    found.append(_volume(options))
    found += gap_monitors(bin_set, options)
    return tuple(found)


def _classes(bin_set: BinSet) -> tuple[str, ...]:
    """The predicted classes worth a monitor each: none for a regression, the most frequent of many."""
    for signal in bin_set.signals:
        if signal.role == Role.PREDICTION and isinstance(signal.bins, CategoricalBins):
            return signal.bins.categories[:_MAX_CLASSES]
    return ()


def _distance(signal: Signal, options: ModelOptions) -> Iterator[Monitor]:
    """The owner's statistic with the owner's number, else JS distance by the one-shot rule."""
    stated = _stated(signal.name, options)
    if stated is not None and _suits(stated.statistic, signal.kind):
        yield _fixed(signal.name, stated, signal.role.layer, options)
    else:
        yield _one_shot(signal.name, "jensen_shannon", signal.role.layer, options.smallest_effect, options)


def _of_group(name: str, options: ModelOptions) -> Iterator[Monitor]:
    """An embedding or a text as one: the shift of its series, and whether it is there."""
    stated = _stated(name, options)
    if stated is not None and stated.statistic == GROUP_SHIFT:
        yield _fixed(name, stated, Layer.DATA, options)
    else:
        yield _one_shot(name, GROUP_SHIFT, Layer.DATA, options.smallest_effect, options)
    for statistic in ("missing_rate", "mistyped_rate"):
        yield _ratio(name, statistic, Layer.DATA, options)


def _suits(statistic: str, kind: Kind) -> bool:
    """Whether a stated statistic is a distance that makes sense for signals of this kind ("*" meets all kinds)."""
    distance = distances().get(statistic)
    return distance is not None and distance.needs != "values" and kind in distance.kinds


def _ratios(signal: Signal, options: ModelOptions) -> Iterator[Monitor]:
    if signal.role is Role.CONFIDENCE:
        return  # derived from the scores: what is missing there is reported there
    statistics = ["missing_rate", "mistyped_rate"]
    statistics.append("unseen_rate" if signal.kind is Kind.CATEGORICAL else "out_of_range_rate")
    for statistic in statistics:
        yield _ratio(signal.name, statistic, signal.role.layer, options)


def _ratio(signal: str, statistic: str, layer: Layer, options: ModelOptions, subject: str = "") -> Monitor:
    stated = _stated(signal, options)
    if stated is not None and stated.statistic == statistic:
        monitor = _fixed(signal, stated, layer, options)
    else:
        monitor = _one_shot(signal, statistic, layer, _SMALLEST_SHARE, options)
    return replace(monitor, name=f"{monitor.name}:{subject}", subject=subject) if subject else monitor


def _stated(signal: str, options: ModelOptions) -> Threshold | None:
    text = options.thresholds.get(signal, options.thresholds.get(signal.removeprefix("feature.")))
    text = text if text is not None else options.thresholds.get("*")
    return None if text is None else parse_threshold(text)


def _one_shot(signal: str, statistic: str, layer: Layer, effect: float, options: ModelOptions) -> Monitor:
    rule = Rule(RuleKind.ONE_SHOT, fire=effect, clear=effect * _CLEAR_AT, min_n=options.min_rows)
    baseline = _until_calibrated(signal, options)
    return Monitor(f"{signal}:{statistic}", signal, layer, statistic, rule, baseline=baseline)


def _fixed(signal: str, threshold: Threshold, layer: Layer, options: ModelOptions) -> Monitor:
    rule = Rule(RuleKind.FIXED, fire=threshold.fire, clear=threshold.fire * _CLEAR_AT, min_n=options.min_rows)
    name = f"{signal}:{threshold.statistic}"
    return Monitor(name, signal, layer, threshold.statistic, rule, baseline=_until_calibrated(signal, options))


def _until_calibrated(signal: str, options: ModelOptions) -> str:
    """What windows are compared with before a model has a calibration, or by a monitor with a stated threshold."""
    return "rolling" if options.baseline_of(signal) == "rolling" else "static"


def _volume(options: ModelOptions) -> Monitor:
    """Traffic that all but stops: the share of the usual volume that is missing."""
    stated = _stated_volume(options)
    fire = _MISSING_TRAFFIC if stated is None else stated.fire
    rule = Rule(RuleKind.FIXED, fire, clear=fire * 0.6, min_n=20, severity=Severity.HIGH, priority=Priority.P2)
    return Monitor(f"{TRAFFIC}:{VOLUME}", TRAFFIC, Layer.DATA, VOLUME, rule, baseline="rolling")


def _stated_volume(options: ModelOptions) -> Threshold | None:
    stated = _stated(TRAFFIC, options)
    return stated if stated is not None and stated.statistic == VOLUME else None
