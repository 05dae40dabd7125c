"""whylogs' profiles and default drift scores; a column alarms when its category is DRIFT."""

from __future__ import annotations

import pandas as pd
import whylogs as library
from rule import Alarms, Verdict
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores
from workload import Columns, History

NAME = "whylogs (drift scores)"
VERSION = library.__version__
DEFAULT = "KS or χ² p < .05 for each column, from profiles"


def fit(reference: Columns, _: History) -> Alarms:
    before = library.log(pd.DataFrame(reference)).view()

    def alarms(window: Columns, _: int) -> Verdict:
        after = library.log(pd.DataFrame(window)).view()
        scores = calculate_drift_scores(target_view=after, reference_view=before, with_thresholds=True)
        return Verdict.of(name for name, score in scores.items() if score and score["drift_category"] == "DRIFT")

    return alarms
