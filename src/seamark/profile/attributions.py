"""Uploaded attributions, put on the bins of the model they explain."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.errors import InvalidInput
from seamark.profile.bins import BinSets
from seamark.profile.cells import index_of
from seamark.profile.conform import numbers
from seamark.profile.effects import mean_per_cell
from seamark.records import rows as columns
from seamark.records.attribution import Explained, Scale
from seamark.records.blocks import SlowStep
from seamark.records.model import AttributionSource, StoredAttribution
from seamark.stats.attribution import Attribution, resolved, response_of
from seamark.stats.binning import NumericBins
from seamark.stats.binset import BinSet, SignalBins
from seamark.stats.cells import Cells, cells_of, feature_positions
from seamark.stats.impact import centred
from seamark.stats.profile import Profile

_LOG = logging.getLogger("seamark.profile")


def attribute(step: SlowStep, bin_sets: BinSets, project: str, model: str, table: pa.Table, *, now_us: int) -> SlowStep:
    """The step with a canonical table of attributions on the model's active bin set and on newer ones.

    A newer one builds and will be active soon. What does not fit is left out: it was told to its sender, unless the
    model has got another reference since.
    """
    known = bin_sets.slow.model(project, model)
    active = 0 if known is None or known.bin_set is None else known.bin_set
    found = []
    for id in (stored.id for stored in bin_sets.slow.bin_sets(project, model) if stored.id >= active):
        bin_set, baseline = bin_sets.get(project, model, id), bin_sets.baseline(project, model, id)
        try:
            given = on_bins(table, bin_set, baseline)
        except InvalidInput as misfit:
            _LOG.warning("The attributions of model %r do not fit its newest reference: %s", model, misfit.message)
            continue
        source = AttributionSource.UPLOADED
        found.append(StoredAttribution(id, project, model, given.target, source, now_us, given.to_bytes()))
    return replace(step, attributions=(*step.attributions, *found))


def on_bins(table: pa.Table, bin_set: BinSet, baseline: Profile) -> Attribution:
    """The mean attribution in each cell of each feature that `table` explains, centred on the baseline; NaN for others.

    Raises InvalidInput for a target the bin set does not have.
    """
    explained = Explained.from_metadata(table.schema.metadata)
    log_odds = explained.scale is Scale.LOG_ODDS
    target = resolved(bin_set, explained.target, log_odds=log_odds)
    features = feature_positions(bin_set)
    cells = cells_of(baseline, features)
    means = np.full(len(cells.rows), np.nan)
    for feature, start, stop in zip(features.tolist(), cells.offsets, cells.offsets[1:], strict=False):
        signal = bin_set.signals[feature]
        if signal.name in table.column_names:
            means[start:stop] = _means(table, signal, explained)
    return Attribution(
        target, centred(means, cells), response_of(baseline, target, log_odds=log_odds).mean, log_odds=log_odds
    )


def _means(table: pa.Table, signal: SignalBins, explained: Explained) -> NDArray[np.float64]:
    """float64[K + 1]: the mean attribution in each cell of one feature; NaN where the table says nothing."""
    attributed = numbers(table[columns.ATTRIBUTION + signal.name.removeprefix(columns.FEATURE)]).values
    attributed = np.where(np.isfinite(attributed), attributed, np.nan)
    if explained.per_bin and isinstance(signal.bins, NumericBins):
        return _steps(numbers(table[signal.name]).values, attributed, signal.bins)
    count = signal.bins.count + 1
    return mean_per_cell([index_of(table, signal)], attributed, np.ones(table.num_rows), Cells.single(np.zeros(count)))


def _steps(lows: NDArray[np.float64], means: NDArray[np.float64], bins: NumericBins) -> NDArray[np.float64]:
    """The mean of the interval that holds each bin's center: an interval goes from its lower edge to the next one.

    Centers below all of them take the first. The cell of missing values takes the mean without a lower edge.
    """
    given = ~np.isnan(means)
    inside = given & ~np.isnan(lows)
    order = np.argsort(lows[inside], kind="stable")
    edges, steps = lows[inside][order], means[inside][order]
    place = np.maximum(np.searchsorted(edges, bins.centers(), side="right") - 1, 0)
    absent = means[given & np.isnan(lows)]
    at_bins = steps[place] if len(steps) else np.full(bins.count, np.nan)
    return np.append(at_bins, absent[0] if len(absent) else np.nan)
