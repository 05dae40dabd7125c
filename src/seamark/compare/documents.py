"""A comparison as plain dicts and lists: what `--json` prints and `to_dict` returns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from seamark.compare.evidence import Bars, Side, Unseen
from seamark.compare.findings import Check, ColumnFinding, DataSet, Findings, Shift, Verdict
from seamark.compare.quality import Quality
from seamark.compare.roles import ColumnRole
from seamark.stats.intervals import Metric

_DIGITS = 6


def to_document(findings: Findings) -> dict[str, Any]:
    """The whole report; numbers that are not finite become None."""
    return {
        "reference": _data_set(findings.reference),
        "current": _data_set(findings.current),
        "rule": {
            "alpha": findings.rule.alpha,
            "smallest_distance": findings.rule.smallest_distance,
            "smallest_share": findings.rule.smallest_share,
            "min_rows": findings.rule.min_rows,
        },
        "roles": {
            role.value: {"columns": findings.roles.columns(role), "inferred": role in findings.roles.inferred}
            for role in ColumnRole
            if role is not ColumnRole.FEATURE and findings.roles.columns(role)
        },
        "counts": {verdict.value: len(findings.with_verdict(verdict)) for verdict in Verdict},
        "drifted": [column.name for column in findings.with_verdict(Verdict.DRIFTED)],
        "columns": [_column(column) for column in findings.columns],
        **({"quality": _quality(findings.quality)} if findings.quality else {}),
    }


def to_rows(findings: Findings) -> dict[str, list[Any]]:
    """One row per column, as columns of a table."""
    leading = [(column, column.leading) for column in findings.columns]
    return {
        "column": [column.name for column in findings.columns],
        "role": [column.role.value for column in findings.columns],
        "verdict": [column.verdict.value for column in findings.columns],
        "check": [check.name if check else None for _, check in leading],
        "statistic": [check.statistic if check else None for _, check in leading],
        "value": [finite(check.value) if check else None for _, check in leading],
        "effect": [finite(check.effect) if check else None for _, check in leading],
        "threshold": [check.threshold if check else None for _, check in leading],
        "p": [finite(check.p) if check else None for _, check in leading],
        "p_adjusted": [finite(check.p_adjusted) if check else None for _, check in leading],
        "impact": [column.impact.change if column.impact else None for column in findings.columns],
        "summary": [column.summary for column in findings.columns],
    }


def finite(value: float) -> float | None:
    """The number to six digits, or None where JSON has no word for it."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "task": quality.task,
        "metrics": {
            each.name: {
                "reference": _metric(each.reference),
                "current": _metric(each.current),
                "estimated": _metric(each.estimated),
            }
            for each in quality.metrics
        },
        "note": quality.note,
    }


def _metric(metric: Metric | None) -> dict[str, float | None] | None:
    if metric is None:
        return None
    return {name: finite(getattr(metric, name)) for name in ("value", "low", "high", "n")}


def _data_set(data: DataSet) -> dict[str, Any]:
    return {"name": data.name, "rows": data.rows, "columns": data.columns}


def _column(column: ColumnFinding) -> dict[str, Any]:
    leading = column.leading
    impact = column.impact
    return {
        "name": column.name,
        "role": column.role.value,
        "verdict": column.verdict.value,
        "summary": column.summary,
        "reading": column.reading.value if column.reading else None,
        "type": {"reference": column.reference_type, "current": column.current_type},
        "value": finite(leading.value) if leading else None,
        "threshold": leading.threshold if leading else None,
        "p": finite(leading.p_adjusted) if leading else None,
        "effect": finite(leading.effect) if leading else None,
        "impact": {"score": impact.score, "change": finite(impact.change), "in_sd": finite(impact.in_sd)}
        if impact
        else None,
        "checks": [_check(check) for check in column.checks],
        "distances": {name: _shift(shift) for name, shift in column.distances.items()},
        "reference": _side(column.reference),
        "current": _side(column.current),
        "unseen": _unseen(column.unseen),
        "bins": _bars(column.bars),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "statistic": check.statistic,
        "unit": check.unit,
        "value": finite(check.value),
        "effect": finite(check.effect),
        "threshold": check.threshold,
        "p": finite(check.p),
        "p_adjusted": finite(check.p_adjusted),
        "drifted": check.drifted,
    }


def _shift(shift: Shift) -> dict[str, Any]:
    return {
        "value": finite(shift.value),
        "debiased": finite(shift.debiased),
        "p": finite(shift.p),
        "unit": shift.unit,
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "rows": side.rows,
        "missing": side.missing,
        "mistyped": side.mistyped,
        "mean": finite(side.mean),
        "sd": finite(side.sd),
        "minimum": finite(side.minimum),
        "maximum": finite(side.maximum),
        "distinct": side.distinct,
    }


def _unseen(unseen: Unseen | None) -> dict[str, Any] | None:
    if unseen is None:
        return None
    examples = [{"text": text, "rows": rows} for text, rows in unseen.examples]
    return {"rows": unseen.rows, "examples": examples}


def _bars(bars: Bars) -> dict[str, Any]:
    return {
        "label": list(bars.labels),
        "low": _bounds(bars.lows.tolist()),
        "high": _bounds(bars.highs.tolist()),
        "reference": bars.reference.tolist(),
        "current": bars.current.tolist(),
    }


def _bounds(values: Sequence[float]) -> list[float | None]:
    return [finite(value) for value in values]
