"""The car-loan data as canonical tables, moved in time so that its last day is today.

It moves by whole days: every run on every day then cuts the same windows and finds the same things.
What would come after now has not come yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seamark.clock import DAY_US, from_iso
from seamark.demo.machines import Around
from seamark.records import rows as columns

MODEL = "car_loan"
VERSION = "2018-10"
SHIFTED_US = from_iso("2019-03-31T03:00:00Z")  # the known truth, in the data's own time
OUTCOME_DELAY_US = 14 * DAY_US  # a loan's fate is known two weeks later
FEATURES = (
    "car_value",
    "salary_range",
    "debt_to_income_ratio",
    "loan_length",
    "repaid_loan_on_prev_car",
    "size_of_downpayment",
    "driver_tenure",
)


@dataclass(frozen=True, slots=True)
class Replay:
    """The whole story. `shift_us` (whole days) leads from the data's own time to the replayed one."""

    reference: pa.Table
    predictions: pa.Table
    outcomes: pa.Table
    shift_us: int
    around: Around

    @property
    def times_us(self) -> NDArray[np.int64]:
        """int64[N]: when each prediction is made."""
        return _times(self.predictions)


def load(now_us: int) -> Replay:
    """Read the bundled files and move the analysis period so that it ends within the next 24 hours."""
    analysis = _read("analysis")
    last_us = pc.max(pc.cast(analysis["timestamp"], pa.int64())).as_py()
    shift_us = -(-(now_us - last_us) // DAY_US) * DAY_US
    predictions = _predictions(analysis, shift_us)
    return Replay(
        reference=_predictions(_read("reference"), shift_us),
        predictions=predictions,
        outcomes=_outcomes(_read("outcomes"), predictions),
        shift_us=shift_us,
        around=Around.of(int(_times(predictions)[0]) // DAY_US * DAY_US, SHIFTED_US + shift_us),
    )


def between(table: pa.Table, since_us: int, until_us: int) -> pa.Table:
    """The rows of [since, until); `table` is ordered by time."""
    first, last = _times(table).searchsorted([since_us, until_us])
    return table.slice(first, last - first)


def _times(table: pa.Table) -> NDArray[np.int64]:
    return np.asarray(pc.cast(table[columns.TIME], pa.int64()).to_numpy(), dtype=np.int64)


def _read(name: str) -> pa.Table:
    with as_file(files("seamark.demo") / "data" / f"{name}.parquet") as path:
        return pq.read_table(path)


def _predictions(table: pa.Table, shift_us: int) -> pa.Table:
    made = {
        columns.ID: pc.cast(table["id"], pa.string()),
        columns.TIME: _moved(table["timestamp"], shift_us),
        columns.VERSION: pa.array([VERSION] * table.num_rows),
        **{columns.FEATURE + name: table[name] for name in FEATURES},
        columns.PREDICTION: pc.cast(table["y_pred"], pa.float64()),
        columns.SCORE: table["y_pred_proba"],
    }
    return pa.table(made)


def _outcomes(table: pa.Table, predictions: pa.Table) -> pa.Table:
    """Each becomes known OUTCOME_DELAY_US after its prediction, which stands in the same row."""
    known = pc.add(pc.cast(predictions[columns.TIME], pa.int64()), OUTCOME_DELAY_US)
    return pa.table(
        {
            columns.ID: pc.cast(table["id"], pa.string()),
            columns.TIME: pc.cast(known, pa.timestamp("us", "UTC")),
            columns.VALUE + "repaid": pc.cast(table["repaid"], pa.float64()),
            columns.PREDICTION_TIME: predictions[columns.TIME],
        }
    )


def _moved(times: pa.ChunkedArray, shift_us: int) -> pa.ChunkedArray:
    return pc.cast(pc.add(pc.cast(times, pa.int64()), shift_us), pa.timestamp("us", "UTC"))
