"""The page: headline, strip of all columns, a card for each that drifted, and the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

import numpy as np

from seamark.compare.chunks import Reading
from seamark.compare.evidence import Side
from seamark.compare.findings import ColumnFinding, DataSet, Findings, Verdict
from seamark.compare.page.charts import bullet, distribution, strip
from seamark.compare.roles import ColumnRole
from seamark.compare.summary import moment, numbers, percent
from seamark.compare.terminal import effect_name, headline, p_text, roles_line, with_interval
from seamark.records.wording import counted
from seamark.stats.distance import distances

_MOST_CARDS: Final = 200
_MOST_LISTED: Final = 2_000
_INLINE_CARDS: Final = 12
_END_OF_SCALE: Final = 10.0  # of bars: ten times the smallest effect that matters
_NOTABLE: Final = 0.01  # sd of the score
_ICON: Final = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" d="M12 1l4 6H8zM10.5 8h3l2.2 9H8.3z"/>'
    '<path fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" '
    'd="M2 20c2 0 2 1.6 4 1.6S8 20 10 20s2 1.6 4 1.6S16 20 18 20s2 1.6 4 1.6"/></svg>'
)
_LEGEND: Final = (
    '<p class="roles">In the pictures the outline, or the tick, is the reference; what is filled is the current data; '
    "upright lines are means.</p>"
)
_LISTED: Final = (Verdict.TYPE_CHANGED, Verdict.GONE, Verdict.NEW, Verdict.NOT_ENOUGH, Verdict.NOT_COMPARED)


def render_page(findings: Findings) -> str:
    """A whole document that needs nothing else: no network, no fonts, no script to be read."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(headline(findings))} · Seamark</title><style>{_resource('style.css')}</style></head>"
        f'<body class="seamark">{_sheet(findings, _MOST_CARDS)}<script>{_resource("script.js")}</script></body></html>'
    )


def render_fragment(findings: Findings) -> str:
    """The same for the middle of a notebook: the cards of the few columns that matter most."""
    body = _sheet(findings, _INLINE_CARDS, inline=True)
    return f'<style>{_resource("style.css")}</style><div class="seamark inline">{body}</div>'


def _resource(name: str) -> str:
    return files("seamark.compare.page").joinpath(name).read_text(encoding="utf-8")


def _sheet(findings: Findings, cards: int, *, inline: bool = False) -> str:
    drifted = findings.with_verdict(Verdict.DRIFTED)
    stable = findings.with_verdict(Verdict.STABLE)
    room = max(cards - len(drifted), 0)
    parts = [
        _header(findings),
        _strip(findings),
        "" if inline else _search(),
        _quality(findings),
        _cards("Drifted", _order(drifted), drifted[:cards], small=False),
        _listed(findings.with_verdict(*_LISTED)),
        _cards("Stable", "nearest to drift first", stable[:room], small=True),
        _left_out(drifted[cards:], stable[room:]) if not inline else "",
        _footer(findings),
    ]
    return f'<main class="sheet">{"".join(parts)}</main>'


def _order(drifted: Sequence[ColumnFinding]) -> str:
    scores = {column.impact.score for column in drifted if column.impact and abs(column.impact.in_sd) >= _NOTABLE}
    return f"first what moves {', '.join(sorted(scores))} most" if scores else "the furthest first"


def _header(findings: Findings) -> str:
    ours, theirs = findings.reference, findings.current
    well = not findings.with_verdict(Verdict.DRIFTED, Verdict.TYPE_CHANGED, Verdict.GONE)
    roles = roles_line(findings)
    return (
        f'<header><div class="mark">{_ICON}seamark compare</div>'
        f"<h1{' class=allwell' if well else ''}>{escape(headline(findings))}</h1>"
        f'<p class="sets">{_set("reference", ours)}{_set("current", theirs)}</p>'
        f"{f'<p class=roles>{escape(roles)}</p>' if roles else ''}</header>"
    )


def _set(side: str, data: DataSet) -> str:
    name = escape(data.name)
    return f'<span><span class="key {side}"></span>{side} <b>{name}</b> {counted(data.rows, "row")}</span>'


