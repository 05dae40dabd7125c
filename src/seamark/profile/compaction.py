"""Many small row files of one model and day become one."""

from __future__ import annotations

from seamark.clock import DAY_US
from seamark.profile.indexes import OUTCOMES
from seamark.profile.rebin import is_building
from seamark.records.blocks import RowFile, SlowStep
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.store.protocol import JoinIndex, Store

_SMALL_BYTES = 32 << 20
_TIER_BITS = 4  # files within a factor of 16 are merged: each row is rewritten once per tier, not once per merge


def compact(store: Store, model: Model, window: Window, at_least: int, index: JoinIndex) -> SlowStep | None:
    """Merge the first day that `window` touches and that has `at_least` small files of the same columns; None without.

    A model whose bin set is building waits: what `rebin` has covered is told by its files. `index`: of predictions.
    """
    if is_building(store.slow, model):
        return None
    # What has just come is one small file; those it is merged with are of other hours.
    window = Window(window.start_us // DAY_US * DAY_US, -(-window.end_us // DAY_US) * DAY_US)
    for kind, kept in (("predictions", index), ("outcomes", OUTCOMES)):
        alike: dict[tuple[int, int, str], list[RowFile]] = {}  # files of other columns would stay apart, for ever anew
        for file in store.rows.files(kind, model.project, model.name, window):
            if file.size_bytes < _SMALL_BYTES:
                tier = file.size_bytes.bit_length() // _TIER_BITS
                alike.setdefault((file.first_time_us // DAY_US, tier, file.schema), []).append(file)
        for files in alike.values():
            if len(files) >= at_least:
                return SlowStep(
                    watermark_seq=store.slow.watermark(),
                    new_files=tuple(store.rows.compact(files, kept)),
                    dropped_files=tuple(file.id for file in files),
                )
    return None
