"""The comparison, step by step: open, give roles, pair, learn, count, judge, weigh, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from seamark.compare.chunks import Column, Reading, Source
from seamark.compare.described import described, folded
from seamark.compare.evidence import Evidence
from seamark.compare.findings import ColumnFinding, DataSet, Findings, Impact, Rule, Verdict, by_importance
from seamark.compare.impact import MOST_COLUMNS, impacts
from seamark.compare.judging import Judgement, has_enough, judge
from seamark.compare.pairing import Pair, Pairing, pair_columns
from seamark.compare.passes import Baseline, Progress, count, learn
from seamark.compare.quality import quality_of
from seamark.compare.report import Report
from seamark.compare.roles import ColumnRole, Names, Roles, ScoreNames, assign_roles
from seamark.compare.sources import open_source
from seamark.compare.summary import summarise
from seamark.errors import InvalidInput
from seamark.records.wording import counted

_MOSTLY_MISTYPED: Final = 0.5  # of the values: then the column has changed its type


def compare(  # every role and every number of the rule can be said
    reference: Any,
    current: Any,
    *,
    time: Names = None,
    id: Names = None,  # the word of the CLI and of every row
    prediction: Names = None,
    score: ScoreNames = None,
    outcome: Names = None,
    segment: Names = None,
    exclude: Names = None,
    rule: Rule | None = None,
    progress: Progress | None = None,
) -> Report:
    """Compare two data sets column by column and say which columns drifted.

    `reference` and `current` are pandas or polars frames, pyarrow tables, batches or readers, DuckDB relations,
    anything else with `__arrow_c_stream__`, dicts of columns, or paths of Parquet, CSV or JSON-lines files, which
    are streamed and may be larger than memory.

    `time`, `id`, `prediction`, `score`, `outcome`, `segment` and `exclude` name columns (one, or several). A role
    that is not named is inferred from the usual names, and the report says so; "" says there is no such column.
    Time, id and excluded columns are not compared.

    `rule` says when a column has drifted: when the p-value of a check, adjusted for all checks (Benjamini-Hochberg),
    is below `alpha` and its effect is at least the smallest that matters: `smallest_distance` for the distribution
    (debiased Jensen-Shannon distance, base 2, from 0 to 1), `smallest_share` for missing, mistyped and unseen values.
    With fewer than `min_rows` values on either side there is "not enough data".

    `progress(what, share)` is called as reading goes on.

    Raises InvalidInput for data that cannot be read and for names no column has; no column's content ever raises.

    >>> import seamark
    >>> report = seamark.compare({"age": list(range(100)) * 9}, {"age": list(range(30, 130)) * 9})
    >>> report.drifted
    ['age']
    """
    sources = open_source(reference), open_source(current, once=True)
    named = {
        ColumnRole.TIME: time,
        ColumnRole.ID: id,
        ColumnRole.PREDICTION: prediction,
        ColumnRole.SCORE: score,
        ColumnRole.OUTCOME: outcome,
        ColumnRole.SEGMENT: segment,
        ColumnRole.EXCLUDED: exclude,
    }
    return Report(_find(*sources, named, _checked(rule or Rule()), progress or _untold))


def _find(
    reference: Source, current: Source, named: Mapping[ColumnRole, Names], rule: Rule, progress: Progress
) -> Findings:
    known = {column.name: column for column in (*current.columns, *reference.columns)}
    roles = assign_roles(list(known.values()), named)
    whole = reference, current
    reference, current, contents = described(reference, current, roles)
    pairing = pair_columns(reference, current, roles)
    pairs = list(pairing.pairs.values())
    baselines = learn(reference, pairs, progress)
    evidence = count(current, pairs, baselines, progress)
    judgements = dict(zip(evidence, judge(list(evidence.values()), rule), strict=True))
    found = [_finding(pairing.pairs[name], evidence[name], judgements[name], rule) for name in evidence]
    weighed = _weighed(found, reference, pairing, baselines, evidence, roles)
    return Findings(
        _data_set(whole[0], [one.reference.rows for one in evidence.values()]),
        _data_set(whole[1], [one.current.rows for one in evidence.values()]),
        roles,
        rule,
        tuple(sorted((*folded(weighed, contents), *pairing.settled), key=by_importance)),
        quality_of(*whole, roles),
    )


def _checked(rule: Rule) -> Rule:
    for name, value, most in (
        ("alpha", rule.alpha, 1.0),
        ("smallest_distance", rule.smallest_distance, 1.0),
        ("smallest_share", rule.smallest_share, 1.0),
    ):
        if not 0 <= value <= most:
            raise InvalidInput(f"{name} must lie between 0 and {most:g}; it is {value!r}.", field=name, value=value)
    if rule.min_rows < 1:
        raise InvalidInput(
            f"min_rows must be at least 1; it is {rule.min_rows!r}.", field="min_rows", value=rule.min_rows
        )
    return rule


def _untold(what: str, share: float) -> None:
    """No one wants to know."""


def _data_set(source: Source, rows: Sequence[int]) -> DataSet:
    counted = source.rows if source.rows is not None else max(rows, default=0)
    return DataSet(source.name, counted, len(source.columns))


def _finding(pair: Pair, evidence: Evidence, judgement: Judgement, rule: Rule) -> ColumnFinding:
    verdict, summary = _verdict(pair, evidence, judgement, rule)
    return ColumnFinding(
        pair.reference.name,
        pair.role,
        verdict,
        summary,
        pair.reference_type,
        pair.current_type,
        pair.reference.reading if pair.alike else None,
        judgement.checks,
        evidence.reference,
        evidence.current,
        evidence.bars,
        evidence.unseen,
        judgement.distances,
        masses=(evidence.reference_bins, evidence.current_bins),
    )


def _verdict(pair: Pair, evidence: Evidence, judgement: Judgement, rule: Rule) -> tuple[Verdict, str]:
    ours, theirs = evidence.reference, evidence.current
    if _changed_type(pair, evidence):
        return Verdict.TYPE_CHANGED, f"was {pair.reference_type}, is {pair.current_type}"
    if any(check.drifted for check in judgement.checks):
        return Verdict.DRIFTED, summarise(evidence, judgement.checks)
    if min(ours.present, theirs.present) < rule.min_rows:
        counts = f"{ours.present:,} in the reference and {theirs.present:,} in the current data"
        return Verdict.NOT_ENOUGH, f"fewer than {counted(rule.min_rows, 'value')}: {counts}"
    if evidence.uncountable:
        return Verdict.NOT_COMPARED, evidence.uncountable
    if not has_enough(evidence, rule):
        return Verdict.NOT_COMPARED, "its values cannot be counted in bins"
    return Verdict.STABLE, ""


def _changed_type(pair: Pair, evidence: Evidence) -> bool:
    """Whether values are of another type, and there are values on both sides to say so."""
    ours, theirs = evidence.reference, evidence.current
    if not pair.alike:
        return ours.present > 0 and theirs.present > 0
    return _mostly_mistyped(theirs.mistyped, theirs.present) and not _mostly_mistyped(ours.mistyped, ours.present)


def _mostly_mistyped(mistyped: int, present: int) -> bool:
    return mistyped > _MOSTLY_MISTYPED * (mistyped + present)


def _weighed(
    found: Sequence[ColumnFinding],
    reference: Source,
    pairing: Pairing,
    baselines: Mapping[str, Baseline],
    evidence: Mapping[str, Evidence],
    roles: Roles,
) -> list[ColumnFinding]:
    """The findings, drifted features with their impact on the score, where the reference has one."""
    score = _score(reference.columns, roles)
    drifted = [
        column
        for column in sorted(found, key=by_importance)
        if column.verdict is Verdict.DRIFTED and column.role is ColumnRole.FEATURE and len(column.bars.labels)
    ]
    if score is None or not drifted:
        return list(found)
    columns = [pairing.pairs[column.name].reference for column in drifted[:MOST_COLUMNS]]
    weights = impacts(reference, columns, score, baselines, evidence)
    sd = evidence[score.name].reference.sd if score.name in evidence else float("nan")
    return [
        replace(column, impact=Impact(score.name, weights[column.name], weights[column.name] / sd if sd > 0 else 0.0))
        if column.name in weights
        else column
        for column in found
    ]


def _score(columns: Sequence[Column], roles: Roles) -> Column | None:
    """The reference's score, or its prediction where that is a number."""
    for role in (ColumnRole.SCORE, ColumnRole.PREDICTION):
        for column in columns:
            if roles.of(column.name) is role and column.reading is Reading.NUMBER:
                return column
    return None
