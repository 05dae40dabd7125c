"""When thresholds are learned, and what happens where they cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.simulation.served_model import NAME, PROJECT, ServedModel

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.stored import from_bytes, to_bytes
from seamark.pipeline.calibrating import Calibrator, wish_of
from seamark.pipeline.windows import RecentWindows
from seamark.profile.bins import BinSets
from seamark.records.blocks import SlowStep
from seamark.records.model import Model, Task
from seamark.records.options import ModelOptions

HOURLY = ModelOptions(window_seconds=3600)


class Clumsy(Calibrator):
    """Fails as long as it is told to, and counts how often it was asked."""

    asked = 0
    fails = True

    def learn(self, model, options, span):
        type(self).asked += 1
        if self.fails:
            raise ArithmeticError("a number that is none")
        return super().learn(model, options, span)


def test_what_cannot_be_learned_is_tried_again_a_day_later_and_stops_nobody(caplog):
    served = ServedModel(80, rows_an_hour=60, columns=lambda rng, rows: {"feature.age": rng.normal(40, 10, rows)})
    served.configure(window_seconds=3600)
    served.run(7 * 24 + 6, tick_hours=29)
    served.pipeline.tick(served.now_us)
    calibrator = Clumsy(served.store, lambda _p, _m: HOURLY, BinSets(served.store.slow), RecentWindows(served.store))
    model = replace(served.model, window_us=HOUR_US, bin_set=served.model.bin_set)
    other_wish = replace(model, task=Task.MULTICLASS)  # so that another calibration is due
    served.store.slow.commit(SlowStep(served.store.slow.watermark(), models=(other_wish,)))
    assert [calibrator.calibrate(0) for _ in range(3)] == [None, None, None]
    assert Clumsy.asked == 1
    assert "cannot be learned" in caplog.text
    later = replace(other_wish, evaluated_through_us=other_wish.evaluated_through_us + DAY_US)
    served.store.slow.commit(SlowStep(served.store.slow.watermark(), models=(later,)))
    Clumsy.fails = False
    assert calibrator.calibrate(0).calibrations[0].through_us == later.evaluated_through_us
    assert Clumsy.asked == 2


@pytest.mark.parametrize("payload", ["of other series", "of another version"])
def test_what_another_program_stored_and_this_one_cannot_use_is_learned_anew_at_once(payload):
    """As after an upgrade that watches more, or writes thresholds in another form."""
    served = ServedModel(82, rows_an_hour=60, columns=lambda rng, rows: {"feature.age": rng.normal(40, 10, rows)})
    served.configure(window_seconds=3600)
    served.run(7 * 24 + 2, tick_hours=17)
    served.pipeline.tick(served.now_us)
    before = served.store.slow.calibration(PROJECT, NAME)
    calibration, names, watched = from_bytes(before.payload)
    other = to_bytes(calibration, ["another", *names[1:]], watched) if payload == "of other series" else b"SMC?"
    served.store.slow.commit(SlowStep(served.store.slow.watermark(), calibrations=(replace(before, payload=other),)))
    served.restart()
    served.pipeline.tick(served.now_us)
    after = served.store.slow.calibration(PROJECT, NAME)
    assert after.id > before.id
    assert from_bytes(after.payload)[1] == names
    served.restart()
    served.pipeline.tick(served.now_us)
    assert served.store.slow.calibration(PROJECT, NAME) == after


@pytest.mark.parametrize(
    "words",
    [
        {"baseline": "static"},
        {"baselines": {"age": "static"}},
        {"budget": 5.0},
        {"importance": {"age": 2.0}},
        {"time_zone": "Europe/Paris"},
        {"holidays": ("FR",)},
        {"smallest_effect": 0.1},
        {"thresholds": {"age": "psi > 0.2"}},
        {"min_rows": 80},
    ],
)
def test_other_words_of_the_owner_are_another_wish(words):
    known = Model("shop", "fraud", 0, window_us=HOUR_US)
    assert wish_of(known, HOURLY, 0) != wish_of(known, replace(HOURLY, **words), 0)
    assert wish_of(known, HOURLY, 0) == wish_of(known, replace(HOURLY), 0)
    assert wish_of(known, HOURLY, 1) != wish_of(known, HOURLY, 0)
