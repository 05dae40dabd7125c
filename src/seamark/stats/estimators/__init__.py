"""One file adds one way to estimate quality without outcomes: an `ESTIMATOR` (see `seamark.stats.estimator`)."""
