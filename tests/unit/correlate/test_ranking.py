"""`seamark.rank_causes`, as its users call it."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seamark
from seamark.errors import InvalidInput

CALLS = {"site": ["shop", "search"], "shop": ["db", "mail_remote"], "search": ["db"]}
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
LATENCY = {"site": 0.2, "shop": 0.1, "search": 0.05, "db": 0.01, "mail_remote": 0.02}
REQUESTS = {"site": 500, "shop": 200, "search": 300, "db": 900, "mail_remote": 100}


def frame(rows, seed, *, begin=BEGIN, faults=None):
    """Time by (component, metric), five minutes apart; `faults` are seconds that a call takes longer from row 4 on."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name, usual in LATENCY.items():
        values = usual * rng.normal(1, 0.03, rows)
        values[4:] += (faults or {}).get(name, 0)
        columns[name, "latency"] = values
        columns[name, "requests"] = rng.poisson(REQUESTS[name], rows).astype(float)
        columns[name, "availability"] = np.full(rows, 100.0)
    index = pd.date_range(begin, periods=rows, freq="5min", name="time")
    return pd.DataFrame(columns, index=index)


NORMAL = frame(600, 1)
INCIDENT_BEGIN = BEGIN + timedelta(days=3)
AT = INCIDENT_BEGIN + timedelta(minutes=21)
SLOW_DATABASE = frame(10, 2, begin=INCIDENT_BEGIN, faults={"db": 0.1, "shop": 0.2, "search": 0.15, "site": 0.17})


def rank(metrics=SLOW_DATABASE, **changes):
    asked = {"graph": CALLS, "noticed": ("site", "latency"), "at": AT, "reference": NORMAL} | changes
    return seamark.rank_causes(metrics, **asked)


def test_the_database_behind_everything_leads_with_evidence_and_what_speaks_against_the_others():
    found = rank()
    assert found.clear
    assert found.summary == "The likeliest cause is db: its latency changed."
    assert found.causes[0].component == "db"
    first, site = found.causes[0], next(cause for cause in found if cause.component == "site")
    assert any("latency went from 0.009" in line and "2026-03-04T00:20" in line for line in first.evidence)
    assert "Normal: its availability, requests." in first.counter_evidence
    assert any("Its calls to search, shop explain" in line for line in site.counter_evidence)
    assert all(0 <= cause.score <= 1 for cause in found)
    assert json.loads(json.dumps(found.to_dict()))["causes"][0]["component"] == "db"
    assert str(found).startswith(found.summary)


def test_a_slow_component_with_healthy_dependencies_is_the_cause_itself():
    alone = frame(10, 3, begin=INCIDENT_BEGIN, faults={"shop": 0.3, "site": 0.12})
    assert rank(alone).causes[0].component == "shop"
    assert rank(frame(10, 4, begin=INCIDENT_BEGIN, faults={"site": 0.3})).causes[0].component == "site"


def test_a_quiet_hour_has_no_clear_cause():
    found = rank(frame(10, 5, begin=INCIDENT_BEGIN))
    assert (len(found), found.clear) == (0, False)
    assert found.summary.startswith("No clear cause: latency of site is hardly unusual")


def test_without_a_graph_it_ranks_all_the_same_and_says_so():
    found = rank(graph=None)
    assert len(found) == 4
    assert "Without a call graph" in found.notes[0]


def test_a_fault_that_the_noticed_component_does_not_call_is_left_out():
    elsewhere = frame(10, 6, begin=INCIDENT_BEGIN, faults={"db": 0.1})
    assert [cause.component for cause in rank(elsewhere, noticed=("mail_remote", "latency"))] == []


