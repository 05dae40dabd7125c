"""The statistics alone, day by day, on the real model of the demo, whose truth is known."""

from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.counter import Counter, Groups
from seamark.stats.distance import distances
from seamark.stats.hashing import hash_texts
from seamark.stats.onset import estimate_onset, joint_onset
from seamark.stats.profile import Profile
from seamark.stats.sample import sample_of, samples_of
from seamark.stats.verdict import benjamini_hochberg, drifted

NUMERIC = ("car_value", "debt_to_income_ratio", "loan_length", "driver_tenure", "y_pred_proba")
CATEGORICAL = ("salary_range", "repaid_loan_on_prev_car", "size_of_downpayment")
SHIFTED = ("car_value", "loan_length", "salary_range", "repaid_loan_on_prev_car")
STEADY = ("debt_to_income_ratio", "driver_tenure", "size_of_downpayment")
HOUR_US = 3_600_000_000
BEGAN = 3651  # 2019-03-31 03:00


def read(name):
    return pq.read_table(files("seamark.demo") / "data" / f"{name}.parquet")


def texts_of(table, name):
    column = table[name].cast(pa.string())
    return column.fill_null("").to_pylist(), np.asarray(column.is_null())


def signals_of(reference):
    numeric = [numeric_signal(name, "feature", reference[name].to_numpy().astype(float)) for name in NUMERIC]
    categorical = []
    for name in CATEGORICAL:
        counted = reference[name].cast(pa.string()).drop_null().value_counts()
        texts, counts = counted.field("values").to_pylist(), counted.field("counts").to_numpy()
        categorical.append(categorical_signal(name, "feature", categorical_bins(texts, counts)))
    return BinSet((*numeric, *categorical))


def count(table, bin_set, group=None, groups=1):
    counter = Counter(bin_set, None if group is None else Groups.of(group, groups))
    counter.add_rows(table.num_rows)
    for at, signal in enumerate(bin_set.signals):
        if signal.name in NUMERIC:
            counter.add_numeric(at, table[signal.name].to_numpy().astype(float))
        else:
            texts, missing = texts_of(table, signal.name)
            index = signal.bins.index_hashes(hash_texts(texts))
            index[missing] = signal.bins.count
            counter.add_categories(at, index)
    return counter.profiles()


@pytest.fixture(scope="module")
def story():
    """(bin set, baseline, one profile per hour)."""
    reference, analysis = read("reference"), read("analysis")
    bin_set = signals_of(reference)
    micros = pc.cast(pc.cast(analysis["timestamp"], pa.timestamp("us")), pa.int64()).to_numpy()
    midnight = micros.min() // (24 * HOUR_US) * 24 * HOUR_US
    hours = (micros - midnight) // HOUR_US
    return bin_set, count(reference, bin_set)[0], count(analysis, bin_set, hours, int(hours.max()) + 1)


@pytest.fixture(scope="module")
def days(story):
    """bool[D, S]: the one-shot verdict of each whole day on each signal."""
    bin_set, baseline, hourly = story
    daily = [Profile.total(hourly[at : at + 24]) for at in range(0, len(hourly) - 23, 24)]
    size = len(bin_set.signals)
    sample = samples_of(daily)
    base = sample_of(baseline).select(np.tile(np.arange(size), len(daily)))
    result = distances()["jensen_shannon"].evaluate(sample, base)
    adjusted = np.stack([benjamini_hochberg(p) for p in result.p.reshape(-1, size)])
    return drifted(adjusted, result.debiased.reshape(-1, size), 0.05)


def two_of_three(verdicts):
    """bool[D]: at least two of this day and the two before."""
    padded = np.concatenate([[False, False], verdicts])
    return padded[2:].astype(int) + padded[1:-1] + padded[:-2] >= 2


def column(days, story, name):
    return two_of_three(days[:, story[0].position(name)])


@pytest.mark.parametrize("name", SHIFTED)
def test_what_shifted_alarms_within_two_days_and_stays(days, story, name):
    alarms = column(days, story, name)
    assert not alarms[: BEGAN // 24].any()
    assert alarms[BEGAN // 24 + 2 :].mean() > 0.97
    assert alarms[BEGAN // 24 : BEGAN // 24 + 2].any()


def test_the_score_shifts_too(days, story):
    alarms = column(days, story, "y_pred_proba")
    assert not alarms[: BEGAN // 24].any()
    assert alarms[BEGAN // 24 :][:6].any()


@pytest.mark.parametrize("name", STEADY)
def test_what_did_not_shift_never_alarms(days, story, name):
    assert not column(days, story, name).any()


@pytest.mark.parametrize("name", SHIFTED)
def test_the_hour_it_began_is_found_to_within_half_a_day(story, name):
    bin_set, baseline, hourly = story
    at = bin_set.position(name)
    first, last = BEGAN // 24 * 24 - 5 * 24, BEGAN // 24 * 24 + 3 * 24
    counts = np.stack([profile.counts_of(at) for profile in hourly[first:last]])
    shares = baseline.counts_of(at) / baseline.counts_of(at).sum()
    assert abs(first + estimate_onset(counts, shares, slice(-72, None)) - BEGAN) <= 12


def test_together_they_date_it_to_within_an_hour(story):
    bin_set, baseline, hourly = story
    first, last = BEGAN // 24 * 24 - 5 * 24, BEGAN // 24 * 24 + 3 * 24
    series = []
    for name in SHIFTED:
        at = bin_set.position(name)
        shares = baseline.counts_of(at) / baseline.counts_of(at).sum()
        series.append((np.stack([profile.counts_of(at) for profile in hourly[first:last]]), shares))
    assert abs(first + joint_onset(series, slice(-72, None)) - BEGAN) <= 1


def test_the_sum_of_the_hours_is_the_whole(story):
    bin_set, _, hourly = story
    whole = count(read("analysis"), bin_set)[0]
    assert Profile.total(hourly).to_bytes() == whole.to_bytes()
