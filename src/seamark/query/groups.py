"""How are the groups of a dimension selected, and how certain is that?"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamark.errors import NotFound
from seamark.query.models import find_model
from seamark.query.profiles import adopted, by_version
from seamark.records.window import Window
from seamark.stats.groups import Groups, selected_class, widest_gap
from seamark.stats.profile import Profile
from seamark.store.protocol import Store

_FEWEST = 50


def groups(
    store: Store, project: str, model: str, dimension: str, window: Window, selected: str = "", *, now_us: int
) -> dict[str, Any]:
    """The selection rate of every segment of `dimension` with its interval, and the gap that is most certainly wide.

    `selected` is the predicted class that counts; "" means "1", "true" or "yes". Raises NotFound.
    """
    del now_us
    found = find_model(store, project, model)
    against = adopted(store, found)
    names = [name for name in found.segments if name.startswith(f"{dimension}=")]
    if not names:
        known = ", ".join(sorted({name.partition("=")[0] for name in found.segments})) or "none"
        raise NotFound(f"Model {model!r} has no segments of a dimension {dimension!r}; dimensions: {known}.")
    chosen = selected_class(against.bin_set, selected)
    if chosen is None:
        raise NotFound(f"Model {model!r} does not predict a class {selected or '1'!r}; name one that it predicts.")
    profiles = {
        name: Profile.total(list(by_version(store, found, against, window, segment=name).values()), against.bin_set)
        for name in names
    }
    of = Groups.of(profiles, chosen)
    gap = widest_gap(of, _FEWEST)
    centers, margins = of.intervals()
    return {
        "model": model,
        "dimension": dimension,
        "selected": chosen,
        "from_ms": window.start_us // 1000,
        "to_ms": window.end_us // 1000,
        "groups": {
            "segment": names,
            "n": of.rows.astype(int).tolist(),
            "rate": [None if np.isnan(rate) else float(rate) for rate in of.rates()],
            "low": np.clip(centers - margins, 0, 1).tolist(),
            "high": np.clip(centers + margins, 0, 1).tolist(),
        },
        "gap": None if gap is None else {"high": gap.high, "low": gap.low, "size": gap.size, "margin": gap.margin},
    }
