"""Mean attributions per cell of every feature, and the mean prediction they explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from seamark.errors import Corrupt, InvalidInput, NotFound
from seamark.stats.binning import CategoricalBins, NumericBins
from seamark.stats.binset import BinSet
from seamark.stats.cells import cell_offsets, feature_positions
from seamark.stats.columns import pack, unpack
from seamark.stats.grid import Floats
from seamark.stats.profile import Profile

_CERTAIN: Final = 1e-4  # log-odds of probabilities nearer to 0 or 1 count as if they were so far away


@dataclass(frozen=True, slots=True)
class Response:
    """The predictions of n rows: their mean and standard deviation, NaN without rows."""

    mean: float
    sd: float
    n: float


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """What each feature adds to the prediction on average, per cell.

    `target` says to which number: `score`, `score.CLASS`, `prediction`, or `prediction=CLASS` for the share of a
    predicted class. Effects are in its unit, or in its log-odds.
    """

    target: str
    effects: Floats  # float64[C] over the cells of the bin set's features; NaN where not known
    baseline: float  # the mean of the target over the rows they were taken from; NaN where not known
    log_odds: bool = False

    def to_bytes(self) -> bytes:
        """A compact form in single precision; `target` is kept elsewhere."""
        columns = {
            "effects": self.effects.astype(np.float32),
            "baseline": np.array([self.baseline]),
            "log_odds": np.array([self.log_odds]),
        }
        return pack(columns)

    @classmethod
    def from_bytes(cls, payload: bytes, target: str, bin_set: BinSet) -> Attribution:
        """Read what `to_bytes` wrote; raises Corrupt when the bytes are anything else or of another bin set."""
        columns = unpack(payload)
        cells = int(cell_offsets(bin_set, feature_positions(bin_set))[-1])
        try:
            effects = columns["effects"].astype(np.float64)
            baseline, log_odds = float(columns["baseline"][0]), bool(columns["log_odds"][0])
        except (KeyError, IndexError, ValueError) as error:
            raise Corrupt(f"Stored attributions contradict themselves: {error!r}.") from error
        if effects.shape != (cells,):
            raise Corrupt(f"Stored attributions are of {effects.shape} cells; the bin set has {cells}.")
        return cls(target, effects, baseline, log_odds)


def targets_of(bin_set: BinSet) -> tuple[str, ...]:
    """What attributions may add up to: the model's scores, else its predicted number, else the share of each class.

    Empty for a model that answers nothing yet.
    """
    scores = tuple(bin_set.signals[position].name for position in bin_set.positions(role="score").tolist())
    predictions = [bin_set.signals[position] for position in bin_set.positions(role="prediction").tolist()]
    if scores or not predictions:
        return scores
    name, bins = predictions[0].name, predictions[0].bins
    return (name,) if isinstance(bins, NumericBins) else tuple(f"{name}={label}" for label in bins.categories)


def resolved(bin_set: BinSet, target: str, *, log_odds: bool) -> str:
    """The target that is meant, "" being the only one there is; raises InvalidInput for one the model does not have."""
    known = targets_of(bin_set)
    listed = ", ".join(known[:20]) or "none, because its reference has neither scores nor predictions"
    if target not in known and (target or len(known) != 1):
        asked = f"no target {target!r}" if target else "not one target"
        raise InvalidInput(
            f"The model has {asked} that attributions could add up to; it has {listed}.",
            field="target",
            value=target,
            accepted=listed,
        )
    found = target or known[0]
    if log_odds and bin_set.signals[signal_of(bin_set, found)[0]].role != "score":
        raise InvalidInput(
            f"Attributions to {found!r} cannot be in log-odds, which only scores have; send them in its own unit.",
            field="scale",
            value="log_odds",
            accepted="response",
        )
    return found


def signal_of(bin_set: BinSet, target: str) -> tuple[int, str]:
    """The place of the signal behind a target, and the class where it is a share; raises NotFound."""
    if any(signal.name == target for signal in bin_set.signals):
        return bin_set.position(target), ""
    name, _, label = target.partition("=")
    return bin_set.position(name), label


def response_of(profile: Profile, target: str, *, log_odds: bool = False) -> Response:
    """The predictions of a profile's rows, as `target` names them; raises NotFound for one the bin set lacks.

    Log-odds are taken bin by bin at the bins' centers, which 100 bins of a score make a fair approximation.
    """
    bin_set = profile.bin_set
    position, label = signal_of(bin_set, target)
    bins, n = bin_set.signals[position].bins, float(profile.n()[position])
    if isinstance(bins, NumericBins) and not log_odds:
        mean, sd = profile.moments()
        return Response(float(mean[position]), float(sd[position]), n)
    start, stop = bin_set.offsets[position : position + 2]
    counts = profile.effective_counts()[start:stop]
    return _weighted(_values(bins, label, target), counts, n)


def _values(bins: NumericBins | CategoricalBins, label: str, target: str) -> Floats:
    """What a row in each bin answers."""
    if isinstance(bins, NumericBins):
        centers = np.clip(bins.centers(), _CERTAIN, 1 - _CERTAIN)
        log_odds: Floats = np.log(centers / (1 - centers))
        return log_odds
    if label not in bins.categories:
        known = ", ".join(bins.categories[:20])
        raise NotFound(f"There is no predicted class {label!r} behind {target!r}; the reference has {known}.")
    answers = np.zeros(bins.count)
    answers[bins.categories.index(label)] = 1.0
    return answers


def _weighted(values: Floats, counts: Floats, n: float) -> Response:
    if not n > 0:
        return Response(float("nan"), float("nan"), 0.0)
    shares = counts / counts.sum()
    mean = float((shares * values).sum())
    return Response(mean, float(np.sqrt((shares * (values - mean) ** 2).sum())), n)
