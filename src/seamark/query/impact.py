"""Which drift matters: what the shift of each feature should have done to the mean prediction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamark.errors import NotFound
from seamark.query.models import find_model
from seamark.query.naming import label_of
from seamark.query.profiles import Adopted, adopted, by_version
from seamark.query.targets import chosen_target
from seamark.records.attribution import Scale
from seamark.records.model import Model, StoredAttribution, prevailing
from seamark.records.window import Window
from seamark.stats.attribution import Attribution
from seamark.stats.cells import cells_of
from seamark.stats.impact import Impacts, impacts_of, ranked
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Store

_MISSING = "missing"
_LITTLE, _MUCH = 0.5, 1.5  # of the shift explained: beyond these, the rest is the news


def impact(
    store: Store,
    project: str,
    model: str,
    window: Window,
    version: str | None = None,
    target: str | None = None,
    top: int = 20,
    *,
    now_us: int,
) -> dict[str, Any]:
    """The `top` features by the size of their impact on the mean of `target`, against the static baseline.

    `target` None is the one whose mean moved furthest: a multiclass model has one per class.
    """
    del now_us
    found = find_model(store, project, model)
    against = adopted(store, found)
    hours = by_version(store, found, against, window)
    current = Profile.total([each for (of, _), each in hours.items() if version in (None, of)], against.bin_set)
    targets = _targets(store, found, against)
    name = chosen_target(target, targets, current, against.baseline)
    stored = targets[name]
    attribution = Attribution.from_bytes(stored.payload, name, against.bin_set)
    measured = impacts_of(current, against.baseline, attribution)
    return {
        "target": name,
        "targets": list(targets),
        "attributions": stored.source.value,
        "scale": (Scale.LOG_ODDS if attribution.log_odds else Scale.RESPONSE).value,
        "baseline": against.source,
        "n": current.rows,
        "baseline_n": against.baseline.rows,
        "mean": {"baseline": _number(measured.before.mean), "current": _number(measured.now.mean)},
        "shift": _number(measured.shift),
        "explained": _number(measured.explained),
        "summary": _summary(name, measured),
        "features": _features(measured, current, against, ranked(measured.impact)[:top]),
    }


def _targets(store: Store, model: Model, against: Adopted) -> dict[str, StoredAttribution]:
    """The attributions in use by target; raises NotFound for a model without any."""
    found = prevailing(store.slow.attributions(model.project, model.name), against.id)
    if not found:
        raise NotFound(
            f"Model {model.name!r} has no attributions: its reference has neither scores nor predictions, or was "
            "adopted by an older Seamark. Send a reference that has them."
        )
    return found


def _summary(target: str, measured: Impacts) -> str:
    """What the numbers say, for a person."""
    if math.isnan(measured.shift):
        return "No predictions to compare."
    moved = f"The mean of {target} moved by {measured.shift:+.3g}"
    total = float(np.nansum(measured.impact))
    if math.isnan(measured.explained):
        return f"{moved}, which is within its noise: there is no shift to explain."
    found = f"{moved}; the drift of the features should have moved it by {total:+.3g}"
    if measured.explained < _LITTLE:
        return f"{found}: something else did, so look at the model itself and at values it never saw."
    if measured.explained > _MUCH:
        return f"{found}: those that go together claim the same shift, or something works against it."
    return f"{found}, {measured.explained:.0%} of that."


def _features(measured: Impacts, current: Profile, against: Adopted, order: NDArray[np.int64]) -> dict[str, list[Any]]:
    """One item per feature, the largest impact first."""
    names = [against.bin_set.signals[measured.features[place]].name for place in order.tolist()]
    shifts = [_shift(current, against.baseline, int(measured.features[place])) for place in order.tolist()]
    return {
        "feature": names,
        "label": [label_of(name) for name in names],
        "impact": _numbers(measured.impact[order]),
        "noise": _numbers(measured.noise[order]),
        "share_explained": _numbers(measured.share[order]),
        "importance": _numbers(measured.importance[order]),
        **{key: [shift[key] for shift in shifts] for key in ("moved_share", "gained", "gained_by", "lost", "lost_by")},
    }


def _shift(current: Profile, baseline: Profile, feature: int) -> dict[str, Any]:
    """How p - q looks: the share of rows that moved, and the bins that gained and lost most."""
    one = np.array([feature])
    change = cells_of(current, one).shares() - cells_of(baseline, one).shares()
    if not np.isfinite(change).all():
        return {"moved_share": None, "gained": None, "gained_by": None, "lost": None, "lost_by": None}
    labels = _labels(current.bin_set, feature)
    most, least = int(change.argmax()), int(change.argmin())
    return {
        "moved_share": float(np.abs(change).sum() / 2),
        "gained": labels[most],
        "gained_by": float(change[most]),
        "lost": labels[least],
        "lost_by": float(-change[least]),
    }


def _labels(bin_set: BinSet, feature: int) -> list[str]:
    return [*bin_set.signals[feature].bins.labels(), _MISSING]


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
