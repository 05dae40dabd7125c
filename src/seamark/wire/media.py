"""Which format a body is in."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Media(StrEnum):
    """The formats a body may come in."""

    JSON = "application/json"
    ARROW = "application/vnd.apache.arrow.stream"
    PARQUET = "application/vnd.apache.parquet"
    CSV = "text/csv"


BATCH_MEDIA: Final = (Media.JSON, Media.ARROW)
BASELINE_MEDIA: Final = (Media.ARROW, Media.PARQUET, Media.CSV, Media.JSON)
_ALIASES: Final = {"application/x-parquet": Media.PARQUET, "application/parquet": Media.PARQUET}


def media_of(content_type: str, accepted: tuple[Media, ...]) -> Media | None:
    """The format a Content-Type names, None for one that is not accepted. None given means JSON."""
    name = content_type.partition(";")[0].strip().lower()
    if not name:
        return Media.JSON
    media = _ALIASES.get(name)
    if media is None:
        media = next((each for each in Media if each.value == name), None)
    return media if media in accepted else None