def test_components_without_traffic_are_walked_through_and_named():
    quiet = SLOW_DATABASE.copy()
    quiet["search", "latency"] = np.nan
    found = rank(quiet)
    assert found.causes[0].component == "db"
    gone = quiet.drop(columns=["search"], level=0)
    assert rank(gone).causes[0].component == "db"


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "mapping", "flat pandas", "unix"])
def test_frames_of_every_kind_give_the_same_answer(kind):
    def of(data):
        if kind == "unix":
            return data.set_axis(data.index.astype("int64") / (1e9 if data.index.unit == "ns" else 1e6), axis=0)
        if kind == "mapping":
            return {"time": data.index.to_numpy()} | {key: data[key].to_numpy() for key in data.columns}
        flat = data.set_axis(["/".join(key) for key in data.columns], axis=1)
        if kind == "flat pandas":
            return flat
        columns = {"time": data.index.tz_localize(None).to_numpy()} | {name: flat[name].to_numpy() for name in flat}
        return pl.DataFrame(columns) if kind == "polars" else pa.table(columns)

    at = AT.timestamp() if kind == "unix" else AT.isoformat()
    assert rank(of(SLOW_DATABASE), reference=of(NORMAL), at=at).to_dict() == rank().to_dict()


def test_graphs_of_every_kind_give_the_same_answer():
    pairs = [(caller, callee) for caller, callees in CALLS.items() for callee in callees]
    names = sorted(LATENCY)
    square = pd.DataFrame([[float((a, b) in pairs) for b in names] for a in names], names, names)
    for graph in (pairs, square):
        assert rank(graph=graph).to_dict() == rank().to_dict()


def test_a_third_level_names_the_statistic_and_the_mean_is_meant():
    def deep(data):
        means = {(*key, "Average"): data[key] for key in data.columns}
        return pd.DataFrame({**means, **{(*key, "p99"): 2 * data[key] for key in data.columns}})

    found = rank(deep(SLOW_DATABASE), reference=deep(NORMAL))
    assert (found.causes[0].component, found.causes[0].metric) == ("db", "latency/Average")
    p99 = rank(deep(SLOW_DATABASE), reference=deep(NORMAL), noticed=("site", "latency", "p99"))
    assert p99.causes[0].metric == "latency/p99"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"noticed": ("site", "memory")}, "there is metrics availability, latency, requests"),
        ({"noticed": ("sites", "latency")}, "there is no such component"),
        ({"at": "yesterday"}, "'yesterday' is no time"),
        ({"at": BEGIN}, "`metrics` holds 2026-03-04"),
        ({"at": 1e15}, "no Unix time in seconds"),
        ({"graph": 7}, "`graph` is int"),
        ({"reference": 7}, "`reference` is int; accepted: a frame of pandas"),
        ({"reference": {"time": [1, 2]}}, "no columns besides the time"),
        ({"reference": {"time": [1, 2], "latency": [1, 2]}}, "names no metric"),
        ({"reference": {("a", "b"): [1, 2]}}, "0 time columns"),
        ({"reference": {"time": [1, 2], ("a", "b"): ["x", "y"]}}, "is not a column of numbers"),
        ({"reference": {"time": [], ("a", "b"): []}}, "has no rows"),
    ],
)
def test_what_cannot_be_read_is_said(changes, said):
    with pytest.raises(InvalidInput) as error:
        rank(**changes)
    assert said in str(error.value)


def chain(length, seed, *, slow):
    """Components c0 → c1 → …, of which each waits for the next; `slow` names those whose own work takes longer."""
    rng = np.random.default_rng(seed)

    def of(rows, faults):
        own = {f"c{place}": rng.normal(0.05, 0.002, rows) for place in range(length)}
        for name in faults:
            own[name][4:] += 0.2
        columns = {"time": BEGIN.timestamp() + 300 * np.arange(rows)}
        for place in range(length):
            columns[f"c{place}", "latency"] = sum(own[f"c{below}"] for below in range(place, length))
        return columns

    calls = [(f"c{place}", f"c{place + 1}") for place in range(length - 1)]
    return of(10, slow), of(500, []), calls


@given(st.integers(2, 7), st.data())
@settings(max_examples=30, deadline=None)
def test_in_a_chain_the_slow_link_leads_wherever_it_is(length, data):
    slow = f"c{data.draw(st.integers(0, length - 1))}"
    metrics, normal, calls = chain(length, data.draw(st.integers(0, 99)), slow=[slow])
    at = BEGIN.timestamp() + 4 * 300
    found = seamark.rank_causes(metrics, graph=calls, noticed=("c0", "latency"), at=at, reference=normal)
    assert found.clear
    assert found.causes[0].component == slow
    assert {cause.component for cause in found} == {f"c{place}" for place in range(int(slow[1:]) + 1)}


