"""Thresholds as owners write them: `psi > 0.2`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seamark.errors import InvalidInput
from seamark.plugins import discover

RATIO_STATISTICS = frozenset(
    {"missing_rate", "mistyped_rate", "unseen_rate", "out_of_range_rate", "class_share", "near_half_share", "volume"}
)
GROUP_SHIFT = "group_shift"  # of an embedding's or a text's series
_PATTERN = re.compile(r"\s*([a-z_]+)\s*>\s*([0-9.eE+-]+)\s*")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A statistic and the debiased value past which a window is a breach."""

    statistic: str
    fire: float


def parse_threshold(text: str) -> Threshold:
    """Read `STATISTIC > NUMBER`; raises InvalidInput naming the statistics that exist."""
    known = sorted({*discover("seamark.stats.distances", "DISTANCE"), *RATIO_STATISTICS, GROUP_SHIFT})
    match = _PATTERN.fullmatch(text)
    if match is None or match[1] not in known:
        raise InvalidInput(
            f"{text!r} is not a threshold; write STATISTIC > NUMBER, like psi > 0.2. Statistics: {', '.join(known)}.",
            value=text,
        )
    try:
        fire = float(match[2])
    except ValueError:
        raise InvalidInput(f"{match[2]!r} in {text!r} is not a number.", value=text) from None
    if not 0 < fire < float("inf"):
        raise InvalidInput(f"The threshold in {text!r} must be above 0.", value=text)
    return Threshold(match[1], fire)
