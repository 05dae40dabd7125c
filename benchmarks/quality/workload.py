"""The three data sets: each a reference with outcomes and chunks of 5,000 rows whose outcomes come late."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
BUNDLED = HERE.parents[1] / "src" / "seamark" / "demo" / "data"
PRICES = HERE.parent / "shifts" / "data"
CHUNK = 5_000


@dataclass(frozen=True)
class DataSet:
    """Frames with the columns `features`, `scores`, `said` and `outcome`."""

    name: str
    task: str
    reference: pd.DataFrame
    analysis: pd.DataFrame
    features: list[str]
    scores: list[str]
    said: str
    outcome: str
    classes: list[str]

    def chunks(self) -> list[pd.DataFrame]:
        return [self.analysis.iloc[start : start + CHUNK] for start in range(0, len(self.analysis), CHUNK)]


def car_loan() -> DataSet:
    reference = pd.read_parquet(BUNDLED / "reference.parquet")
    analysis = pd.read_parquet(BUNDLED / "analysis.parquet").merge(
        pd.read_parquet(BUNDLED / "outcomes.parquet"), on="id"
    )
    features = [
        "car_value",
        "salary_range",
        "debt_to_income_ratio",
        "loan_length",
        "repaid_loan_on_prev_car",
        "size_of_downpayment",
        "driver_tenure",
    ]
    return DataSet(
        "car loan", "binary", reference, analysis, features, ["y_pred_proba"], "y_pred", "repaid", ["0", "1"]
    )


def prices() -> DataSet:
    reference = pd.read_parquet(PRICES / "prices_reference.parquet")
    outcomes = pd.read_parquet(HERE / "data" / "prices_outcomes.parquet")
    analysis = pd.read_parquet(PRICES / "prices_analysis.parquet").merge(outcomes, on="id")
    features = ["car_age", "km_driven", "price_new", "accident_count", "door_count", "fuel", "transmission"]
    return DataSet("car prices", "regression", reference, analysis, features, [], "y_pred", "y_true", [])


def digits(seed: int = 7) -> DataSet:
    """Scikit-learn's digits, read by a small model; from the middle on blurred, and with more eights and nines.

    1,797 real images, the first third for training; the others are drawn from with a noise of their own each time.
    """
    random = np.random.default_rng(seed)
    images, labels = load_digits(return_X_y=True)
    order = random.permutation(len(labels))
    images, labels = images[order], labels[order]
    first = len(labels) // 3
    noisy = images[:first] + random.normal(0, 3, images[:first].shape)
    model = LogisticRegression(C=0.001, max_iter=2_000).fit(noisy, labels[:first])

    def rows(count: int, noise: float, more: np.ndarray) -> pd.DataFrame:
        likely = more[labels[first:]]
        chosen = first + random.choice(len(labels) - first, count, p=likely / likely.sum())
        seen = images[chosen] + random.normal(0, noise, (count, 64))
        scores = model.predict_proba(seen)
        frame = pd.DataFrame({f"score_{number}": scores[:, number] for number in range(10)})
        regions = seen.reshape(count, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(count, 16)
        features = pd.DataFrame({f"region_{number}": regions[:, number] for number in range(16)})
        return pd.concat([features, frame], axis=1).assign(digit=labels[chosen], read=scores.argmax(axis=1))

    even, shifted = np.ones(10), np.where(np.arange(10) >= 8, 3.0, 1.0)
    reference = rows(50_000, 3.0, even)
    analysis = pd.concat([rows(25_000, 3.0, even), rows(25_000, 4.5, shifted)], ignore_index=True)
    return DataSet(
        "digits",
        "multiclass",
        reference,
        analysis,
        [f"region_{number}" for number in range(16)],
        [f"score_{number}" for number in range(10)],
        "read",
        "digit",
        [str(number) for number in range(10)],
    )


DATA_SETS = {"car_loan": car_loan, "prices": prices, "digits": digits}
