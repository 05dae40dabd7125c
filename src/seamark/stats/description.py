"""What stands for a value that cannot be put into bins itself: an embedding's and a text's numeric series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from seamark.stats.embedding import EMBEDDING_SERIES, Embedding
from seamark.stats.text import TEXT_SERIES, Text

Description = Embedding | Text
Descriptions = Mapping[str, Description]  # by the name of the feature's column, `feature.prompt`


def series_of(description: Description) -> tuple[str, ...]:
    """The names of its series; the first has a value wherever the feature has one."""
    return EMBEDDING_SERIES if isinstance(description, Embedding) else TEXT_SERIES


def kind_of(description: Description) -> str:
    """`embedding` or `text`."""
    return "embedding" if isinstance(description, Embedding) else "text"


def to_arrays(descriptions: Descriptions) -> tuple[dict[str, str], dict[str, npt.NDArray[Any]]]:
    """Name → kind, and all there is to them as arrays."""
    kinds: dict[str, str] = {}
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, each in descriptions.items():
        kinds[name] = kind_of(each)
        if isinstance(each, Embedding):
            arrays[f"{name}.center"], arrays[f"{name}.scale"] = each.center, each.scale
            arrays[f"{name}.size"] = np.array([each.size])
        elif each.words is not None:
            frequent = np.zeros(len(each.words), np.bool_) if each.frequent is None else each.frequent
            arrays[f"{name}.words"], arrays[f"{name}.frequent"] = each.words, frequent
    return kinds, arrays


def from_arrays(kinds: Mapping[str, str], arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Description]:
    """Read `to_arrays`; raises KeyError for an array that is not there."""
    found: dict[str, Description] = {}
    for name, kind in kinds.items():
        if kind == "embedding":
            size = float(arrays[f"{name}.size"][0])
            found[name] = Embedding(arrays[f"{name}.center"], arrays[f"{name}.scale"], size)
        else:
            words = arrays.get(f"{name}.words")
            found[name] = Text(words, None if words is None else arrays[f"{name}.frequent"])
    return found
