"""All questions of one store, with the defaults the screen relies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from seamark.clock import HOUR_US
from seamark.query.answerable import answerable_alert, answerable_incident
from seamark.query.attributable import attributable
from seamark.query.component_rows import component_of, component_series, parted
from seamark.query.distribution import distribution
from seamark.query.groups import groups
from seamark.query.impact import impact
from seamark.query.incidents import incident, incidents
from seamark.query.models import find_model, models
from seamark.query.overview import default_window, overview
from seamark.query.quality import quality
from seamark.query.reference import reference
from seamark.query.rows import rows
from seamark.query.series import series
from seamark.query.slices import Reader, slices
from seamark.query.versions import versions
from seamark.records.answer import Answer, AnswerKind, Subject
from seamark.records.window import Window
from seamark.store.protocol import Store

_RECENT_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers read from `store`; "" as version or segment means all of them, None as window the usual one."""

    store: Store
    reader: Reader | None = None  # of rows; only the search for slices needs one

    def models(self, project: str, *, now_us: int) -> dict[str, Any]:
        """Which models are there, and how are they?"""
        return models(self.store, project, now_us=now_us)

    def overview(
        self,
        project: str,
        model: str,
        *,
        window: Window | None,
        version: str,
        segment: str,
        packed: bool = False,
        now_us: int,
    ) -> dict[str, Any]:
        """The heat grid; by default the last 30 days, widened to the oldest open incident."""
        return overview(self.store, project, model, window, version, segment, packed=packed, now_us=now_us)

    def incidents(
        self, project: str, *, model: str | None, state: str | None, window: Window | None, now_us: int
    ) -> dict[str, Any]:
        """What is wrong, and why?"""
        return incidents(self.store, project, model=model, state=state, window=window, now_us=now_us)

    def incident(self, project: str, id: str, *, now_us: int) -> dict[str, Any]:
        """One incident with its alerts."""
        return incident(self.store, project, id, now_us=now_us)

    def series(
        self,
        project: str,
        model: str,
        monitor: str,
        *,
        window: Window | None,
        version: str = "",
        segment: str = "",
        versions: bool = True,
        now_us: int,
    ) -> dict[str, Any]:
        """One monitor over time; by default over the range of the overview."""
        reach = window or default_window(self.store, project, model, now_us)
        component = component_of(project, monitor)
        if component is not None:
            return component_series(self.store, project, component, parted(monitor)[1], reach)
        return series(self.store, project, model, monitor, reach, version, segment, versions=versions, now_us=now_us)

    def distribution(
        self, project: str, model: str, signal: str, *, window: Window, version: str, segment: str, now_us: int
    ) -> dict[str, Any]:
        """Baseline against window."""
        return distribution(self.store, project, model, signal, window, version or None, segment, now_us=now_us)

    def reference(self, project: str, model: str) -> dict[str, Any]:
        """What would a new reference replace?"""
        return reference(self.store, project, model)

    def impact(
        self, project: str, model: str, *, window: Window, version: str, target: str | None, top: int, now_us: int
    ) -> dict[str, Any]:
        """Which drift matters?"""
        return impact(self.store, project, model, window, version or None, target, top, now_us=now_us)

    def versions(self, project: str, model: str, *, window: Window, now_us: int) -> dict[str, Any]:
        """Did a version change the predictions, or does it get another population?"""
        return versions(self.store, project, model, window, now_us=now_us)

    def quality(
        self, project: str, model: str, *, window: Window | None, version: str, segment: str, now_us: int
    ) -> dict[str, Any]:
        """How good were the answers? By default over the range of the overview."""
        chosen = window or default_window(self.store, project, model, now_us)
        return quality(self.store, project, model, chosen, version, segment, now_us=now_us)

    def groups(
        self, project: str, model: str, dimension: str, *, window: Window, selected: str, now_us: int
    ) -> dict[str, Any]:
        """How are the groups of a dimension selected?"""
        return groups(self.store, project, model, dimension, window, selected, now_us=now_us)

    def slices(
        self, project: str, model: str, *, window: Window, target: str | None, top: int, now_us: int
    ) -> dict[str, Any]:
        """In which part of the traffic have the answers changed?"""
        assert self.reader is not None  # noqa: S101 `app` hands one in
        return slices(self.store, self.reader, project, model, window, target, top, now_us=now_us)

    def answerable(self, project: str, subject: Subject, id: str, kind: AnswerKind) -> list[Answer]:
        """May this be said of the alert; or of which alerts of the incident?"""
        ask = answerable_alert if subject == "alert" else answerable_incident
        return ask(self.store, project, id, kind)

    def attributable(self, project: str, model: str, table: pa.Table) -> list[str]:
        """Do these attributions belong to the model?"""
        return attributable(self.store, project, model, table)

    def rows(
        self, project: str, model: str, *, window: Window | None, version: str, limit: int, now_us: int
    ) -> dict[str, Any]:
        """Sample rows; by default of the last day that has any."""
        last_us = find_model(self.store, project, model).last_time_us or now_us
        chosen = window or Window(last_us - _RECENT_US, last_us + 1)
        return rows(self.store, project, model, chosen, version or None, limit, now_us=now_us)
