"""A comparison as a table of text, those columns first that matter most."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from seamark.compare.chunks import Counts, Floats
from seamark.compare.findings import Check, ColumnFinding, Findings, Verdict
from seamark.compare.pictures import FEW
from seamark.compare.quality import Quality
from seamark.compare.roles import ColumnRole, Roles
from seamark.records.wording import counted
from seamark.stats.intervals import Metric

Paint = Callable[[str, Verdict | None], str]  # a text and what it speaks of; None: an aside

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_SPARK: Final = 12
_DWARFS: Final = 0.5  # of the reference, in one bar
_NAME: Final = 32
_NARROW: Final = 60
_MOST_NAMED: Final = 5
_GAP: Final = "  "
_HEADINGS: Final = ("column", "verdict", "effect", "smallest", "p", "reference", "current", "what changed")
_COLOURS: Final = {
    Verdict.DRIFTED: "31",
    Verdict.TYPE_CHANGED: "35",
    Verdict.GONE: "35",
    Verdict.NEW: "36",
    Verdict.STABLE: "32",
}
_MEASURED: Final = (Verdict.DRIFTED, Verdict.STABLE)  # of the others an effect would only distract
_ASIDE: Final = "2"


def table(findings: Findings, *, width: int | None = None, stable: int = 10, paint: Paint | None = None) -> str:
    """Lines of at most `width` characters (None: the terminal's); of stable columns the `stable` nearest to drift."""
    wide = max(width or shutil.get_terminal_size((100, 24)).columns, _NARROW)
    painted = paint or _plain
    shown, left_out = _choose(findings, stable)
    lines = [headline(findings), *_asides(findings)]
    if shown:
        lines += ["", *_rows(shown, wide, painted)]
    if left_out:
        lines.append(painted(f"… and {left_out:,} more stable", None))
    if findings.quality:
        lines += ["", *quality_lines(findings.quality, wide)]
    clipped = [line if "\x1b" in line else line[:wide] for line in lines]
    return "\n".join(line.rstrip() for line in clipped)


def quality_lines(quality: Quality, width: int) -> list[str]:
    """A table of metrics with their intervals: reference, current, estimated; columns of nothing are left out."""
    sides = [
        (title, [getattr(each, name) for each in quality.metrics])
        for title, name in (("reference", "reference"), ("current", "current"), ("estimated", "estimated"))
    ]
    known = [(title, metrics) for title, metrics in sides if any(metrics)]
    names = ["quality", *(each.name.replace("_", " ") for each in quality.metrics)]
    columns = [names, *([title, *map(with_interval, metrics)] for title, metrics in known)]
    widths = [max(map(len, column)) for column in columns]
    rows = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in zip(*columns, strict=True)
    ]
    return [*rows, *textwrap.wrap(quality.note, width)]


def with_interval(metric: Metric | None) -> str:
    """`0.944 (0.942 to 0.946)`; empty where it is not known."""
    if metric is None:
        return ""
    value, low, high = (f"{each:.4g}" for each in (metric.value, metric.low, metric.high))
    return f"{value} ({low} to {high})"


def headline(findings: Findings) -> str:
    """`7 of 62 columns drifted, 1 gone`."""
    counts = {verdict: len(findings.with_verdict(verdict)) for verdict in Verdict}
    compared = sum(counts.values()) - counts[Verdict.NOT_COMPARED]
    parts = [f"{counts[Verdict.DRIFTED]:,} of {counted(compared, 'column')} drifted"]
    others = (Verdict.TYPE_CHANGED, Verdict.GONE, Verdict.NEW)
    return ", ".join([*parts, *(f"{counts[verdict]:,} {verdict}" for verdict in others if counts[verdict])])


def roles_line(findings: Findings) -> str:
    """Which column is what, and whether that was told or guessed."""
    roles = findings.roles
    named = [role for role in ColumnRole if role is not ColumnRole.FEATURE and roles.columns(role)]
    if not named:
        return ""
    told = [_role(role, roles) for role in named if role not in roles.inferred]
    guessed = [_role(role, roles) for role in named if role in roles.inferred]
    return " · ".join([*told, *guessed]) + (_guess(told, guessed) if guessed else "")


def _role(role: ColumnRole, roles: Roles) -> str:
    columns = roles.columns(role)
    more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
    return f"{role}: {', '.join(columns[:_MOST_NAMED])}{more}"


def _guess(told: Sequence[str], guessed: Sequence[str]) -> str:
    if told and len(guessed) == 1:
        return " (the last inferred from its name)"
    return f" (the last {len(guessed)} inferred from names)" if told else " (inferred from names)"


def colour(text: str, verdict: Verdict | None) -> str:
    """ANSI colours by verdict."""
    code = _ASIDE if verdict is None else _COLOURS.get(verdict, _ASIDE)
    return f"\x1b[{code}m{text}\x1b[0m"


