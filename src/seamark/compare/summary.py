"""One sentence on what changed in a column, in the words of its own values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from seamark.compare.chunks import Reading
from seamark.compare.evidence import Bars, Evidence, Side
from seamark.compare.findings import Check

_NOTABLE_SD: Final = 0.1  # a shift of the mean that is the shortest way to say what changed
_NOTABLE_SPREAD: Final = 1.05
_EARLIEST: Final = -62_135_596_800.0  # the beginning of the year 1, in seconds since 1970
_LATEST: Final = 253_402_300_799.0  # the end of the year 9999
_TO: Final = " → "


def summarise(evidence: Evidence, checks: tuple[Check, ...]) -> str:
    """What the drifted checks saw; empty when none did."""
    parts = [_PARTS.get(check.name, _shape)(evidence) for check in checks if check.drifted]
    return "; ".join(dict.fromkeys(parts))


def number(value: float) -> str:
    """Three or four digits of a number, as people write it."""
    text = _digits(value)
    if "e" in text:
        return f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def numbers(*values: float) -> list[str]:
    """Numbers that are read beside each other, none with fewer digits than its neighbour has; whole where all are."""
    write = number if all(float(value).is_integer() for value in values) else _digits
    return [write(value) for value in values]


def _digits(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 1e7 or abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:,.{min(max(0, 3 - int(np.floor(np.log10(abs(value))))), 6)}f}"


def percent(share: float) -> str:
    """A share as per cent, with a digit only where it says something."""
    points = share * 100
    return f"{points:.0f} %" if points >= 10 or points == 0 else f"{points:.1f} %" if points >= 0.05 else "< 0.1 %"


def moment(seconds: float) -> str:
    """A day, from seconds since 1970."""
    return datetime.fromtimestamp(min(max(seconds, _EARLIEST), _LATEST), UTC).date().isoformat()


def _shape(evidence: Evidence) -> str:
    ours, theirs = evidence.reference, evidence.current
    if evidence.column.reading is Reading.TIME and np.isfinite(ours.mean) and np.isfinite(theirs.mean):
        return f"around {moment(ours.mean)}{_TO}{moment(theirs.mean)}"
    if np.isfinite(ours.mean) and np.isfinite(theirs.mean) and _speaks_by_moments(evidence):
        moments = _moments(ours, theirs)
        if moments:
            return moments
    return _biggest_bar(evidence.bars)


def _moments(ours: Side, theirs: Side) -> str:
    shift = (theirs.mean - ours.mean) / ours.sd if ours.sd > 0 else np.inf
    if abs(shift) >= _NOTABLE_SD:
        size = f" ({shift:+.2f} sd)" if np.isfinite(shift) else ""
        return f"mean {_TO.join(numbers(ours.mean, theirs.mean))}{size}"
    spread = theirs.sd / ours.sd if ours.sd > 0 else np.inf
    if spread >= _NOTABLE_SPREAD or spread <= 1 / _NOTABLE_SPREAD:
        return f"sd {_TO.join(numbers(ours.sd, theirs.sd))}"
    return ""


def _biggest_bar(bars: Bars) -> str:
    if not len(bars.reference):
        return "the distribution changed"
    ours = bars.reference / max(int(bars.reference.sum()), 1)
    theirs = bars.current / max(int(bars.current.sum()), 1)
    most = int(np.argmax(np.abs(theirs - ours)))
    return f"{bars.labels[most].removeprefix('= ')}: {percent(ours[most])}{_TO}{percent(theirs[most])}"


def _missing(evidence: Evidence) -> str:
    ours, theirs = evidence.reference, evidence.current
    return f"missing {percent(ours.missing / ours.rows)}{_TO}{percent(theirs.missing / theirs.rows)}"


def _mistyped(evidence: Evidence) -> str:
    ours, theirs = evidence.reference, evidence.current
    before, after = percent(ours.mistyped / ours.rows), percent(theirs.mistyped / theirs.rows)
    return f"not a {evidence.column.reading} {before}{_TO}{after}"


def _unseen(evidence: Evidence) -> str:
    unseen = evidence.unseen
    if unseen is None:
        return "unseen values"
    shown = ", ".join(repr(text) for text, _ in unseen.examples)
    return f"{percent(unseen.rows / max(evidence.current.present, 1))} unseen before ({shown})"


def _speaks_by_moments(evidence: Evidence) -> bool:
    """Means of times, and of yes and no, are not how people speak of them."""
    return evidence.column.reading is Reading.NUMBER and len(evidence.bars.labels) > 2


_PARTS: Final = {"missing": _missing, "mistyped": _mistyped, "unseen": _unseen}
