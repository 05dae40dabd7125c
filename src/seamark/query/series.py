"""One monitor over time, with its threshold and its versions."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from seamark.clock import to_iso
from seamark.errors import NotFound
from seamark.query import evaluations
from seamark.query.models import find_model
from seamark.query.naming import label_of_monitor, milliseconds, unit_of
from seamark.query.profiles import adopted, by_version, distances_for
from seamark.records.model import Model
from seamark.records.monitor import Monitor, RuleKind
from seamark.records.window import Window
from seamark.stats.coarse import each_compared
from seamark.stats.profile import Profile
from seamark.store.protocol import Store

_MOST_VERSIONS = 10
_TOLERATED = {
    "stated": "the tolerance that its owner states",
    "usual": "a quarter worse than usual, when outcomes first came; state a tolerance to choose another",
}


def series(
    store: Store,
    project: str,
    model: str,
    monitor: str,
    window: Window,
    version: str = "",
    segment: str = "",
    *,
    versions: bool = True,
    now_us: int,
) -> dict[str, Any]:
    """Value, threshold, status and sample size per window; the newest versions beside, where there are several.

    Without `versions` it is read from verdicts alone, which takes a tenth of the time.
    """
    del now_us
    found = find_model(store, project, model, segment)
    monitors = evaluations.monitors_of(store, found, version=version, segment=segment)
    described = next((each for each in monitors if each.name == monitor), None)
    if described is None:
        names = ", ".join(each.name for each in monitors[:10])
        apart = f" of {segment or f'version {version}'}" if segment or version else ""
        raise NotFound(f"Model {model!r} has no monitor {monitor!r}{apart}. Monitors: {names}, ….")
    table = evaluations.read(store, found, window, version=version, segment=segment, only=monitor)
    read = {field: row[0] for field, row in table.arrays.items()}
    fields = ("value", "threshold", "exceedance", "n", "now", "usual")
    alerts = store.fast.alerts(project, model=model, live=True)
    here = (monitor, version, segment)
    alert = next((each for each in alerts if (each.monitor, each.version, each.segment) == here), None)
    return {
        "monitor": monitor,
        "signal": described.signal,
        "label": label_of_monitor(described),
        "layer": described.layer.value,
        "statistic": described.statistic,
        "unit": unit_of(described.statistic),
        "rule": described.rule.kind.value,
        "provisional": described.provisional,
        "direction": "below" if described.better == "higher" else "above",
        "window_ms": milliseconds(found.window_us),
        "points": {
            "start_ms": [each.start_us // 1000 for each in table.windows],
            "end_ms": [each.end_us // 1000 for each in table.windows],
            **{field: evaluations.nullable(read[field]) for field in fields},
            "span": read["span"].astype(int).tolist(),
            "status": [None if code == evaluations.NOT_EVALUATED else int(code) for code in read["status"]],
        },
        "versions": _versions(store, found, described, table.windows, segment) if versions and not version else [],
        "onset_ms": milliseconds(alert.onset_us) if alert is not None else None,
        "baseline": _baseline(store, found, described),
    }


def _baseline(store: Store, model: Model, monitor: Monitor) -> str:
    learned = store.slow.calibration(model.project, model.name, payload=False)
    if monitor.rule.kind is RuleKind.CALIBRATED and learned is not None:
        return learned.summary
    if monitor.rule.kind is RuleKind.SEQUENTIAL:
        return _TOLERATED[monitor.baseline]
    since = "" if monitor.since_us is None else f" since the new normal began, {to_iso(monitor.since_us)}"
    if monitor.baseline == "rolling":
        return f"rolling: the two weeks before each window{since}"
    if since:
        return f"static: the rows{since}"
    if monitor.baseline.startswith("the other"):
        return f"{monitor.baseline} at the same time"
    return f"{monitor.baseline}: {adopted(store, model).source}" if model.baseline is not None else monitor.baseline


def _versions(
    store: Store, model: Model, monitor: Monitor, windows: tuple[Window, ...], segment: str
) -> list[dict[str, Any]]:
    """The monitor's distance of each version's own rows, per window; empty with a single version."""
    if len(model.versions) < 2 or not windows:
        return []
    found = adopted(store, model)
    distance = distances_for("numeric").get(monitor.statistic) or distances_for("categorical").get(monitor.statistic)
    if distance is None:
        return []
    position = found.bin_set.position(monitor.signal)
    reach = Window(windows[0].start_us, windows[-1].end_us)
    starts = [window.start_us for window in windows]
    grouped: dict[tuple[str, int], list[Profile]] = {}
    for (version, hour), profile in by_version(store, model, found, reach, segment=segment).items():
        grouped.setdefault((version, bisect_right(starts, hour) - 1), []).append(profile)
    lines = []
    for version in model.versions[-_MOST_VERSIONS:]:
        totals = [Profile.total(grouped.get((version, place), []), found.bin_set) for place in range(len(windows))]
        values = distance.evaluate(*each_compared(totals, found.baseline, position)).debiased
        lines.append({"version": version, "value": evaluations.nullable(values), "n": [total.rows for total in totals]})
    return lines
