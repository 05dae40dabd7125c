from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.minutes import gather, merge

heard = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(-50, 50)), max_size=60)


def gathered(samples):
    series, minute, values = (np.array([s[at] for s in samples], dtype=t) for at, t in enumerate((int, int, float)))
    return gather(series, minute, values)


def listed(found):
    names = ("series", "minute", "total", "count", "least", "most")
    return list(zip(*(getattr(found, name).tolist() for name in names), strict=True))


@given(heard)
def test_every_minute_of_a_series_is_one_entry(samples):
    by_minute = defaultdict(list)
    for series, minute, value in samples:
        by_minute[series, minute].append(value)
    expected = [(*key, sum(v), len(v), min(v), max(v)) for key, v in sorted(by_minute.items())]
    assert listed(gathered(samples)) == expected


@given(heard, heard)
def test_merging_is_gathering_all_at_once(one, other):
    assert listed(merge([gathered(one), gathered(other)])) == listed(gathered(one + other))
