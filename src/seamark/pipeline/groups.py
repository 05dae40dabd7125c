"""The groups of the dimensions that a tolerance is stated for, as a judge looks at them: a day at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US
from seamark.detect.gaps import gap_monitors, judged
from seamark.pipeline.windows import WindowProfiles
from seamark.records.model import Model
from seamark.records.monitor import Monitor
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.groups import Groups, selected_class, widest_gap
from seamark.stats.profile import BinSet
from seamark.store.protocol import Store


class Gaps:
    """Of some windows; the last day up to a window's end is what is judged, at least the window itself."""

    def __init__(self, store: Store, model: Model, bin_set: BinSet, options: ModelOptions, reach: Window) -> None:
        self._options, self._selected = options, selected_class(bin_set, options.selected)
        self._profiles: dict[str, dict[str, WindowProfiles]] = {}
        span = Window(reach.start_us - DAY_US, reach.end_us)
        for monitor in gap_monitors(bin_set, options):
            names = [name for name in model.segments if name.startswith(f"{monitor.subject}=")]
            self._profiles[monitor.subject] = {
                name: WindowProfiles(store, model, bin_set, span, name) for name in names
            }

    def put_into(
        self, arrays: Mapping[str, NDArray[np.generic]], monitors: tuple[Monitor, ...], window: Window
    ) -> dict[str, NDArray[np.generic]]:
        """An evaluation block's arrays with the verdicts on the gaps."""
        length_us = max(DAY_US, window.length_us)
        span = Window(window.end_us - length_us, window.end_us)
        found = {}
        for dimension, of in self._profiles.items():
            groups = Groups.of({name: profiles.of(span) for name, profiles in of.items()}, self._selected or "")
            found[dimension] = widest_gap(groups, self._options.min_rows)
        return judged(arrays, monitors, found, length_us // window.length_us)
