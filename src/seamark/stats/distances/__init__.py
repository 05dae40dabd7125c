"""One file adds one distance: a module with a `DISTANCE` (see `seamark.stats.distance`)."""
