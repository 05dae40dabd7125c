"""Behind a monitor of several series stand all of them, and the one that moved furthest comes first."""

import numpy as np
import pyarrow as pa
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel

from seamark.clock import HOUR_US
from seamark.query.distribution import distribution
from seamark.records.window import Window


def vectors(rng, rows):
    return {
        "feature.v": pa.array(list(rng.normal(size=(rows, 4)))),
        "feature.age": rng.normal(40, 9, rows),
        "feature.visits": rng.poisson(4, rows).astype(float),
    }


def asked(served, signal):
    window = Window(START_US, START_US + HOUR_US)
    return distribution(served.store, PROJECT, NAME, signal, window, now_us=served.now_us)


def test_a_group_shows_the_series_that_moved_furthest_and_lists_all():
    longer = (
        0,
        lambda _rng, columns: {
            **columns,
            "feature.v": pa.array(list(3 * np.stack(columns["feature.v"].to_numpy(zero_copy_only=False)))),
        },
    )
    served = ServedModel(1, columns=vectors, reference_rows=2_000, faults=[longer])
    served.run(1)
    shown = asked(served, "feature.v")
    group = dict(zip(shown["group"]["signal"], shown["group"]["value"], strict=True))
    assert list(group)[:3] == ["feature.v/norm", "feature.v/distance", "feature.v/projection.00"]
    assert shown["group"]["label"][2] == "projection 00"
    assert group[shown["signal"]] == max(group.values()) > 0.3
    assert asked(served, "feature.v/projection.03")["signal"] == "feature.v/projection.03"
    assert asked(served, "feature.v/projection.03")["group"] == shown["group"]


def test_the_joint_shift_is_a_group_and_a_feature_alone_is_none():
    served = ServedModel(2, columns=vectors, reference_rows=2_000)
    served.run(1)
    assert asked(served, "joint")["signal"].startswith("joint.")
    assert asked(served, "feature.age")["group"] == {"signal": [], "label": [], "value": []}
