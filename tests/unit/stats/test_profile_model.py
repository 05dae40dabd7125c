"""A profile that is added to, taken from, split, stored and read is always a recount of its rows."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.counter import Counter
from seamark.stats.joint import joint_projections
from seamark.stats.profile import Profile

RANDOM = np.random.default_rng(0)
BIN_SET = BinSet(
    (
        numeric_signal("feature.a", "feature", RANDOM.standard_cauchy(2000)),
        categorical_signal("feature.b", "feature", categorical_bins(["x", "y", "z"], [3, 2, 1])),
        numeric_signal("joint.00", "joint", RANDOM.normal(size=2000)),
        numeric_signal("joint.01", "joint", RANDOM.normal(size=2000)),
    ),
    joint_projections([0, 1], [np.full(22, 100), np.array([3, 2, 1, 0, 0])]),
)
NUMBERS = st.one_of(st.floats(width=64), st.floats(-5, 5), st.just(float("nan")))
ROWS = st.lists(st.tuples(NUMBERS, st.integers(0, 5), st.booleans()), max_size=20)


def recount(rows):
    """One row at a time, in the order given: the slowest way there is."""
    profile = Profile.empty(BIN_SET)
    for value, category, mistyped in rows:
        counter = Counter(BIN_SET)
        counter.add_rows(1)
        wrong = np.array([mistyped and bool(np.isnan(value))])
        first = counter.add_numeric(0, np.array([value]), mistyped=wrong)
        second = counter.add_categories(1, np.array([category], dtype=np.uint8))
        counter.add_joint([first, second])
        profile = profile + counter.profile()
    return profile


def count(rows):
    """All rows at once."""
    values, categories, mistyped = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    values = np.asarray(values, dtype=np.float64)
    counter = Counter(BIN_SET)
    counter.add_rows(len(rows))
    first = counter.add_numeric(0, values, mistyped=np.asarray(mistyped, dtype=np.bool_) & np.isnan(values))
    second = counter.add_categories(1, np.asarray(categories, dtype=np.uint8))
    counter.add_joint([first, second])
    return counter.profile()


class Recounted(RuleBasedStateMachine):
    """Pairs of a profile and the rows it stands for."""

    kept = Bundle("kept")

    @rule(target=kept, rows=ROWS)
    def counted(self, rows):
        return count(rows), rows

    @rule(target=kept, one=kept, other=kept)
    def added(self, one, other):
        return one[0] + other[0], [*one[1], *other[1]]

    @rule(target=kept, one=kept, other=kept)
    def added_and_taken_back(self, one, other):
        return (one[0] + other[0]) - other[0], one[1]

    @rule(target=kept, one=kept)
    def stored_and_read(self, one):
        return Profile.from_bytes(one[0].to_bytes(), BIN_SET), one[1]

    @rule(target=kept, one=kept, cut=st.integers(0, 20))
    def counted_in_two_parts_backwards(self, one, cut):
        rows = one[1]
        return count(rows[cut:]) + count(rows[:cut]), rows

    @rule(one=kept)
    def is_a_recount(self, one):
        profile, rows = one
        slow = recount(rows)
        assert profile.totals.tolist() == slow.totals.tolist()
        for kept, true in ((profile.minimum, slow.minimum), (profile.maximum, slow.maximum)):
            known = ~np.isnan(kept)
            np.testing.assert_array_equal(kept[known], true[known])


Recounted.TestCase.settings = settings(max_examples=40, stateful_step_count=12, deadline=None, derandomize=True)
test_profiles_are_recounts_of_their_rows = Recounted.TestCase
