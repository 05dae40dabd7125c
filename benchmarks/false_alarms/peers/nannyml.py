"""NannyML's `UnivariateDriftCalculator` with its defaults; a window is a chunk, and its reference is the history."""

from __future__ import annotations

import nannyml as library
import pandas as pd
from rule import Alarms, Verdict
from workload import COLUMNS, Columns, History, together

NAME = "NannyML (`UnivariateDriftCalculator`)"
VERSION = library.__version__
DEFAULT = "JS distance > mean + 3 sd of the history's windows"
MOST_ROWS = 1_000_000  # of history; a day of windows of 100,000 is more, and is what it gets


def fit(_: Columns, history: History) -> Alarms:
    before = pd.DataFrame(together([window for _, window in history.latest(MOST_ROWS)]))
    calculator = library.UnivariateDriftCalculator(column_names=COLUMNS, chunk_size=history.rows)
    calculator.fit(before)

    def alarms(window: Columns, _: int) -> Verdict:
        found = calculator.calculate(pd.DataFrame(window)).filter(period="analysis").to_df()
        return Verdict.of(name for name in COLUMNS if found[name, "jensen_shannon", "alert"].astype(bool).any())

    return alarms
