"""The workload of `compare`: 200,000 reference rows, 1,000,000 current rows of 62 watched columns, 7 of which drifted.

Our own generator (Apache-2.0, like everything here). `python workload.py FOLDER [SEED]` writes `reference.parquet`,
`current.parquet` and `unchanged.parquet` (a second million rows without any drift).

| column | population | in `current` |
|---|---|---|
| num_02 | normal | mean + 0.25 sd |
| num_13 | normal | sd x 1.25 |
| num_22 | lognormal | mu + 0.20 sd |
| num_31 | zero-inflated gamma | zeros .60 → .67 |
| num_41 | Poisson(5) | Poisson(5.5) |
| cat_1, cat_5 | Zipf, 5 and 50 categories | a tenth of the mass moved to the rarest |
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

REFERENCE_ROWS = 200_000
CURRENT_ROWS = 1_000_000
SEED = 20_260_101
CARDINALITIES = (3, 5, 8, 12, 25, 50, 100, 300, 800, 2000)  # of cat_0 … cat_9
NUMERIC = [f"num_{i:02d}" for i in range(50)]
CATEGORICAL = [f"cat_{i}" for i in range(10)]
ANSWERS = ["prediction", "score"]
DRIFTED = frozenset({"num_02", "num_13", "num_22", "num_31", "num_41", "cat_1", "cat_5"})


def numeric(rng: np.random.Generator, i: int, rows: int, *, drift: bool) -> np.ndarray:
    if i < 20:
        z = rng.standard_normal(rows)
        if drift and i == 2:
            z = z + 0.25
        if drift and i == 13:
            z = z * 1.25
        x = 10 * i + (1 + i % 5) * z
    elif i < 30:
        sd = 0.5 + 0.1 * (i % 5)
        x = np.exp(3 + sd * (rng.standard_normal(rows) + (0.20 if drift and i == 22 else 0)))
    elif i < 40:
        zeros = 0.60 if i % 2 else 0.85
        if drift and i == 31:
            zeros = 0.67
        x = np.where(rng.random(rows) < zeros, 0.0, rng.gamma(2.0, 50.0, rows))
    else:
        mean = 5 if i % 2 else 40
        if drift and i == 41:
            mean = 5.5
        x = rng.poisson(mean, rows).astype(float)
    x = x.astype(np.float64)
    x[rng.random(rows) < 0.01] = np.nan
    return x


def categorical(rng: np.random.Generator, j: int, rows: int, *, drift: bool) -> np.ndarray:
    p = 1.0 / np.arange(1, CARDINALITIES[j] + 1) ** 1.1
    p /= p.sum()
    if drift and j in (1, 5):
        p *= 0.9
        p[-1] += 0.10
    names = np.array([f"c{j}_{v:04d}" for v in range(len(p))], dtype=object)
    return names[rng.choice(len(p), rows, p=p)]


def frame(rows: int, seed: int, start: str, *, drift: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data: dict[str, np.ndarray] = {name: numeric(rng, i, rows, drift=drift) for i, name in enumerate(NUMERIC)}
    data |= {name: categorical(rng, j, rows, drift=drift) for j, name in enumerate(CATEGORICAL)}
    score = rng.beta(1.5, 4.0, rows)
    data |= {"score": score, "prediction": (score > 0.4).astype(np.int64)}
    data["target"] = (rng.random(rows) < score).astype(np.int64)
    seconds = np.sort(rng.random(rows)) * 30 * 86_400
    data["timestamp"] = (np.datetime64(start) + (seconds * 1e6).astype("m8[us]")).astype("M8[us]")
    return pd.DataFrame(data)


def write(folder: Path, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame(REFERENCE_ROWS, seed, "2026-01-01", drift=False).to_parquet(folder / "reference.parquet")
    frame(CURRENT_ROWS, seed + 1, "2026-02-01", drift=True).to_parquet(folder / "current.parquet")
    frame(CURRENT_ROWS, seed + 2, "2026-02-01", drift=False).to_parquet(folder / "unchanged.parquet")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else SEED)
