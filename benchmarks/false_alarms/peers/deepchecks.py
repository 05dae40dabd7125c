"""deepchecks' `FeatureDrift` with the default of its drift condition, as its suites have it."""

from __future__ import annotations

import deepchecks as library
import pandas as pd
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import FeatureDrift
from rule import Alarms, Verdict
from workload import CATEGORICAL, Columns, History

NAME = "deepchecks (`FeatureDrift`)"
VERSION = library.__version__
DEFAULT = "KS statistic or Cramér's V ≥ .2"
THRESHOLD = 0.2  # the condition names the columns in a sentence only


def fit(reference: Columns, _: History) -> Alarms:
    check = FeatureDrift().add_condition_drift_score_less_than()
    before = Dataset(pd.DataFrame(reference), cat_features=CATEGORICAL)

    def alarms(window: Columns, _: int) -> Verdict:
        after = Dataset(pd.DataFrame(window), cat_features=CATEGORICAL)
        result = check.run(before, after, with_display=False)
        names = [name for name, found in result.value.items() if found["Drift score"] >= THRESHOLD]
        assert result.passed_conditions() != bool(names)
        return Verdict.of(names)

    return alarms
