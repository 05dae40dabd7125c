"""The stored form of what was learned from a model's history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seamark.detect.calibrated import Watched
from seamark.errors import Corrupt
from seamark.stats import columns
from seamark.stats.calibration import Calibration
from seamark.stats.channels import Floats, Layout, Ranks, SeriesKind
from seamark.stats.seasonal import Baseline
from seamark.stats.tail import Tail
from seamark.stats.usual import Usual

CALIBRATION_FORMAT = 2


def to_bytes(calibration: Calibration, names: Sequence[str], watched: Watched | None = None) -> bytes:
    """A calibration, what its series are called and what it watches apart, in one compact, versioned form."""
    watched = watched or Watched()
    meta = {
        "version": CALIBRATION_FORMAT,
        "names": list(names),
        "segments": watched.segments,
        "signals": watched.signals,
        "scales": list(calibration.scales),
        "level": calibration.level,
        "levels": list(calibration.levels),
        "noise": calibration.noise,
        "tails": [[tail.scale, tail.shape] for tail in calibration.tails],
    }
    text = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode("utf-8", "surrogatepass"), dtype=np.uint8)
    of, baseline = calibration, calibration.baseline
    wholes, cells = of.layout.part(0, len(of.layout) - len(baseline.parents))
    valued = _valued(of.layout)
    return columns.pack(
        {
            "meta": text,
            "kinds": of.layout.kinds,
            "sizes": of.layout.sizes,
            "flat": baseline.flat,
            "flat_rows": baseline.flat_rows,
            # Half precision: 1 in 2,000 of a share, far below what any number of rows can tell; values may be any.
            "slots": np.where(valued, 0, baseline.slots)[cells].astype(np.float16),
            "slots_of_values": baseline.slots[cells][valued[cells, 0]],
            "slot_rows": baseline.slot_rows[: len(wholes)],
            "parents": baseline.parents,
            "offset": baseline.offset,
            "overdispersion": of.usual.overdispersion,
            "median": of.usual.median,
            "spread": of.usual.spread,
            "points": np.stack([tail.points for tail in of.tails]),
            "smallest": of.smallest,
            "bonus": of.bonus,
        }
    )


def from_bytes(payload: bytes) -> tuple[Calibration, tuple[str, ...], Watched]:
    """Read `to_bytes`; raises Corrupt when the bytes are anything else."""
    stored = columns.unpack(payload)
    try:
        meta = json.loads(stored["meta"].tobytes().decode("utf-8", "surrogatepass"))
        if meta["version"] != CALIBRATION_FORMAT:
            raise Corrupt(f"A calibration has form {meta['version']}; this Seamark reads {CALIBRATION_FORMAT}.")
        single = {name: np.asarray(array, dtype=np.float32) for name, array in stored.items() if name != "meta"}
        layout = Layout(stored["kinds"].astype(np.int8), stored["sizes"].astype(np.int64))
        baseline = _baseline(layout, single, stored.get("parents"))
        calibration = Calibration(
            layout=layout,
            baseline=baseline,
            ranks=Ranks.under(layout, baseline.flat),
            usual=Usual(single["overdispersion"], single["median"], single["spread"]),
            tails=tuple(
                Tail(points, scale, shape)
                for points, (scale, shape) in zip(single["points"], meta["tails"], strict=True)
            ),
            scales=tuple(meta["scales"]),
            smallest=single["smallest"],
            bonus=single["bonus"],
            level=float(meta["level"]),
            levels=tuple((float(budget), float(level)) for budget, level in meta.get("levels", ())),
            noise=float(meta["noise"]),
        )
        watched = Watched(tuple(meta.get("segments", ())), tuple(meta.get("signals", ())))
        return calibration, tuple(meta["names"]), watched
    except (KeyError, TypeError, ValueError) as error:
        raise Corrupt(f"A stored calibration contradicts itself: {error!r}.") from error


def _baseline(layout: Layout, stored: Mapping[str, Floats], parents: NDArray[np.generic] | None) -> Baseline:
    """The seasons of parts are not stored: they follow from those of the wholes."""
    of = np.zeros(0, np.int64) if parents is None else parents.astype(np.int64)
    many = len(layout) - len(of)
    _, cells = layout.part(0, many)
    flat, rows, slots = stored["flat"], stored["flat_rows"], stored["slots"].copy()
    slots[_valued(layout)[cells, 0]] = stored["slots_of_values"]
    wholes = Baseline(flat[cells], rows[:many], slots, stored["slot_rows"])
    return wholes.joined(layout, flat[cells.stop :], rows[many:], of, stored["offset"]) if len(of) else wholes


def _valued(layout: Layout) -> NDArray[np.bool_]:
    """bool[T, 1]: the cells of values and means."""
    return np.repeat(layout.kinds >= SeriesKind.VALUE, layout.sizes)[:, None]
