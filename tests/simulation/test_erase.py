"""What is erased is gone, and all that is counted equals a recount of what is left."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.recount import EVER, assert_counted, stored
from tests.simulation.test_outcomes import BACKENDS, IDS, NOW_US, World, prediction_table
from tests.unit.profile.traffic import entry

from seamark.cli import main
from seamark.clock import HOUR_US
from seamark.errors import Conflict
from seamark.profile.bins import BinSets
from seamark.profile.counting import count_by_hour
from seamark.profile.erase import Eraser
from seamark.profile.graded import Gradings
from seamark.profile.joining import join_tables
from seamark.profile.matching import Matcher
from seamark.profile.segments import Segments
from seamark.records.blocks import SlowStep
from seamark.records.model import StoredBinSet
from seamark.stats.profile import Profile

OWNER = ("default", "fraud")


def batch(hour, seed, version="1", ids=IDS):
    return {"ids": list(ids), "hour": hour, "version": version, "seed": seed}


@pytest.fixture(params=BACKENDS)
def world(request):
    """Predictions of two versions in three hours, with outcomes, corrections and segments."""
    world = World(request.param)
    world.do("reference", None)
    for hour, seed, version in ((0, 0, "1"), (1, 2, "2"), (25, 3, "1")):
        world.do("predictions", batch(hour, seed, version))
        world.do("tick", None)
    world.do(
        "outcomes", [(id, 30, float(number % 2), 3.0) for number, id in enumerate(IDS)] + [("nobody", 3, 1.0, None)]
    )
    world.do("outcomes", [(IDS[0], 31, 1.0, 2.0), (IDS[1], 31, 0.0, 2.0)])
    world.do("tick", None)
    yield world
    world.end()


def erase(world, ids):
    slow = world.store.slow
    eraser = Eraser(world.store, BinSets(slow), Matcher(world.store, Gradings(slow)))
    step, erased = eraser.erase(slow.model(*OWNER), world.options, ids)
    slow.commit(step)
    world.begin()
    return erased


def assert_profiles_equal_a_recount(world):
    model = world.store.slow.model(*OWNER)
    bin_set = BinSets(world.store.slow).get(*OWNER, model.bin_set)
    rows = join_tables(list(world.store.rows.scan(world.store.rows.files("predictions", *OWNER))))
    assert model.rows == rows.num_rows
    expected = count_by_hour(rows, bin_set, Segments(world.options.segments, model.segments))
    for segment in ("", *model.segments):
        for block in world.store.slow.profiles(*OWNER, model.bin_set, EVER, segment=segment):
            recount = expected.pop((segment, block.key.version, block.key.hour_us), Profile.empty(bin_set))
            assert np.array_equal(Profile.from_bytes(block.payload, bin_set).totals, recount.totals)
            assert block.rows == recount.rows
    assert expected == {}


@pytest.mark.parametrize("ids", [IDS[:1], IDS[2:5], [*IDS[:2], "nobody"], IDS], ids=len)
def test_what_is_left_is_counted_as_if_the_others_had_never_come(world, ids):
    assert assert_counted(world.store) > 0
    erased = erase(world, ids)
    assert erased["predictions"] == 3 * len(set(ids) & set(IDS))
    for kind in ("predictions", "outcomes"):
        assert not set(ids) & {row["id"] for row in stored(world.store, kind, *OWNER)}
    assert_counted(world.store)
    if set(ids) != set(IDS):
        assert_profiles_equal_a_recount(world)
    assert world.store.check() == []


def test_its_windows_are_judged_again(world):
    before = Counter(hour for _, _, hour in world.store.slow.dirty())
    erase(world, IDS[:1])
    hours = {hour for _, _, hour in world.store.slow.dirty()} - before.keys()
    assert len(hours) + len(before) == 3
    assert all(hour % HOUR_US == 0 for hour in hours)


def test_life_goes_on_with_what_is_left(world):
    """Outcomes and predictions that come later are joined and counted as ever, also of the erased id."""
    erase(world, IDS[:3])
    world.do("outcomes", [(IDS[0], 40, 1.0, 2.0), (IDS[5], 40, 0.0, 2.0)])
    world.do("predictions", batch(26, 0, "2"))
    world.do("tick", None)
    assert_counted(world.store)
    assert_profiles_equal_a_recount(world)


def test_an_id_that_nobody_has_changes_nothing(world):
    before = (world.store.slow.models(), world.store.rows.files("predictions", *OWNER))
    assert erase(world, ["somebody else"]) == {"predictions": 0, "outcomes": 0, "reference": 0}
    assert (world.store.slow.models(), world.store.rows.files("predictions", *OWNER)) == before


def test_while_rows_are_counted_anew_it_is_refused(world):
    made = StoredBinSet(world.store.slow.next_id(), *OWNER, NOW_US, False, 0, b"")
    world.store.slow.commit(SlowStep(world.store.slow.watermark(), bin_sets=(made,)))
    with pytest.raises(Conflict, match="counted anew"):
        erase(world, IDS[:1])


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_the_command_leaves_no_byte_of_it(world, tmp_path, capsys):
    sought, other = "somebody-who-wants-to-be-forgotten", "somebody-who-wants-to-stay"
    table = prediction_table(batch(3, 0, ids=IDS[:2]))
    world.store.log.append([entry(table.set_column(0, "id", pa.array([sought, other])))])
    (tmp_path / "ids").write_text(f"{sought}\n")
    world.do("outcomes", [(sought, 50, 1.0, None)])  # waits in the log
    world.store.close()
    (tmp_path / "seamark.toml").write_text('[models.fraud]\nsegments = ["country"]\nretired = true\n')
    place = ["--config", str(tmp_path / "seamark.toml"), "--data", str(world.folder)]
    assert main(["erase", "fraud", str(tmp_path / "ids"), *place]) == 0
    assert "1 row of predictions, 1 row of outcomes" in capsys.readouterr().out
    content = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert sought.encode() not in content
    assert other.encode() in content
    assert main(["erase", "nobody", str(tmp_path / "ids"), *place]) == 2
    (tmp_path / "ids").write_text("\n")
    assert main(["erase", "fraud", str(tmp_path / "ids"), *place]) == 2
    assert main(["erase", "fraud", str(tmp_path / "none"), *place]) == 2
    world.store = BACKENDS["local"].open(world.folder)
