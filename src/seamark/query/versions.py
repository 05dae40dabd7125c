"""Did a version change the predictions, or does it get another population? Each version against all others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from seamark.query.models import find_model
from seamark.query.naming import label_of, milliseconds
from seamark.query.profiles import Adopted, adopted, by_version
from seamark.records.comparison import version_verdict
from seamark.records.model import Model, StoredAttribution, prevailing
from seamark.records.window import Window
from seamark.stats.attribution import Attribution
from seamark.stats.coarse import compared
from seamark.stats.distance import distances
from seamark.stats.impact import impacts_of
from seamark.stats.profile import Profile
from seamark.stats.verdict import benjamini_hochberg, drifted
from seamark.store.protocol import Store

_ALPHA = 0.001
_SMALLEST = 0.05  # JS distance
_FEWEST = 50  # rows on either side


def versions(store: Store, project: str, model: str, window: Window, *, now_us: int) -> dict[str, Any]:
    """The versions that answered in `window`, oldest first, and what tells each later one from the others there."""
    del now_us
    found = find_model(store, project, model)
    against = adopted(store, found)
    of: dict[str, list[Profile]] = {}
    for (version, _), profile in by_version(store, found, against, window).items():
        of.setdefault(version, []).append(profile)
    totals = {version: Profile.total(profiles) for version, profiles in of.items()}
    whole = Profile.total(list(totals.values()), against.bin_set)
    stored = prevailing(store.slow.attributions(project, model), against.id)
    order = sorted(totals, key=lambda version: (found.first_us.get(version, 0), version))
    return {
        "model": model,
        "from_ms": window.start_us // 1000,
        "to_ms": window.end_us // 1000,
        "n": whole.rows,
        "versions": [
            _version(found, version, totals[version], whole, against, stored, first=version == order[0])
            for version in order
        ],
    }


def _version(
    model: Model,
    version: str,
    mine: Profile,
    whole: Profile,
    against: Adopted,
    stored: Mapping[str, StoredAttribution],
    *,
    first: bool,
) -> dict[str, Any]:
    """One version; the first is what the others are new beside, so nothing is said of how it differs."""
    described = {
        "version": version,
        "since_ms": milliseconds(model.first_us.get(version)),
        "n": mine.rows,
        "share": mine.rows / max(whole.rows, 1),
    }
    rest = whole - mine
    if first or min(mine.rows, rest.rows) < _FEWEST:
        unsaid = {"verdict": None, "explained": None, "signals": None}
        return described | unsaid
    signals = [place for place, signal in enumerate(against.bin_set.signals) if signal.role != "joint"]
    now, then = compared(mine, rest, np.array(signals))
    measured = distances()["jensen_shannon"].evaluate(now, then)
    p = benjamini_hochberg(measured.p)
    moved = drifted(p, measured.debiased, _SMALLEST, alpha=_ALPHA)
    names = [against.bin_set.signals[place].name for place in signals]
    of = [against.bin_set.group_of(name) for name in names]
    told = dict.fromkeys(n for n, m in zip(of, moved.tolist(), strict=True) if m and n.startswith("feature."))
    features = [label_of(name) for name in told]
    answers = [n for n, m in zip(names, moved.tolist(), strict=True) if m and not n.startswith("feature.")]
    explained = explained_by_population(mine, rest, stored) if features and answers else math.nan
    return described | {
        "verdict": version_verdict(version, features, answers, explained) + ".",
        "explained": None if math.isnan(explained) else explained,
        "signals": {
            "name": names,
            "label": [label_of(name) for name in names],
            "value": [_number(value) for value in measured.debiased.tolist()],
            "p": [_number(value) for value in p.tolist()],
            "differs": moved.tolist(),
        },
    }


def explained_by_population(mine: Profile, rest: Profile, stored: Mapping[str, StoredAttribution]) -> float:
    """The share of how a version's mean answer differs from the rest's that what it gets accounts for.

    NaN where no attributions are known, or where the mean answer does not differ.
    """
    measured = [
        impacts_of(mine, rest, Attribution.from_bytes(each.payload, target, mine.bin_set))
        for target, each in stored.items()
    ]
    known = [each for each in measured if not math.isnan(each.explained)]
    return max(known, key=lambda each: abs(each.shift)).explained if known else math.nan


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
