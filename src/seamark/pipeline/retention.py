"""The stage that lets go of what is older than its owner wants it kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seamark.clock import DAY_US, HOUR_US
from seamark.profile.rebin import is_building
from seamark.records.blocks import RowFile, SlowStep
from seamark.records.measurement import Measurement, MeasurementKind
from seamark.records.model import Model
from seamark.records.retention import RetentionOptions, moment_before
from seamark.records.window import Window
from seamark.store.protocol import Store

_AT_ONCE = 1_000  # blocks or files in one transaction
_OUTCOMES_WAIT_US = 90 * DAY_US  # for a prediction made later than they are


@dataclass(frozen=True, slots=True)
class Retention:
    """Looks every hour; `forgotten` counts since the start."""

    store: Store
    options: RetentionOptions
    forgotten: dict[str, int] = field(default_factory=dict)
    _next_us: list[int] = field(default_factory=lambda: [0])

    def prune(self, now_us: int) -> bool:
        """Let go of some of what is too old; True while there is more.

        Row files go whole, a day at a time. A model whose bin set is building keeps its rows: they are being counted.
        """
        if now_us < self._next_us[0]:
            return False
        options, slow = self.options, self.store.slow
        profiles = self.store.forget.profiles(moment_before(now_us, options.profiles_days), _AT_ONCE)
        verdicts = self.store.forget.evaluations(moment_before(now_us, options.evaluations_days), _AT_ONCE)
        incidents = self.store.forget.incidents(moment_before(now_us, options.incidents_days), _AT_ONCE)
        files = self._files(moment_before(now_us, options.rows_days))
        if files:
            slow.commit(SlowStep(slow.watermark(), dropped_files=tuple(file.id for file in files)))
        gone = {"rows": sum(file.rows for file in files), "profiles": profiles}
        gone |= {"evaluations": verdicts, "incidents": incidents}
        for kind, number in gone.items():
            self.forgotten[kind] = self.forgotten.get(kind, 0) + number
        more = _AT_ONCE in (profiles, verdicts, incidents, len(files))
        if not more:
            self._next_us[0] = now_us + HOUR_US
        return more

    def measurement(self) -> Measurement:
        """What has been let go of since the start."""
        gone = tuple(((kind,), float(number)) for kind, number in sorted(self.forgotten.items()))
        told = "Let go of because of its age, by kind."
        return Measurement("seamark_forgotten", told, MeasurementKind.COUNTER, ("kind",), gone)

    def _files(self, before_us: int) -> list[RowFile]:
        if before_us <= 0:
            return []
        found = (file for model in self.store.slow.models() for file in self._of(model, before_us))
        return [file for _, file in zip(range(_AT_ONCE), found, strict=False)]

    def _of(self, model: Model, before_us: int) -> Iterator[RowFile]:
        if is_building(self.store.slow, model):
            return
        for kind, until_us in (("predictions", before_us), ("outcomes", before_us - _OUTCOMES_WAIT_US)):
            files = self.store.rows.files(kind, model.project, model.name, Window(0, max(until_us, 0)))
            yield from (file for file in files if file.last_time_us < until_us)
