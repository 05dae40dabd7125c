"""Confidence intervals of shares, means and ratios, and the metric that carries one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

Z: Final = 1.959963984540054  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with its 95 % interval; `n` is the (effective) number of rows that it rests on."""

    value: float
    low: float
    high: float
    n: float


def share(value: float, n: float, rows: float | None = None) -> Metric:
    """A share of `n` rows with Wilson's interval (1927), which stays within 0 and 1 and holds for few rows.

    `rows` is what to report as n where the interval rests on another number, such as one from a variance.

    >>> found = share(0.5, 100)
    >>> round(found.low, 4), round(found.high, 4)
    (0.4038, 0.5962)
    """
    middle = (value + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(max(value * (1 - value), 0.0) / n + Z**2 / (4 * n**2))
    low, high = max(min(middle - half, value), 0.0), min(max(middle + half, value), 1.0)
    return Metric(value, low, high, n if rows is None else rows)


def share_of_variance(value: float, variance: float, fewest: float, rows: float) -> Metric:
    """A figure between 0 and 1 with a known variance: Wilson's interval of the share with that variance.

    Where the variance vanishes (a perfect score), `fewest` rows stand behind it.
    """
    n = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else fewest
    return share(value, n, rows)


def mean(total: float, squares: float, n: float) -> Metric:
    """The mean of n values from their sum and sum of squares, with the normal interval."""
    value = total / n
    half = Z * math.sqrt(max(squares / n - value**2, 0.0) / max(n - 1, 1.0))
    return Metric(value, value - half, value + half, n)


def ratio(numerator: Moments, denominator: Moments, product: float, n: float) -> Metric:
    """Σ numerator / Σ denominator over n rows, with the interval of the delta method.

    `product` is Σ numerator·denominator; the denominator's sum must not be 0.
    """
    value = numerator.total / denominator.total
    # The variance of the residuals numerator - value·denominator, whose mean is 0 by construction.
    residual = max(numerator.squares - 2 * value * product + value**2 * denominator.squares, 0.0) / n
    half = Z * math.sqrt(residual / max(n - 1, 1.0)) / abs(denominator.total / n)
    return Metric(value, value - half, value + half, n)


@dataclass(frozen=True, slots=True)
class Moments:
    """The sum and the sum of squares of some values."""

    total: float
    squares: float