def sparkline(counts: Counts, most: float) -> str:
    """Shares of at most 12 groups of bins as blocks, the share `most` as the tallest."""
    if not len(counts) or not counts.sum():
        return ""
    shares = _group_shares(counts)
    heights = np.ceil(shares / most * len(_BLOCKS)).astype(int) if most > 0 else np.zeros(len(shares), dtype=int)
    return "".join(
        _BLOCKS[min(max(height, 1), len(_BLOCKS)) - 1] if share else " "
        for height, share in zip(heights, shares, strict=True)
    )


def _group_shares(counts: Counts) -> Floats:
    """The shares of groups of as many bins each; what the last group lacks is made up for, or it would look rare."""
    together = -(-len(counts) // _SPARK)
    starts = np.arange(0, len(counts), together)
    sizes = np.diff(np.append(starts, len(counts)))
    shares: Floats = np.add.reduceat(counts, starts) * (together / sizes) / max(int(counts.sum()), 1)
    return shares


def _sparklines(column: ColumnFinding) -> tuple[str, str]:
    """Both sides in the bins of the page's pictures or, where one bar would dwarf all others, in bins of equal mass."""
    bars = column.bars
    if not len(bars.labels):
        return "", ""
    sides = bars.reference, bars.current
    many_numbers = len(bars.labels) > FEW and not np.isnan(bars.lows).all()
    if many_numbers and column.masses is not None and _group_shares(bars.reference).max() > _DWARFS:
        sides = _inner(column.masses[0]), _inner(column.masses[1])
    ours, theirs = (_group_shares(side) for side in sides)
    # What still dwarfs all others is one value; as tall as the picture, it leaves room to see how those changed.
    shown = np.maximum(ours, theirs)[ours <= _DWARFS] if many_numbers else np.maximum(ours, theirs)
    tallest = float(shown.max(initial=0.0)) or 1.0
    return sparkline(sides[0], tallest), sparkline(sides[1], tallest)


def _inner(counts: Counts) -> Counts:
    """The open bins at both ends, which hold next to nothing of the reference, together with their neighbours."""
    if len(counts) < 4:
        return counts
    inner = counts[1:-1].copy()
    inner[0] += counts[0]
    inner[-1] += counts[-1]
    return inner


def _plain(text: str, verdict: Verdict | None) -> str:  # noqa: ARG001  # the same shape as `colour`
    return text


def _choose(findings: Findings, stable: int) -> tuple[list[ColumnFinding], int]:
    kept: list[ColumnFinding] = []
    room = stable
    for column in findings.columns:
        if column.verdict is Verdict.STABLE:
            room -= 1
            if room < 0:
                continue
        kept.append(column)
    return kept, max(-room, 0)


def _asides(findings: Findings) -> list[str]:
    sets = ("reference", findings.reference), ("current", findings.current)
    lines = [" · ".join(f"{side} {data.name}, {counted(data.rows, 'row')}" for side, data in sets)]
    roles = roles_line(findings)
    return [*lines, roles] if roles else lines


def _rows(columns: Sequence[ColumnFinding], width: int, paint: Paint) -> list[str]:
    cells = [_cells(column) for column in columns]
    shown = [at for at in range(len(_HEADINGS)) if at == 0 or any(row[at] for row in cells)]
    widths = {at: max(len(row[at]) for row in (_HEADINGS, *cells)) for at in shown}
    last = shown[-1]
    used = sum(widths[at] + len(_GAP) for at in shown if at != last)
    widths[last] = max(min(widths[last], width - used), 8)

    def line(row: Sequence[str], verdict: Verdict | None) -> str:
        parts = [(row[at][: widths[at]]).ljust(widths[at]) for at in shown]
        if verdict is not None and len(parts) > 1:
            parts[1] = paint(parts[1], verdict)
        return _GAP.join(parts).rstrip()

    lines = [line(row, column.verdict) for row, column in zip(cells, columns, strict=True)]
    return [paint(line(_HEADINGS, None), None), *lines]


def _cells(column: ColumnFinding) -> tuple[str, ...]:
    check = column.leading if column.verdict in _MEASURED else None
    name = column.name if len(column.name) <= _NAME else f"{column.name[: _NAME - 1]}…"
    before, after = _sparklines(column)
    if check is None:
        return name, column.verdict.value, "", "", "", before, after, column.summary
    what = column.summary
    if column.impact is not None and abs(column.impact.in_sd) >= 0.01:
        what += f"; moves {column.impact.score} by {column.impact.change:+.2g}"
    effect = f"{check.effect:.3f} {effect_name(check)}"
    return name, column.verdict.value, effect, _threshold(check), p_text(check.p_adjusted), before, after, what


def _threshold(check: Check) -> str:
    """With the digits of the effect beside it, unless it was said with more."""
    text = f"{check.threshold:.3f}"
    return text if float(text) == check.threshold else f"{check.threshold:g}"


def effect_name(check: Check) -> str:
    """What an effect is measured in: `JS distance`, or the kind of values whose share it is."""
    return check.unit if check.name == "distribution" else check.name


def p_text(p: float) -> str:
    """A p-value in two digits."""
    if p < 1e-99:
        return "<1e-99"
    return f"{p:.1e}" if p < 0.001 else f"{p:#.2g}"
