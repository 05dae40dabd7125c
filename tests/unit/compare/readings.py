"""Reads chunks back, for tests."""

import numpy as np

from seamark.compare.chunks import Numbers


def values_of(chunk):
    """The rows of a chunk as Python values, None where missing."""
    known = np.ones(chunk.rows, dtype=bool) if chunk.valid is None else chunk.valid
    if isinstance(chunk, Numbers):
        numbers = np.asarray(chunk.values)
        return [value if ok else None for value, ok in zip(numbers.tolist(), known & ~np.isnan(numbers), strict=True)]
    places = range(chunk.rows) if chunk.codes is None else chunk.codes.tolist()
    return [chunk.text(place) if ok else None for place, ok in zip(places, known, strict=True)]


def column_values(source, name):
    """All rows of one column of a source."""
    column = next(column for column in source.columns if column.name == name)
    return [value for (chunk,) in source.read([column]) for value in values_of(chunk)]