@given(st.randoms(use_true_random=False), st.floats(1e-3, 1e3))
@settings(max_examples=15, deadline=None)
def test_neither_the_order_of_columns_and_calls_nor_the_unit_matters(random, unit):
    names = list(SLOW_DATABASE.columns)
    random.shuffle(names)
    calls = [(caller, callee) for caller, callees in CALLS.items() for callee in callees]
    random.shuffle(calls)

    def other(data):
        found = data[names].copy()
        for name in LATENCY:
            found[name, "latency"] *= unit
        return found

    ranked = rank(other(SLOW_DATABASE), reference=other(NORMAL), graph=calls)
    assert [(cause.component, cause.score) for cause in ranked] == [
        (cause.component, pytest.approx(cause.score, abs=2e-4)) for cause in rank()
    ]


@pytest.mark.parametrize(
    ("metric", "usual", "bad"),
    [("availability", 100.0, 93.0), ("success_rate", 1.0, 0.8), ("error_rate", 0.001, 0.2), ("failures", 0.0, 30.0)],
)
def test_failures_and_successes_are_followed_like_time(metric, usual, bad):
    def of(rows, begin, faulty):
        columns = {"time": begin.timestamp() + 300 * np.arange(rows)}
        for name in LATENCY:
            values = np.full(rows, usual)
            if name in faulty:
                values[4:] = bad if name == "db" else (bad + usual) / 2
            columns[name, metric] = values
            columns[name, "requests"] = np.full(rows, float(REQUESTS[name]))
        return columns

    metrics, normal = of(10, INCIDENT_BEGIN, {"db", "shop", "search", "site"}), of(400, BEGIN, set())
    found = rank(metrics, reference=normal, noticed=("site", metric))
    assert found.clear
    assert found.causes[0].component == "db"


def test_what_changed_in_the_other_direction_is_no_suspect():
    faster = frame(10, 7, begin=INCIDENT_BEGIN, faults={"site": 0.3, "shop": -0.05})
    assert [cause.component for cause in rank(faster)] == ["site"]


def test_two_that_are_as_likely_are_no_clear_cause():
    def of(rows, begin, slow):
        columns = {"time": begin.timestamp() + 300 * np.arange(rows)}
        late = slow * (np.arange(rows) >= 4)
        wave = np.sin(np.arange(rows))
        for name, added in (("site", 2 * late), ("a", late), ("b", late)):
            columns[name, "latency"] = 0.1 + 0.003 * wave + added
        return columns

    found = seamark.rank_causes(
        of(10, INCIDENT_BEGIN, 0.2),
        reference=of(400, BEGIN, 0.0),
        graph={"site": ["a", "b"]},
        noticed=("site", "latency"),
        at=AT,
    )
    assert not found.clear
    assert found.summary == "No clear cause: a, b are as likely as any."
    assert {cause.component for cause in found.causes[:2]} == {"a", "b"}


def test_a_load_balancer_by_its_name_does_not_hide_what_is_behind_it():
    calls = {"site": ["shop_remote", "shop"]}
    slow = frame(10, 8, begin=INCIDENT_BEGIN, faults={"shop": 0.2, "site": 0.1})
    slow["shop_remote", "latency"] = slow["shop", "latency"] * 1.01
    usual = NORMAL.copy()
    usual["shop_remote", "latency"] = NORMAL["shop", "latency"] * 1.01
    found = rank(slow, reference=usual, graph=calls)
    assert found.causes[0].component == "shop"
    view = next(cause for cause in found if cause.component == "shop_remote")
    assert "By its name it only passes calls on to another component." in view.counter_evidence


def test_the_answer_has_no_time_of_its_own_and_no_state():
    assert rank() == rank()
    assert rank(SLOW_DATABASE.sample(frac=1, random_state=3)).to_dict() == rank().to_dict()
