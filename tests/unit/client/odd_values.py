"""What hosts pass by mistake, and worse: objects that no argument should survive, but every call must."""

import enum
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd


class Colour(enum.Enum):
    RED = "red"


class Bomb:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __str__(self):
        raise RuntimeError("str")

    def __hash__(self):
        raise RuntimeError("hash")


class KeysRaise(dict):
    def keys(self):
        raise ValueError("keys")

    def __iter__(self):
        raise ValueError("iter")


NAIVE = datetime(2026, 11, 1)  # noqa: DTZ001  hosts do pass such times

ODD = [
    *(None, True, 0, -1, 2**70, 10**5000, 0.5, math.nan, math.inf, 1e308, 3 + 4j),
    *("", "p1", "noon", "\ud800", "x" * 3000, b"\xff", NAIVE, datetime(1, 1, 1, tzinfo=UTC)),
    *(Bomb(), object(), print, KeyError, KeysRaise(a=1), range(5), Colour.RED),
    *(np.float32(2), np.array([1, 2]), np.datetime64("NaT"), pd.NA, pd.NaT, pd.Series([1.0])),
    *([], [1, [2]], {3}, ({},), {"a": 1}, {1: {2: [3]}}, {(): Bomb()}, {"a": {"b": 1}}, {"a": 7}, {"a": "text"}),
    *({"a": [1], "b": [2, 3]}, {"id": ["", None, "p"], "time": [1, "x", None]}, {"a": np.arange(3)}),
    *(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1], "id": [None]}), pd.DataFrame([[1, 2]], columns=["a", "a"])),
]
