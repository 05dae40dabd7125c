"""Charts as inline SVG and positioned elements: no script, no library, a few hundred bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from seamark.compare.chunks import Floats
from seamark.compare.evidence import Bars
from seamark.compare.findings import ColumnFinding
from seamark.compare.pictures import FEW
from seamark.compare.summary import numbers, percent

_HEIGHT: Final = 100
_ROWS: Final = 7
_ROWS_SMALL: Final = 4
_DOT_ROOM: Final = 0.012  # of the strip's width: dots nearer than this stand on each other
_DOT_STEP: Final = 10
_MOST_STACKED: Final = 10
_NAMED_DOTS: Final = 12
_NAME: Final = 18
_NAME_ROOM: Final = 0.06
_TO: Final = " \N{EN DASH} "


def distribution(column: ColumnFinding, *, small: bool) -> str:
    """Both sides of a column: a histogram of numbers, lines of categories."""
    bars = column.bars
    if not len(bars.labels):
        return ""
    ours, theirs = _shares(bars)
    if np.isnan(bars.lows).all() or len(bars.labels) <= FEW:
        return _lines(bars, ours, theirs, _ROWS_SMALL if small else _ROWS)
    return _histogram(column, ours, theirs, means=not small)


def strip(columns: Sequence[ColumnFinding]) -> str:
    """Every compared column as a dot: how far its leading effect is past the smallest that matters."""
    dots = [(c.leading.exceedance, c) for c in columns if c.leading and np.isfinite(c.leading.exceedance)]
    if len(dots) < 2:
        return ""
    most = max(2.0, *(value for value, _ in dots)) * 1.04
    heights: dict[int, int] = {}
    drawn, names = [], []
    for value, column in sorted(dots, key=lambda dot: dot[0]):
        place = _root(value, most)
        slot = round(place / _DOT_ROOM)
        level = heights.get(slot, 0)
        heights[slot] = level + 1
        drifted = bool(column.leading and column.leading.drifted)
        if level >= _MOST_STACKED:
            continue
        title = escape(f"{column.name}: {value:.2g} x the smallest effect that matters")
        css = ' class="drifted"' if drifted else ""
        drawn.append(f'<i{css} style="{_left(place)};bottom:{3 + level * _DOT_STEP}px" title="{title}"></i>')
        if drifted:
            names.append((place, level, column.name))
    ticks = "".join(f'<span style="{_left(_root(tick, most))}">{tick:g}x</span>' for tick in _ticks(most))
    line = f'<div class="line" style="{_left(_root(1.0, most))}"><span>smallest that matters</span></div>'
    field = f'<div class="field" aria-hidden="true">{line}{"".join(drawn)}{_names(names[-_NAMED_DOTS:])}</div>'
    return f'{field}<div class="ticks" aria-hidden="true">{ticks}</div>'


def bullet(exceedance: float, most: float) -> str:
    """A bar for an effect in thresholds, with a line at 1; `most` is the end of the scale."""
    end = max(most, 1.0) * 1.04
    done, line = min(exceedance / end, 1.0) * 100, 100 / end
    return (
        f'<div class="bullet" aria-hidden="true"><b style="width:{done:.1f}%"></b>'
        f'<u style="left:{line:.1f}%"></u></div>'
    )


def _shares(bars: Bars) -> tuple[Floats, Floats]:
    return bars.reference / max(int(bars.reference.sum()), 1), bars.current / max(int(bars.current.sum()), 1)


def _histogram(column: ColumnFinding, ours: Floats, theirs: Floats, *, means: bool) -> str:
    bars = column.bars
    tallest = max(float(ours.max()), float(theirs.max())) or 1.0
    before, after = column.reference, column.current
    words = f"Distribution of {column.name}"
    lines = ""
    if before and after and np.isfinite(before.mean) and np.isfinite(after.mean):
        means_said = numbers(before.mean, after.mean)
        words += f": mean {means_said[0]} in the reference, {means_said[1]} in the current data"
        lines = _mean(bars, before.mean, "mean") + _mean(bars, after.mean, "mean now") if means else ""
    return (
        f'<svg class="histogram" viewBox="0 0 {len(ours)} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(words)}"><path class="now" d="{_steps(theirs / tallest)}Z"/>'
        f'<path class="then" d="{_steps(ours / tallest)}"/>{lines}</svg>{_axis(bars)}'
    )


def _steps(heights: Floats) -> str:
    """A staircase from the lower left to the lower right."""
    tops = np.rint(_HEIGHT - heights * (_HEIGHT - 2)).astype(int).tolist()
    return f"M0 {_HEIGHT}" + "".join(f"V{top}h1" for top in tops) + f"V{_HEIGHT}"


def _mean(bars: Bars, mean: float, css: str) -> str:
    """A line at a value, where it lies inside the drawn bins."""
    inside = np.isfinite(bars.lows) & np.isfinite(bars.highs)
    at = np.flatnonzero(inside & (bars.lows <= mean) & (mean < bars.highs))
    if not len(at):
        return ""
    place = at[0] + (mean - bars.lows[at[0]]) / (bars.highs[at[0]] - bars.lows[at[0]])
    return f'<line class="{css}" x1="{place:.2f}" x2="{place:.2f}" y1="0" y2="{_HEIGHT}"/>'


def _axis(bars: Bars) -> str:
    """The values at both ends and in the middle, from the labels of the bins there."""
    middle = bars.labels[len(bars.labels) // 2].split(_TO)[0]
    ends = bars.labels[0].split(_TO)[0], bars.labels[-1].split(_TO)[-1]
    spans = "".join(f"<span>{escape(text.removeprefix('= '))}</span>" for text in (ends[0], middle, ends[1]))
    return f'<div class="axis" aria-hidden="true">{spans}</div>'


def _lines(bars: Bars, ours: Floats, theirs: Floats, most: int) -> str:
    """The bins that matter, each with its share on both sides."""
    if len(ours) <= most:
        chosen = list(range(len(ours)))
    else:
        by_change = np.argsort(-np.abs(theirs - ours), kind="stable")[: most // 2].tolist()
        by_size = np.argsort(-(ours + theirs), kind="stable").tolist()
        chosen = sorted(list(dict.fromkeys([*by_change, *by_size]))[:most])
    widest = max(float(ours.max()), float(theirs.max())) or 1.0
    lines = [_line(bars.labels[at], ours[at], theirs[at], widest) for at in chosen]
    return f'<div class="rows">{"".join(lines)}</div>'


def _line(label: str, ours: float, theirs: float, widest: float) -> str:
    label = label.removeprefix("= ")
    shares = f"{percent(ours)} → {percent(theirs)}"
    return (
        f'<span class="label" title="{escape(label)}">{escape(label)}</span>'
        f'<span class="pair" role="img" aria-label="{shares}"><b style="width:{theirs / widest * 100:.1f}%"></b>'
        f'<u style="left:0;width:{ours / widest * 100:.1f}%"></u></span><span class="share">{shares}</span>'
    )


def _root(value: float, most: float) -> float:
    """Place on a root scale, which keeps room for the many near zero."""
    return float(np.sqrt(max(value, 0.0) / most))


def _ticks(most: float) -> list[float]:
    return [tick for tick in (0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 20.0, 50.0) if tick <= most]


def _names(names: Sequence[tuple[float, int, str]]) -> str:
    """Names above their dots, in three rows so that neighbours do not collide."""
    spans = []
    for position, (place, _, name) in enumerate(sorted(names)):
        below = max(level for near, level, _ in names if abs(near - place) < _NAME_ROOM)
        bottom = 18 + below * _DOT_STEP + (position % 3) * 16
        shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        style = f"{_left(min(max(place, 0.03), 0.97))};bottom:{bottom}px"
        spans.append(f'<span class="name" style="{style}">{escape(shown)}</span>')
    return "".join(spans)


def _left(place: float) -> str:
    return f"left:{place * 100:.1f}%"