def _strip(findings: Findings) -> str:
    drawn = strip(findings.columns)
    if not drawn:
        return ""
    caption = "Every column, by how far its change is past the smallest that matters"
    return f'{_LEGEND}<figure class="strip"><figcaption>{caption}</figcaption>{drawn}</figure>'


def _quality(findings: Findings) -> str:
    """How good the model is: a table of metrics, and the caveat that belongs to estimates."""
    quality = findings.quality
    if quality is None:
        return ""
    rows = "".join(
        f"<tr><td>{escape(each.name.replace('_', ' '))}</td>"
        + "".join(
            f'<td class="n">{with_interval(side)}</td>' for side in (each.reference, each.current, each.estimated)
        )
        + "</tr>"
        for each in quality.metrics
    )
    heads = "".join(f'<th class="n">{title}</th>' for title in ("reference", "current", "current, estimated"))
    note = f"<p>{escape(quality.note)}</p>" if quality.note else ""
    table = f'<div class="list"><table><tr><th></th>{heads}</tr>{rows}</table></div>'
    return f'<section class="quality"><h2>Quality</h2>{table}{note}</section>'


def _search() -> str:
    field = '<input id="find" type="search" placeholder="Find a column" aria-label="Find a column">'
    return f'<div class="find" hidden>{field}</div>'


def _cards(title: str, note: str, columns: Sequence[ColumnFinding], *, small: bool) -> str:
    if not columns:
        return ""
    cards = "".join(_card(column, small=small) for column in columns)
    css = "cards small" if small else "cards"
    return f'<section><h2>{title} <small>{note}</small></h2><div class="{css}">{cards}</div></section>'


def _card(column: ColumnFinding, *, small: bool) -> str:
    check = column.leading
    role = "" if column.role is ColumnRole.FEATURE else f'<span class="chip">{column.role}</span>'
    effect = "" if check is None else f"{effect_name(check)} {check.effect:.3f}"
    css = "card drifted" if column.verdict is Verdict.DRIFTED else "card"
    what = "" if small else f'<p class="what">{escape(column.summary)}</p>'
    bar = "" if small or check is None else bullet(check.exceedance, _END_OF_SCALE)
    return (
        f'<article class="{css}" data-name="{escape(column.name.lower())}"><div class="top">'
        f'<h3>{_name(column.name)}{role}</h3><span class="effect">{escape(effect)}</span></div>{what}'
        f"{distribution(column, small=small)}{bar}{'' if small else _facts(column)}{_more(column)}</article>"
    )


def _name(name: str) -> str:
    """With places to break a long name at."""
    return escape(name).replace("_", "_<wbr>").replace(".", ".<wbr>")


def _facts(column: ColumnFinding) -> str:
    check = column.leading
    facts = []
    if check is not None:
        facts += [f"{check.exceedance:.1f} times the smallest that matters", f"p {_sign(check.p_adjusted)}"]
    if column.impact is not None and abs(column.impact.in_sd) >= _NOTABLE:
        facts.append(f"moves {column.impact.score} by {column.impact.change:+.2g}")
    return f'<div class="facts">{"".join(f"<span>{escape(fact)}</span>" for fact in facts)}</div>'


def _more(column: ColumnFinding) -> str:
    ours, theirs = column.reference, column.current
    if ours is None or theirs is None:
        return ""
    sides = "".join(
        f'<tr><td>{name}</td><td class="n">{before}</td><td class="n">{after}</td></tr>'
        for name, before, after in _side_rows(ours, theirs, times=column.reading is Reading.TIME)
    )
    finite = {name: shift for name, shift in column.distances.items() if np.isfinite(shift.debiased)}
    values = numbers(*(shift.debiased for shift in finite.values()))
    checks = "".join(
        f'<tr><td>{escape(_titles()[name])}</td><td class="n">{value}</td><td class="n">{_p(shift.p)}</td></tr>'
        for (name, shift), value in zip(finite.items(), values, strict=True)
    )
    table = (
        f'<table><tr><th>distance, debiased</th><th class="n"></th><th class="n">p</th></tr>{checks}</table>'
        if checks
        else ""
    )
    return (
        f'<details class="more"><summary>numbers</summary><table><tr><th></th><th class="n">reference</th>'
        f'<th class="n">current</th></tr>{sides}</table>{table}</details>'
    )


