"""How large, long, deep and early a batch may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_TEXT: Final = 2**30  # for what is cut later, by whoever knows which texts are described instead


@dataclass(frozen=True, slots=True)
class Limits:
    """A limit on everything a caller can choose. Names carry their unit."""

    max_rows: int = 100_000
    max_columns: int = 2_000  # features, scores and segments of one batch together
    max_name_chars: int = 256  # ids, versions, models and column names
    max_string_chars: int = 1_024  # longer feature values are cut, and counted
    max_nesting: int = 32  # of a feature value that is itself JSON
    max_decoded_bytes: int = 256 * 1024 * 1024  # of one batch as Arrow arrays
    max_future_seconds: int = 600  # ahead of this server's clock
