"""Features an owner wants dropped or hashed never reach the store as they came."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from seamark.records import rows as names
from seamark.records.options import FeatureOptions, Handling

_DIGEST_BYTES = 16
_KEY_BYTES = 64  # BLAKE2b takes no longer key; a longer secret is hashed down to one


def protect(table: pa.Table, features: Mapping[str, FeatureOptions], key: bytes | None) -> pa.Table:
    """The table without dropped features and with hashed ones as keyed BLAKE2b texts of 32 hexadecimal digits.

    What could not be read as a feature's type (`mistyped.X`) shares the fate of its feature; what was attributed to a
    dropped one goes with it.
    """
    for name, options in features.items():
        for column in (names.FEATURE + name, names.MISTYPED + name, names.ATTRIBUTION + name):
            place = table.schema.get_field_index(column)
            if place < 0 or options.handling is Handling.WATCH:
                continue
            if options.handling is Handling.HASH and column.startswith(names.ATTRIBUTION):
                continue
            if options.handling is Handling.DROP:
                table = table.remove_column(place)
            else:
                table = table.set_column(place, column, _hashed(table.column(place), key or b""))
    return table


def _hashed(column: pa.ChunkedArray, key: bytes) -> pa.ChunkedArray:
    """Every distinct value hashed once. 1 and 1.0 are one number, so numbers are hashed as double."""
    if pa.types.is_list(column.type):  # a vector is one value
        column = pa.chunked_array(
            [[None if value is None else repr(value) for value in column.to_pylist()]], pa.string()
        )
    encoded = column.combine_chunks().dictionary_encode()
    short = key if len(key) <= _KEY_BYTES else hashlib.blake2b(key).digest()
    digests = [
        hashlib.blake2b(_as_bytes(value), digest_size=_DIGEST_BYTES, key=short).hexdigest()
        for value in encoded.dictionary.to_pylist()
    ]
    return pa.chunked_array([pc.take(pa.array(digests, pa.string()), encoded.indices)])


def _as_bytes(value: str | float | bool) -> bytes:  # noqa: FBT001  a stored value, not a switch
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return (value if isinstance(value, str) else repr(value)).encode()
