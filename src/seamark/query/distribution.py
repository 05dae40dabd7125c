"""One signal in one period: baseline against window, bin by bin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamark.query.models import find_model
from seamark.query.naming import label_of
from seamark.query.profiles import adopted, by_version, compared_with, distances_for
from seamark.records.rows import SERIES
from seamark.records.window import Window
from seamark.stats.binning import NumericBins
from seamark.stats.binset import BinSet
from seamark.stats.coarse import compared
from seamark.stats.profile import Profile
from seamark.store.protocol import Store


def distribution(
    store: Store,
    project: str,
    model: str,
    signal: str,
    window: Window,
    version: str | None = None,
    segment: str = "",
    *,
    now_us: int,
) -> dict[str, Any]:
    """Bins with names and counts, rates, all distances, and each version's share of it.

    Of a group (an embedding, a text, the joint shift) those of its series that has moved furthest; `group` lists all.
    """
    del now_us
    found = find_model(store, project, model, segment)
    against = adopted(store, found)
    group = against.bin_set.group_of(signal)
    places = against.bin_set.members(group)
    hours = by_version(store, found, against, window, segment=segment)
    chosen = [profile for (of, _), profile in hours.items() if version is None or of == version]
    current = Profile.total(chosen, against.bin_set)
    baseline, source = compared_with(store, found, against, group, window, segment=segment)
    moved = _moved(current, baseline, places)
    furthest = int(places[int(np.argmax(np.nan_to_num(moved)))])
    position = furthest if signal == group else against.bin_set.position(signal)
    described = against.bin_set.signals[position]
    return {
        "signal": described.name,
        "label": label_of(described.name),
        "group": _group(against.bin_set, group, places, moved),
        "kind": described.kind,
        "role": described.role,
        "from_ms": window.start_us // 1000,
        "to_ms": window.end_us // 1000,
        "bins": _bins(current, baseline, position),
        "n": current.rows,
        "baseline_n": baseline.rows,
        "baseline": source,
        "mean": _means(current, baseline, position),
        "missing": _rates(current, baseline, "missing", position),
        "mistyped": _rates(current, baseline, "mistyped", position),
        _outside_name(described.bins): _rates(current, baseline, "outside", position),
        "distances": _distances(current, baseline, position, described.kind),
        "versions": _versions(hours, baseline, position),
    }


def _moved(current: Profile, baseline: Profile, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64[S]: the debiased Jensen-Shannon distance of each signal; NaN where there is nothing to compare."""
    now, then = compared(current, baseline, places)
    return distances_for("numeric")["jensen_shannon"].evaluate(now, then).debiased


def _group(bin_set: BinSet, name: str, places: NDArray[np.int64], moved: NDArray[np.float64]) -> dict[str, list[Any]]:
    """The series of a group in their order; empty lists for a signal that stands alone."""
    names = [bin_set.signals[place].name for place in places.tolist()]
    if names == [name]:
        return {"signal": [], "label": [], "value": []}
    labels = [each.removeprefix(f"{name}{SERIES}").removeprefix(f"{name}.") for each in names]
    return {
        "signal": names,
        "label": [label.replace("_", " ").replace(".", " ") for label in labels],
        "value": [value if math.isfinite(value) else None for value in moved.tolist()],
    }


def _outside_name(bins: object) -> str:
    return "out_of_range" if isinstance(bins, NumericBins) else "unseen"


def _bins(current: Profile, baseline: Profile, position: int) -> dict[str, list[Any]]:
    bins = current.bin_set.signals[position].bins
    counts, reference = current.counts_of(position), baseline.counts_of(position)
    lows: list[float | None] = [None] * bins.count
    highs = lows
    if isinstance(bins, NumericBins):
        lows, highs = (_finite(bounds) for bounds in (bins.lows(), bins.highs()))
    return {
        "label": bins.labels(),
        "low": lows,
        "high": highs,
        "baseline": _shares(reference),
        "current": _shares(counts),
        "count": counts.tolist(),
    }


def _finite(bounds: np.ndarray) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in bounds.tolist()]


def _shares(counts: np.ndarray) -> list[float]:
    return (counts / max(int(counts.sum()), 1)).tolist()  # type: ignore[no-any-return]


def _means(current: Profile, baseline: Profile, position: int) -> dict[str, float | None]:
    means = {"baseline": baseline.moments()[0][position], "current": current.moments()[0][position]}
    return {name: float(value) if math.isfinite(value) else None for name, value in means.items()}


def _rates(current: Profile, baseline: Profile, what: str, position: int) -> dict[str, float | None]:
    def rate(profile: Profile) -> float | None:
        counts = profile.outside() if what == "outside" else getattr(profile, what)
        return float(counts[position]) / profile.rows if profile.rows else None

    return {"baseline": rate(baseline), "current": rate(current)}


def _distances(current: Profile, baseline: Profile, position: int, kind: str) -> dict[str, dict[str, Any]]:
    now, then = compared(current, baseline, np.array([position]))
    if not now.n[0] > 0:
        return {}
    described = {}
    for name, distance in distances_for(kind).items():
        measured = distance.evaluate(now, then)
        described[name] = {
            "title": distance.title,
            "unit": distance.unit,
            "value": _number(measured.value),
            "debiased": _number(measured.debiased),
            "null_mean": _number(measured.null),
            "p": _number(measured.p),
        }
    return described


def _number(values: np.ndarray) -> float | None:
    value = float(values[0])
    return value if math.isfinite(value) else None


def _versions(hours: dict[tuple[str, int], Profile], baseline: Profile, position: int) -> list[dict[str, Any]]:
    """JS distance of each version's own rows from the baseline."""
    kind = baseline.bin_set.signals[position].kind
    versions = []
    for version in sorted({version for version, _ in hours}):
        profile = Profile.total([each for (of, _), each in hours.items() if of == version], baseline.bin_set)
        measured = _distances(profile, baseline, position, kind).get("jensen_shannon", {})
        versions.append({"version": version, "n": profile.rows, "value": measured.get("debiased")})
    return versions
