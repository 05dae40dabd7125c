"""What people call a bin."""

from __future__ import annotations

from typing import Final

import numpy as np

from seamark.stats.grid import Floats

_TO: Final = " \N{EN DASH} "
_FEWEST_DIGITS: Final = 3
_MOST_DIGITS: Final = 17
_PLAIN_BELOW: Final = 1e15
_PLAIN_FROM: Final = 1e-4


def label_bins(edges: Floats, *, whole: bool = False) -> list[str]:
    """A label for each of the len(edges) + 1 bins, with as few digits as keep neighbours apart.

    An edge `nextafter(v)` reads as v: it closes a bin on v. `whole` says that only integers are
    expected, so that [3, 4) is `= 3` and [3, 7) goes from 3 to 6.
    """
    closing = np.array([_closes(edge) for edge in edges.tolist()])
    shown = np.where(closing, np.nextafter(edges, -np.inf), edges)
    names = [_format(edge, _MOST_DIGITS) for edge in shown.tolist()] if whole else _shortest_names(shown)
    labels = [f"< {names[0]}"]
    for at in range(len(edges) - 1):
        low, high = float(shown[at]), float(shown[at + 1])
        if low == high or (whole and not closing[at] and high == low + 1 and not closing[at + 1]):
            labels.append(f"= {names[at]}")
        elif whole and not closing[at + 1] and low == np.rint(low) and high == np.rint(high):
            first = _format(low + 1, _MOST_DIGITS) if closing[at] else names[at]
            labels.append(f"{first}{_TO}{_format(high - 1, _MOST_DIGITS)}")
        else:
            labels.append(f"{names[at]}{_TO}{names[at + 1]}")
    labels.append(f"{'>' if closing[-1] else '≥'} {names[-1]}")
    return labels


def _closes(edge: float) -> bool:
    """Whether the edge is the float just above a number that people would write shorter."""
    return len(repr(float(np.nextafter(edge, -np.inf)))) < len(repr(edge)) or 0 < edge <= np.nextafter(0, 1)


def _shortest_names(values: Floats) -> list[str]:
    distinct = len(np.unique(values))
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1):
        names = [_format(value, digits) for value in values.tolist()]
        if len(set(names)) == distinct:
            break
    return names


def _format(value: float, digits: int) -> str:
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return np.format_float_positional(value, precision=digits, unique=False, fractional=False, trim="-")
    return f"{value:.{digits}g}"