@cache
def _titles() -> dict[str, str]:
    """What people call each distance."""
    return {name: distance.title for name, distance in distances().items()}


def _side_rows(ours: Side, theirs: Side, *, times: bool) -> list[tuple[str, str, str]]:
    rows = [
        ("rows", f"{ours.rows:,}", f"{theirs.rows:,}"),
        ("missing", percent(ours.missing / max(ours.rows, 1)), percent(theirs.missing / max(theirs.rows, 1))),
    ]
    if ours.mistyped or theirs.mistyped:
        rows.append(("mistyped", f"{ours.mistyped:,}", f"{theirs.mistyped:,}"))
    if ours.distinct is not None and theirs.distinct is not None:
        rows.append(("distinct", f"{ours.distinct:,}", f"{theirs.distinct:,}"))
    moments = (
        ("mean", ours.mean, theirs.mean),
        *([] if times else [("sd", ours.sd, theirs.sd)]),
        ("min", ours.minimum, theirs.minimum),
        ("max", ours.maximum, theirs.maximum),
    )
    for name, a, b in moments:
        if np.isfinite(a) and np.isfinite(b):
            before, after = (moment(a), moment(b)) if times else numbers(a, b)
            rows.append((name, before, after))
    return rows


def _sign(p: float) -> str:
    text = p_text(p)
    return text.replace("<", "< ") if text.startswith("<") else f"= {text}"


def _p(p: float) -> str:
    return p_text(p) if np.isfinite(p) else ""


def _listed(columns: Sequence[ColumnFinding]) -> str:
    if not columns:
        return ""
    rows = "".join(
        f'<tr data-name="{escape(column.name.lower())}"><td>{_name(column.name)}</td>'
        f'<td class="v-{column.verdict.replace(" ", "-")}">{column.verdict}</td><td>{escape(column.summary)}</td></tr>'
        for column in columns[:_MOST_LISTED]
    )
    more = f'<p class="dim">… and {len(columns) - _MOST_LISTED:,} more.</p>' if len(columns) > _MOST_LISTED else ""
    table = f'<div class="list"><table>{rows}</table>{more}</div>'
    return f"<section><h2>Other columns <small>and why they have no distance</small></h2>{table}</section>"


def _left_out(drifted: Sequence[ColumnFinding], stable: Sequence[ColumnFinding]) -> str:
    """Columns beyond the cards there is room for, by name."""
    listed = "".join(
        f'<tr data-name="{escape(column.name.lower())}"><td>{_name(column.name)}</td><td>{column.verdict}</td>'
        f'<td class="n">{column.leading.effect if column.leading else 0:.3f}</td></tr>'
        for column in (*drifted, *stable)[:_MOST_LISTED]
    )
    left = len(drifted) + len(stable)
    if not left:
        return ""
    more = f'<p class="dim">… and {left - _MOST_LISTED:,} more.</p>' if left > _MOST_LISTED else ""
    title = counted(left, "more column")
    return f'<section><h2>{title}</h2><div class="list"><table>{listed}</table>{more}</div></section>'


def _footer(findings: Findings) -> str:
    rule = findings.rule
    return (
        f"<footer><p>A column drifted when the p-value of a check, adjusted for all checks of all columns "
        f"(Benjamini-Hochberg), is below {rule.alpha:g} and its effect, without what sampling alone would show, is at "
        f"least the smallest that matters: a Jensen-Shannon distance of {rule.smallest_distance:g} for the "
        f"distribution, {percent(rule.smallest_share)} of rows for missing, mistyped and unseen values. With fewer "
        f"than {counted(rule.min_rows, 'value')} on either side there is not enough data.</p></footer>"
    )
