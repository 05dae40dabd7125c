"""What leads, and what comes first."""

import pytest

from seamark.compare.findings import Check, ColumnFinding, DataSet, Findings, Impact, Rule, Verdict, by_importance
from seamark.compare.roles import ColumnRole, Roles


def check(name="distribution", effect=0.1, threshold=0.05, *, drifted=True):
    return Check(name, "some_statistic", "some unit", effect, effect, threshold, 0.001, 0.002, drifted)


def column(name, verdict, *checks, impact=0.0):
    weight = Impact("score", impact / 10, impact) if impact else None
    return ColumnFinding(name, ColumnRole.FEATURE, verdict, "", checks=checks, impact=weight)


def test_the_check_furthest_past_its_threshold_leads():
    found = column("x", Verdict.DRIFTED, check(effect=0.2), check("missing", effect=0.12, threshold=0.02))
    assert found.leading.name == "missing"
    assert found.leading.exceedance == pytest.approx(6.0)


def test_a_check_that_did_not_drift_does_not_lead_over_one_that_did():
    found = column(
        "x", Verdict.DRIFTED, check(effect=0.9, drifted=False), check("missing", effect=0.03, threshold=0.02)
    )
    assert found.leading.name == "missing"


def test_where_nothing_drifted_the_distribution_leads():
    quiet = check(effect=0.001, drifted=False), check("missing", effect=0.01, threshold=0.02, drifted=False)
    assert column("x", Verdict.STABLE, *quiet).leading.name == "distribution"


def test_without_checks_nothing_leads():
    assert column("x", Verdict.NEW).leading is None


def test_an_effect_without_a_threshold_exceeds_by_itself():
    assert check(effect=0.3, threshold=0.0).exceedance == 0.3


def test_columns_are_ordered_by_verdict_then_impact_then_effect_then_name():
    expected = [
        column("changed", Verdict.TYPE_CHANGED),
        column("gone", Verdict.GONE),
        column("moves the score", Verdict.DRIFTED, check(effect=0.1), impact=-0.5),
        column("moves it less", Verdict.DRIFTED, check(effect=0.9), impact=0.1),
        column("far", Verdict.DRIFTED, check(effect=0.8), impact=0.001),
        column("near", Verdict.DRIFTED, check(effect=0.06)),
        column("new", Verdict.NEW),
        column("stable a", Verdict.STABLE, check(effect=0.01, drifted=False)),
        column("stable b", Verdict.STABLE, check(effect=0.01, drifted=False)),
        column("small", Verdict.NOT_ENOUGH),
        column("skipped", Verdict.NOT_COMPARED),
    ]
    turned = expected[::-1]
    assert sorted(turned, key=by_importance) == expected


def test_findings_are_picked_by_verdict_in_order():
    columns = tuple(
        column(name, verdict) for name, verdict in (("a", Verdict.GONE), ("b", Verdict.NEW), ("c", Verdict.GONE))
    )
    findings = Findings(DataSet("r", 1, 2), DataSet("c", 1, 2), Roles({}), Rule(), columns)
    assert [found.name for found in findings.with_verdict(Verdict.GONE)] == ["a", "c"]
    assert findings.with_verdict(Verdict.STABLE) == ()
