"""The profiles of a model's windows, read once for a span of time."""

from __future__ import annotations

from seamark.clock import HOUR_US
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Store


class WindowProfiles:
    """All versions together, hour by hour; any window inside the span is a sum."""

    def __init__(self, store: Store, model: Model, bin_set: BinSet, span: Window) -> None:
        self._bin_set = bin_set
        self._hours: dict[int, Profile] = {}
        for block in store.slow.profiles(model.project, model.name, model.bin_set or 0, span):
            profile = Profile.from_bytes(block.payload, bin_set)
            hour = block.key.hour_us
            self._hours[hour] = self._hours[hour] + profile if hour in self._hours else profile

    def of(self, window: Window) -> Profile:
        """The empty profile where there was no traffic."""
        hours = range(window.start_us, window.end_us, HOUR_US)
        return Profile.total([self._hours[hour] for hour in hours if hour in self._hours], self._bin_set)
