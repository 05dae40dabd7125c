"""The laws of `seamark.store.protocol`, for every backend that is found."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pytest
from tests.conformance.stored import (
    ALERT,
    CHANGE,
    DELIVERY,
    EVER,
    INCIDENT,
    MODEL,
    NOW_US,
    TODAY,
    block,
    commit,
    entry,
    evaluation,
    fast_commit,
    hours,
    ipc,
    listed,
    numbered,
    rows,
    seen,
)

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import Conflict, Corrupt, InvalidInput, NotFound, Unavailable
from seamark.plugins import discover
from seamark.records.alert import AlertState
from seamark.records.answer import Answer, AnswerKind
from seamark.records.blocks import RowFile, SlowStep
from seamark.records.delivery import DeliveryState, FastStep, PostStep, Thread
from seamark.records.incident import IncidentState
from seamark.records.log import EntryKind, SetAside
from seamark.records.model import (
    AttributionSource,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
)
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement, Silence, parse_matcher
from seamark.records.token import StoredToken
from seamark.records.window import Window
from seamark.store.protocol import FACTS, SCAN_ROWS

BACKENDS = discover("seamark.store.backends", "BACKEND")
AWKWARD_NAMES = [
    "",
    ".",
    "..",
    "../../etc",
    "a/b",
    "a\\b",
    "née 模型",
    "x" * 300,
    "%",
    "a\x00b",
    "Model",
    "model",
    " ",
    "a:b*?",
]


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    opened = BACKENDS[request.param].open(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture(params=[name for name, backend in BACKENDS.items() if backend.durable])
def durable(request, tmp_path):
    return lambda: BACKENDS[request.param].open(tmp_path / "store")


# --- log ---------------------------------------------------------------------------------------


def test_the_log_keeps_entries_in_the_order_they_came(store):
    first, second, third = entry(b"1"), entry(b"2", kind=EntryKind.OUTCOMES), entry(b"3", kind=EntryKind.CHANGE)
    assert store.log.append([first, second]) == [1, 2]
    assert store.log.append([third]) == [3]
    assert [(each.seq, each.entry) for each in store.log.read(0, 100)] == [(1, first), (2, second), (3, third)]
    assert [each.seq for each in store.log.read(2, 100)] == [3]
    assert store.log.last_seq() == 3


def test_a_reading_is_bounded_by_bytes_as_by_rows(store, monkeypatch):
    for module in ("seamark.store.local.log", "seamark.store.memory.log"):
        monkeypatch.setattr(f"{module}.READ_BYTES", 100)
    store.log.append([entry(b"x" * 60), entry(b"y" * 60), entry(b"z" * 500)])
    assert [logged.seq for logged in store.log.read(0, 10_000)] == [1]
    assert [logged.seq for logged in store.log.read(2, 10_000)] == [3], "one entry is always read"


def test_an_empty_log_says_so(store):
    assert store.log.last_seq() == 0
    assert store.log.read(0, 100) == []
    assert store.log.pending() == (0, 0)
    assert store.log.append([]) == []


def test_an_idempotency_key_is_stored_once(store):
    assert store.log.append([entry(b"1", key="k"), entry(b"2", key="k"), entry(b"3")]) == [1, 1, 2]
    assert store.log.append([entry(b"4", key="k")]) == [1]
    assert [each.entry.payload for each in store.log.read(0, 100)] == [b"1", b"3"]


def test_an_idempotency_key_belongs_to_its_project(store):
    assert store.log.append([entry(key="k"), entry(key="k", project="other")]) == [1, 2]


def test_an_idempotency_key_is_remembered_for_a_day(store):
    store.log.append([entry(key="k")])
    assert store.log.append([entry(key="k", received_us=NOW_US + DAY_US - 1)]) == [1]
    assert store.log.append([entry(key="k", received_us=NOW_US + DAY_US)]) == [2]
    assert store.log.append([entry(key="k", received_us=NOW_US + DAY_US + 1)]) == [2]


def test_an_idempotency_key_outlives_the_entry_it_came_with(store):
    store.log.append([entry(key="k")])
    store.slow.commit(SlowStep(1))
    assert store.log.read(0, 100) == []
    assert store.log.append([entry(key="k")]) == [1]


def test_reading_the_log_is_bounded_by_rows_yet_never_empty(store):
    store.log.append([entry(rows=5), entry(rows=5), entry(rows=50), entry(rows=0), entry(rows=0)])
    assert [each.seq for each in store.log.read(0, 10)] == [1, 2]
    assert [each.seq for each in store.log.read(0, 11)] == [1, 2]
    assert [each.seq for each in store.log.read(2, 10)] == [3]
    assert [each.seq for each in store.log.read(3, 1)] == [4], "an entry without rows counts as one"


def test_what_the_slow_lane_has_passed_is_forgotten_but_not_what_people_did(store):
    kinds = [EntryKind.PREDICTIONS, EntryKind.CHANGE, EntryKind.OUTCOMES, EntryKind.ACTION, EntryKind.REFERENCE]
    store.log.append([entry(kind=kind) for kind in [*kinds, EntryKind.ATTRIBUTIONS, EntryKind.PREDICTIONS]])
    store.slow.commit(SlowStep(6))
    assert [each.seq for each in store.log.read(0, 100)] == [2, 4, 7]
    assert store.log.pending() == (1, 3)
    assert store.log.append([entry()]) == [8], "a seq is never given twice"


def test_the_seq_goes_on_after_everything_was_forgotten(store):
    store.log.append([entry()])
    store.slow.commit(SlowStep(1))
    assert store.log.last_seq() == 1
    assert store.log.append([entry()]) == [2]


# --- row files ---------------------------------------------------------------------------------


def test_rows_come_back_as_they_were_written(store):
    table = rows(
        NOW_US,
        NOW_US + 1,
        NOW_US + 2,
        **{
            "feature.amount": pa.array([1.5, None, float("inf")]),
            "feature.country": pa.array(["FR", "née", None]),
            "prediction": pa.array([True, None, False]),
        },
    )
    assert seen(store.rows.scan(listed(store, table))) == table.to_pylist()


def test_each_utc_day_gets_a_file_of_its_own(store):
    midnight = TODAY.end_us
    files = listed(store, rows(midnight, midnight - 1, midnight + 5, midnight - 7), last_seq=0)
    assert [(file.first_time_us, file.last_time_us, file.rows) for file in files] == [
        (midnight - 7, midnight - 1, 2),
        (midnight, midnight + 5, 2),
    ]
    assert [row["id"] for row in seen(store.rows.scan(files))] == ["r1", "r3", "r0", "r2"], "order within a day is kept"


def test_no_rows_make_no_file(store):
    assert store.rows.write("predictions", "shop", "fraud", rows(), 0) == []


@pytest.mark.parametrize(
    "times",
    [
        pa.array([1, 2], pa.int64()),
        pa.array([1, None], pa.timestamp("us", "UTC")),
        pa.array([1, 2], pa.timestamp("ms", "UTC")),
    ],
    ids=["integers", "null", "milliseconds"],
)
def test_rows_without_a_readable_time_are_refused(store, times):
    with pytest.raises(InvalidInput, match="'time'"):
        store.rows.write("predictions", "shop", "fraud", pa.table({"time": times}), 0)


def test_rows_without_a_time_column_are_refused(store):
    with pytest.raises(InvalidInput, match="this table has id"):
        store.rows.write("predictions", "shop", "fraud", pa.table({"id": ["a"]}), 0)


def test_a_file_is_unlisted_until_a_step_names_it(store):
    [file] = store.rows.write("predictions", "shop", "fraud", rows(NOW_US), 0)
    assert store.rows.files("predictions", "shop", "fraud") == []
    commit(store, new_files=(file,))
    [found] = store.rows.files("predictions", "shop", "fraud")
    assert found == replace(file, id=found.id)
    assert found.id > 0


def test_a_file_that_was_never_written_cannot_be_listed(store):
    ghost = RowFile(0, "predictions", "shop", "fraud", "rows/ghost.parquet", 1, 1, NOW_US, NOW_US, 0)
    with pytest.raises(Conflict, match="ghost"):
        commit(store, new_files=(ghost,))


def test_files_are_found_by_the_time_they_hold(store):
    for day in (2, 0, 1):
        listed(store, rows(TODAY.start_us + day * DAY_US, TODAY.start_us + day * DAY_US + 10))

    def days(window):
        found = store.rows.files("predictions", "shop", "fraud", window)
        return [(file.first_time_us - TODAY.start_us) // DAY_US for file in found]

    assert days(None) == [0, 1, 2]
    assert days(TODAY) == [0]
    assert days(Window(TODAY.start_us + 10, TODAY.start_us + DAY_US)) == [0], "the last time is inside"
    assert days(Window(TODAY.start_us + 11, TODAY.start_us + DAY_US)) == []
    assert days(Window(TODAY.start_us + 5, TODAY.start_us + DAY_US + 1)) == [0, 1]


def test_a_scan_keeps_to_its_window_and_columns(store):
    table = rows(*(NOW_US + step for step in range(10)), x=pa.array(range(10)), y=pa.array(range(10, 20)))
    files = listed(store, table)
    window = Window(NOW_US + 3, NOW_US + 6)
    assert seen(store.rows.scan(files, ["y", "x"], window)) == [{"y": 13, "x": 3}, {"y": 14, "x": 4}, {"y": 15, "x": 5}]
    assert seen(store.rows.scan(files, ["x"], Window(0, NOW_US))) == []
    assert [table.column_names for table in store.rows.scan(files, ["y", "time", "x"])] == [["y", "time", "x"]]


def test_a_column_that_a_file_lacks_is_absent_from_its_tables(store):
    listed(store, rows(NOW_US, a=pa.array([1])))
    files = listed(store, rows(NOW_US + 1, b=pa.array(["text"])))
    assert seen(store.rows.scan(files, ["a", "b", "c"])) == [{"a": 1}, {"b": "text"}]
    assert [table.num_rows for table in store.rows.scan(files, ["c"])] == [1, 1], "the rows are there all the same"
    assert [table.num_rows for table in store.rows.scan(files, ["c"], Window(NOW_US, NOW_US + 1))] == [1]


def test_a_scan_is_bounded_however_large_the_file(store):
    count = 300_000
    table = rows(*range(TODAY.start_us, TODAY.start_us + count))
    sizes = [table.num_rows for table in store.rows.scan(listed(store, table), ["id"])]
    assert sum(sizes) == count
    assert max(sizes) <= SCAN_ROWS


def test_a_window_finds_its_rows_in_a_file_of_many_row_groups(store):
    count = 300_000
    files = listed(store, rows(*range(TODAY.start_us, TODAY.start_us + count)))
    window = Window(TODAY.start_us + 140_000, TODAY.start_us + 140_003)
    assert [row["id"] for row in seen(store.rows.scan(files, ["id"], window))] == ["r140000", "r140001", "r140002"]


@pytest.mark.parametrize("name", AWKWARD_NAMES, ids=repr)
def test_any_name_will_do(store, name):
    for project, model in ((name, "fraud"), ("shop", name)):
        [file] = listed(store, rows(NOW_US), project=project, model=model)
        assert (file.project, file.model) == (project, model)
        assert len(seen(store.rows.scan([file]))) == 1
    commit(store, models=(replace(MODEL, name=name, versions=(name,)),), dirty=(("shop", name, 0),))
    assert store.slow.model("shop", name).versions == (name,)
    assert store.slow.dirty() == [("shop", name, 0)]


def test_dropped_files_are_gone_after_the_commit(store):
    [file] = listed(store, rows(NOW_US))
    commit(store, dropped_files=(file.id,))
    assert store.rows.files("predictions", "shop", "fraud") == []
    with pytest.raises(Unavailable, match="dropped"):
        seen(store.rows.scan([file]))
    assert store.facts()["row_files"] == 0


def test_a_file_that_is_not_listed_cannot_be_dropped(store):
    [file] = listed(store, rows(NOW_US))
    with pytest.raises(Conflict, match=f"Row file {file.id + 1} is not listed"):
        commit(store, dropped_files=(file.id, file.id + 1))
    assert store.rows.files("predictions", "shop", "fraud") == [file], "a refused step changes nothing"


def test_a_file_number_is_never_given_twice(store):
    [first] = listed(store, rows(NOW_US))
    commit(store, dropped_files=(first.id,))
    [second] = listed(store, rows(NOW_US))
    assert second.id > first.id


def test_merging_files_changes_no_row(store):
    for step in range(5):
        extra = {"weight": pa.array([2.0])} if step % 2 else {}
        files = listed(store, rows(NOW_US + step, x=pa.array([step]), **extra))
    before = seen(store.rows.scan(files))
    merged = store.rows.compact(files)
    assert seen(store.rows.scan(files)) == before, "the old files stay until the commit"
    commit(store, new_files=tuple(merged), dropped_files=tuple(file.id for file in files))
    after = store.rows.files("predictions", "shop", "fraud")
    assert len(after) == 2, "one file for each set of columns: an absent weight is not a null weight"
    assert sorted(seen(store.rows.scan(after)), key=lambda row: row["time"]) == before
    assert sum(file.rows for file in after) == 5


def test_files_with_the_same_columns_say_so(store):
    plain, again = rows(NOW_US), rows(NOW_US + 1)
    others = [
        rows(NOW_US, x=pa.array([1])),
        rows(NOW_US, x=pa.array([1.0])),
        rows(NOW_US, y=pa.array([1])),
        plain.select(["time", "id"]),
    ]
    named = [file.schema for table in (plain, again, *others) for file in store.rows.write("p", "", "", table, 0)]
    assert named[0] == named[1] != ""
    assert len(set(named)) == 5


def test_a_merged_file_knows_what_it_holds(store):
    listed(store, rows(NOW_US + 7), last_seq=3)
    files = listed(store, rows(NOW_US, NOW_US + 2), last_seq=2)
    [merged] = store.rows.compact(files)
    assert (merged.kind, merged.project, merged.model) == ("predictions", "shop", "fraud")
    assert (merged.rows, merged.first_time_us, merged.last_time_us, merged.last_seq) == (3, NOW_US, NOW_US + 7, 3)
    assert merged.schema == files[0].schema


def test_files_of_different_days_cannot_be_merged(store):
    files = listed(store, rows(NOW_US, NOW_US + DAY_US))
    with pytest.raises(InvalidInput, match="cannot be merged"):
        store.rows.compact(files)
    with pytest.raises(InvalidInput, match="cannot be merged"):
        store.rows.compact([])


def test_a_payload_decodes_to_its_table(store):
    table = rows(NOW_US, x=pa.array([1.0]))
    assert store.rows.decode(ipc(table)).equals(table)


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: b"nonsense", lambda raw: raw[: len(raw) // 2]])
def test_a_payload_that_is_no_arrow_stream_is_corrupt(store, damage):
    with pytest.raises(Corrupt, match="Arrow"):
        store.rows.decode(damage(ipc(rows(NOW_US))))


# --- slow lane ---------------------------------------------------------------------------------


def test_the_watermark_only_moves_forward_over_what_was_logged(store):
    store.log.append([entry(), entry()])
    store.slow.commit(SlowStep(1))
    for seq in (0, 3):
        with pytest.raises(Conflict, match=f"cannot move to {seq}"):
            store.slow.commit(SlowStep(seq, models=(MODEL,)))
    assert store.slow.watermark() == 1
    assert store.slow.models() == [], "a refused step changes nothing"


def test_models_replace_each_other_by_name(store):
    other = replace(MODEL, project="bank", name="zeta")
    commit(store, models=(MODEL, other))
    commit(store, models=(replace(MODEL, rows=99),))
    assert store.slow.models() == [other, replace(MODEL, rows=99)]
    assert store.slow.models("shop") == [replace(MODEL, rows=99)]
    assert store.slow.model("bank", "zeta") == other
    assert store.slow.model("bank", "fraud") is None


def test_bin_sets_baselines_and_monitor_sets_replace_each_other_by_id(store):
    late = StoredBinSet(1, "shop", "fraud", NOW_US + 5, True, 3, b"late")
    early = StoredBinSet(2, "shop", "fraud", NOW_US, False, 0, b"early")
    baseline = StoredBaseline(3, "shop", "fraud", 1, "static", NOW_US, 100, "reference of 100 rows", b"profile")
    monitors = StoredMonitorSet(4, "shop", "fraud", b"[]")
    commit(store, bin_sets=(late, early), baselines=(baseline,), monitor_sets=(monitors,))
    assert store.slow.bin_sets("shop", "fraud") == [early, late]
    assert store.slow.baselines("shop", "fraud") == [baseline]
    assert store.slow.monitor_set(4) == monitors
    final = replace(late, provisional=False, payload=b"final")
    commit(store, bin_sets=(final,), baselines=(replace(baseline, rows=7),))
    assert store.slow.bin_sets("shop", "fraud") == [early, final]
    assert store.slow.baselines("shop", "fraud") == [replace(baseline, rows=7)]
    assert store.slow.bin_sets("shop", "other") == []
    assert store.slow.baselines("other", "fraud") == []
    assert store.slow.monitor_set(5) is None


def test_a_baseline_knows_the_period_of_its_rows_or_says_that_nobody_does(store):
    known = StoredBaseline(3, "shop", "fraud", 1, "static", NOW_US, 9, "", b"", NOW_US - 5, NOW_US)
    older = StoredBaseline(4, "shop", "fraud", 1, "static", NOW_US, 9, "", b"")
    commit(store, baselines=(known, older))
    assert store.slow.baselines("shop", "fraud") == [known, older]


def test_a_model_has_one_calibration_the_newest(store):
    first = StoredCalibration(7, "shop", "fraud", 1, NOW_US, NOW_US, 3600, "Seasonal.", "{}", b"thresholds")
    elsewhere = replace(first, id=8, model="churn", baseline="seasonal", budget=2.0, level=3.25)
    commit(store, calibrations=(first, elsewhere))
    assert store.slow.calibration("shop", "fraud") == first
    assert store.slow.calibration("shop", "fraud", payload=False) == replace(first, payload=b"")
    assert store.slow.calibration("shop", "other", payload=False) is None
    assert store.slow.calibration("shop", "other") is None
    newer = replace(first, id=9, created_us=NOW_US + 1, payload=b"others")
    commit(store, calibrations=(newer,))
    assert store.slow.calibration("shop", "fraud") == newer
    assert store.slow.calibration("shop", "churn") == elsewhere
    assert store.slow.next_id() > 9


def test_answers_are_kept_in_the_order_they_were_given(store):
    first = Answer(
        id="ans_1",
        project="shop",
        model="fraud",
        alert="alt_1",
        fingerprint="v1:1",
        kind=AnswerKind.EXPECTED,
        version="",
        segment="",
        monitor="feature.amount:jensen_shannon",
        signal="feature.amount",
        from_us=NOW_US,
        at_us=NOW_US + 2,
        by="ada",
        comment="Black Friday",
    )
    earlier = replace(first, id="ans_2", kind=AnswerKind.ACCEPT, at_us=NOW_US + 1)
    other = replace(first, id="ans_3", model="churn", at_us=NOW_US)
    commit(store, answers=(first, earlier, other))
    assert store.fast.answers("shop", "fraud") == [earlier, first]
    assert store.fast.answers("shop") == [other, earlier, first]
    assert store.fast.answers("bank") == []


def test_attributions_replace_those_of_their_bin_set_target_and_source(store):
    first = StoredAttribution(1, "shop", "fraud", "score", AttributionSource.REFERENCE, NOW_US, b"means")
    others = [
        replace(first, source=AttributionSource.UPLOADED, payload=b"shap"),
        replace(first, target="score.cat"),
        replace(first, bin_set=2),
    ]
    elsewhere = replace(first, model="churn")
    commit(store, attributions=(elsewhere, *reversed(others), first))
    assert store.slow.attributions("shop", "fraud") == [first, *others]
    assert store.slow.attributions("shop", "churn") == [elsewhere]
    newer = replace(others[0], created_us=NOW_US + 1, payload=b"better")
    commit(store, attributions=(newer,))
    assert store.slow.attributions("shop", "fraud") == [first, newer, *others[1:]]
    assert store.slow.attributions("shop", "other") == []


def test_every_id_is_another_one(store):
    given = [store.slow.next_id() for _ in range(3)]
    commit(store, bin_sets=(StoredBinSet(50, "shop", "fraud", NOW_US, False, 0, b""),))
    given += [store.slow.next_id(), store.slow.next_id()]
    assert len(set(given)) == 5
    assert min(given[3:]) > 50


def test_a_block_replaces_the_one_under_its_key(store):
    other, renewed = block(1, payload=b"other"), block(0, payload=b"new", rows=11)
    commit(store, blocks=(block(0, payload=b"old"), other))
    commit(store, blocks=(renewed,))
    assert store.slow.profiles("shop", "fraud", 1, TODAY) == [renewed, other]


def test_profiles_are_found_by_every_part_of_their_key(store):
    blocks = (
        block(0, version="2"),
        block(0, version="1"),
        block(1, version="10"),
        block(2),
        block(0, segment="country=FR"),
        block(0, bin_set=2),
        block(0, model="other"),
    )
    commit(store, blocks=blocks)

    def found(window=TODAY, **narrower):
        return store.slow.profiles("shop", "fraud", 1, window, **narrower)

    assert found() == [blocks[1], blocks[0], blocks[2], blocks[3]]
    assert found(hours(1, 2)) == [blocks[2]], "the hour that starts at the window's end is outside"
    assert found(version="1") == [blocks[1], blocks[3]]
    assert found(version="3") == []
    assert found(segment="country=FR") == [blocks[4]]
    assert store.slow.profiles("shop", "fraud", 2, TODAY) == [blocks[5]]
    assert store.slow.profiles("shop", "other", 1, TODAY) == [blocks[6]]


def test_traffic_adds_the_versions_of_all_traffic_in_the_active_bin_set(store):
    blocks = (
        block(0, rows=3),
        block(0, version="2", rows=4),
        block(2, rows=5),
        block(0, segment="country=FR", rows=2),
        block(0, bin_set=2, rows=100),
    )
    commit(store, blocks=blocks)
    assert store.slow.traffic("shop", "fraud", TODAY) == {}, "an unknown model has no traffic"
    commit(store, models=(replace(MODEL, bin_set=None),))
    assert store.slow.traffic("shop", "fraud", TODAY) == {}
    commit(store, models=(MODEL,))
    assert store.slow.traffic("shop", "fraud", TODAY) == {TODAY.start_us: 7, TODAY.start_us + 2 * HOUR_US: 5}
    assert store.slow.traffic("shop", "fraud", hours(0, 2)) == {TODAY.start_us: 7}


def test_an_hour_is_dirty_until_it_is_cleaned(store):
    first, second, other = ("shop", "fraud", 0), ("shop", "fraud", HOUR_US), ("bank", "zeta", 0)
    commit(store, dirty=(second, first, other))
    commit(store, dirty=(first,))
    assert store.slow.dirty() == [other, first, second]
    commit(store, dirty=(first, other), cleaned=(first,))
    assert store.slow.dirty() == [other, second], "a step that makes and evaluates an hour leaves it clean"


def test_an_evaluation_replaces_that_of_its_window_under_a_new_seq(store):
    commit(store, evaluations=(evaluation(hours(0, 1)), evaluation(hours(1, 2)), evaluation(hours(0, 1), version="2")))
    assert [each.seq for each in store.fast.new_evaluations(0, 10)] == [1, 2, 3]
    commit(store, evaluations=(evaluation(hours(0, 1), payload=b"revised", late=True),))
    revised = replace(evaluation(hours(0, 1), payload=b"revised", late=True), seq=4)
    assert store.slow.evaluations("shop", "fraud", TODAY) == [revised, replace(evaluation(hours(1, 2)), seq=2)]
    assert [each.seq for each in store.fast.new_evaluations(0, 10)] == [2, 3, 4]


def test_what_outcomes_say_of_a_window_stands_beside_what_its_predictions_said(store):
    said, came_true = evaluation(), evaluation(payload=b"came true", of_outcomes=True)
    commit(store, evaluations=(said, came_true))
    assert store.slow.evaluations("shop", "fraud", TODAY) == [replace(said, seq=1)]
    assert store.slow.evaluations("shop", "fraud", TODAY, of_outcomes=True) == [replace(came_true, seq=2)]
    assert store.fast.new_evaluations(0, 10) == [replace(said, seq=1), replace(came_true, seq=2)]
    commit(store, evaluations=(came_true,))
    assert [each.seq for each in store.fast.new_evaluations(0, 10)] == [1, 3]


def test_evaluations_are_found_by_overlap(store):
    spans = [hours(0, 6), hours(6, 7), hours(0, 24)]
    commit(store, evaluations=tuple(evaluation(window) for window in spans))
    assert [each.window for each in store.slow.evaluations("shop", "fraud", hours(6, 8))] == [hours(0, 24), hours(6, 7)]
    assert [each.window for each in store.slow.evaluations("shop", "fraud", hours(5, 6))] == [hours(0, 6), hours(0, 24)]
    assert store.slow.evaluations("shop", "fraud", TODAY, version="1") == []
    assert store.slow.evaluations("shop", "fraud", TODAY, segment="country=FR") == []


def test_new_evaluations_come_in_order_a_few_at_a_time(store):
    commit(store, evaluations=tuple(evaluation(hours(hour, hour + 1)) for hour in range(5)))
    assert [each.seq for each in store.fast.new_evaluations(1, 2)] == [2, 3]
    assert [each.seq for each in store.fast.new_evaluations(5, 2)] == []


def test_changes_are_found_by_time_and_model(store):
    everywhere = replace(CHANGE, id="chg_0", model=None)
    other = replace(CHANGE, id="chg_2", model="other", time_us=NOW_US - 1)
    commit(store, changes=(CHANGE, everywhere, other))
    assert store.fast.changes("shop", TODAY) == [other, everywhere, CHANGE]
    assert store.fast.changes("shop", TODAY, "fraud") == [everywhere, CHANGE]
    assert store.fast.changes("shop", Window(NOW_US + 1, EVER.end_us)) == []
    assert store.fast.changes("bank", TODAY) == []
    commit(store, changes=(replace(CHANGE, summary="corrected"),))
    assert store.fast.changes("shop", Window(NOW_US, NOW_US + 1), "fraud")[1].summary == "corrected"


# --- fast lane ---------------------------------------------------------------------------------


def test_alerts_replace_each_other_by_id_and_may_be_dropped(store):
    pending = numbered(ALERT, 2, state=AlertState.PENDING)
    resolved = numbered(ALERT, 3, state=AlertState.RESOLVED, project="bank")
    fast_commit(store, alerts=(resolved, pending, ALERT))
    assert store.fast.alerts() == [ALERT, pending, resolved]
    assert store.fast.alerts(live=True) == [ALERT, pending]
    assert store.fast.alerts("bank") == [resolved]
    assert store.fast.alerts("bank", live=True) == []
    calm = replace(ALERT, state=AlertState.RECOVERING, quiet_windows=1)
    fast_commit(store, alerts=(calm,), dropped_alerts=("alt_2", "alt_unknown"))
    assert store.fast.alerts() == [calm, resolved]


def test_an_incident_knows_its_members_and_a_condition_what_was_told_of_it(store):
    told = numbered(ALERT, 2, state=AlertState.RESOLVED)
    fast_commit(store, alerts=(ALERT, told), incidents=(replace(INCIDENT, alerts=(ALERT.id, "alt_gone")),))
    assert store.fast.members(store.fast.incidents()) == {ALERT.id: ALERT}
    assert store.fast.members([]) == {}
    assert store.fast.alert(ALERT.id) == ALERT
    assert store.fast.alert("alt_none") is None
    assert store.fast.told_through(told.fingerprint) == told.evidence.end_us
    assert store.fast.told_through("v1:another") is None
    assert store.fast.alerts(model="nobody") == []


def test_incidents_are_found_by_model_state_and_evidence(store):
    newer = numbered(INCIDENT, 2, opened_us=NOW_US + 1, state=IncidentState.RESOLVED, evidence=Window(0, 10))
    other = numbered(INCIDENT, 3, project="bank", model="zeta")
    fast_commit(store, incidents=(INCIDENT, newer, other))
    assert store.fast.incidents() == [newer, other, INCIDENT]
    assert store.fast.incidents("shop") == [newer, INCIDENT]
    assert store.fast.incidents(model="zeta") == [other]
    assert store.fast.incidents("shop", state=IncidentState.RESOLVED) == [newer]
    assert store.fast.incidents(window=Window(9, 11)) == [newer]
    assert store.fast.incidents(window=Window(10, 11)) == []
    assert store.fast.incident("inc_3") == other
    assert store.fast.incident("inc_9") is None
    fast_commit(store, incidents=(replace(INCIDENT, revision=2, title="renamed"),))
    assert store.fast.incident("inc_1").title == "renamed"


def test_a_message_enters_the_outbox_once(store):
    fast_commit(store, deliveries=(DELIVERY,))
    store.post.record_delivery(replace(DELIVERY, state=DeliveryState.DELIVERED, attempts=1))
    fast_commit(store, deliveries=(DELIVERY, replace(DELIVERY, revision=2), replace(DELIVERY, receiver="boss")))
    assert [(each.revision, each.receiver, each.state.value) for each in store.post.deliveries()] == [
        (1, "boss", "pending"),
        (1, "team", "delivered"),
        (2, "team", "pending"),
    ]


def test_only_due_messages_are_due(store):
    later = replace(DELIVERY, receiver="later", next_attempt_us=NOW_US + 10)
    older = replace(DELIVERY, receiver="older", created_us=NOW_US - 10)
    dead = replace(DELIVERY, receiver="dead", state=DeliveryState.DEAD)
    fast_commit(store, deliveries=(DELIVERY, later, older, dead))
    assert store.post.due_deliveries(NOW_US, 10) == [older, DELIVERY]
    assert store.post.due_deliveries(NOW_US, 1) == [older]
    assert store.post.due_deliveries(NOW_US + 10, 10) == [older, later, DELIVERY]


def test_what_happened_first_is_told_first(store):
    second = replace(DELIVERY, revision=2, reason="resolved")
    waiting = replace(DELIVERY, next_attempt_us=NOW_US + 10)
    fast_commit(store, deliveries=(waiting, second))
    assert store.post.due_deliveries(NOW_US, 10) == []
    assert store.post.due_deliveries(NOW_US + 10, 10) == [waiting]
    store.post.record_delivery(replace(waiting, state=DeliveryState.DEAD))
    assert store.post.due_deliveries(NOW_US, 10) == [second]


def test_an_attempt_is_recorded_on_its_message(store):
    fast_commit(store, deliveries=(DELIVERY, replace(DELIVERY, incident="inc_2")))
    tried = replace(DELIVERY, attempts=3, next_attempt_us=NOW_US + 5, last_error="no route")
    store.post.record_delivery(tried)
    assert store.post.deliveries(incident="inc_1") == [tried]
    assert store.post.deliveries(DeliveryState.PENDING, "inc_2") == [replace(DELIVERY, incident="inc_2")]
    assert store.post.deliveries(DeliveryState.DEAD) == []
    with pytest.raises(NotFound, match="ghost"):
        store.post.record_delivery(replace(DELIVERY, receiver="ghost"))


def test_the_fast_lane_only_moves_forward_over_what_was_evaluated(store):
    commit(store, evaluations=(evaluation(hours(0, 1)), evaluation(hours(1, 2))))
    store.fast.commit(FastStep(1))
    for seq in (0, 3):
        with pytest.raises(Conflict, match=f"cannot move to evaluation {seq}"):
            store.fast.commit(FastStep(seq, alerts=(ALERT,)))
    assert store.fast.evaluations_through() == 1
    assert store.fast.alerts() == [], "a refused step changes nothing"


def test_what_has_been_let_out_keeps_its_words(store):
    waiting = replace(DELIVERY, state=DeliveryState.WAITING, receiver="")
    fast_commit(store, deliveries=(waiting,))
    let_out = replace(DELIVERY, released_us=NOW_US, note="")
    store.post.commit(PostStep(deliveries=(let_out,), routed=(waiting,)))
    assert store.post.deliveries() == [let_out]
    store.post.commit(PostStep(deliveries=(replace(let_out, payload=b"other words"),)))
    assert store.post.deliveries() == [let_out]
    digest = replace(DELIVERY, revision=2, state=DeliveryState.DIGEST)
    store.post.commit(PostStep(deliveries=(digest,)))
    store.post.commit(PostStep(deliveries=(replace(digest, state=DeliveryState.FOLDED, note="told"),)))
    assert store.post.counts() == {DeliveryState.PENDING: 1, DeliveryState.FOLDED: 1}


def test_what_is_held_comes_with_all_that_is_held_of_its_incident(store):
    first = replace(DELIVERY, state=DeliveryState.BATCHED, next_attempt_us=NOW_US + 10)
    second = replace(DELIVERY, revision=2, receiver="", state=DeliveryState.WAITING, next_attempt_us=NOW_US)
    elsewhere = replace(first, incident="inc_2")
    fast_commit(store, deliveries=(first, second, elsewhere))
    assert store.post.held(NOW_US - 1, 10) == []
    assert store.post.held(NOW_US, 10) == [first, second]
    assert store.post.held(NOW_US + 10, 10) == [first, second, elsewhere]
    assert store.post.held(NOW_US + 10, 1) == [first]


def test_alarms_are_counted_by_receiver_from_when_they_were_let_out(store):
    alarm = replace(DELIVERY, priority=Priority.P1, reason="opened", released_us=NOW_US)
    others = (replace(alarm, revision=2, reason="resolved"), replace(alarm, revision=3, priority=Priority.P2))
    late = replace(alarm, revision=4, occasion="reminder_1", reason="reminder", released_us=NOW_US + 5)
    fast_commit(store, deliveries=(alarm, *others, late, replace(alarm, receiver="boss")))
    assert store.post.alarms_since(NOW_US - 1) == {"team": 2, "boss": 1}
    assert store.post.alarms_since(NOW_US) == {"team": 1}


def test_a_thread_is_replaced_by_what_came_of_a_message(store):
    fast_commit(store, deliveries=(DELIVERY,))
    thread = Thread(DELIVERY.incident, "team", open=True, revision=1, priority=Priority.P1, told_us=NOW_US)
    closed = replace(thread, receiver="boss", open=False)
    store.post.commit(PostStep(threads=(thread, closed)))
    known = replace(thread, reference="ts 1")
    store.post.record_delivery(replace(DELIVERY, state=DeliveryState.DELIVERED), [known])
    assert store.post.threads() == [known]
    assert store.post.threads([DELIVERY.incident, "inc_9"]) == [closed, known]
    assert store.post.threads([]) == []


def test_silences_and_acknowledgements_are_kept(store):
    matchers = (parse_matcher("model=fraud"), parse_matcher('segment=~"country=(FR|DE)"'))
    silence = Silence("sil_1", "shop", matchers, NOW_US, NOW_US + 10, "ana", "a test", NOW_US)
    said = Acknowledgement("inc_1", "shop", "ana", "on it", NOW_US)
    commit(store, silences=(silence,), acknowledgements=(said,))
    assert store.post.silences(NOW_US) == [silence]
    assert store.post.silences(NOW_US + 10) == []
    assert store.post.acknowledgements(["inc_1", "inc_2"]) == {"inc_1": said}
    commit(store, silences=(replace(silence, to_us=NOW_US + 1),), acknowledgements=(replace(said, comment="done"),))
    assert store.post.silences(NOW_US + 1) == []
    assert store.post.acknowledgements(["inc_1"])["inc_1"].comment == "done"


# --- accounts, facts, life ---------------------------------------------------------------------


def test_tokens_replace_each_other_by_id(store):
    young = StoredToken("tok_1", "laptop", "shop", "ab" * 32, NOW_US + 1)
    old = StoredToken("tok_2", "ci", "shop", "cd" * 32, NOW_US)
    store.accounts.put_token(young)
    store.accounts.put_token(old)
    store.accounts.put_token(replace(young, revoked_us=NOW_US + 2))
    assert store.accounts.tokens() == [old, replace(young, revoked_us=NOW_US + 2)]


def test_the_facts_are_those_that_are_promised(store):
    store.log.append([entry(rows=3), entry(rows=4)])
    files = listed(store, rows(NOW_US))
    facts = store.facts()
    assert sorted(facts) == sorted(FACTS)
    assert facts["log_pending_entries"] == 2
    assert facts["log_pending_rows"] == 7
    assert (facts["row_files"], facts["row_file_bytes"]) == (1, files[0].size_bytes)
    assert facts["disk_free_bytes"] > 0


def test_a_healthy_store_has_no_faults(store):
    store.log.append([entry()])
    listed(store, rows(NOW_US))
    commit(store, models=(MODEL,), blocks=(block(),), evaluations=(evaluation(),))
    assert store.check() == []


def test_a_closed_store_answers_unavailable(store):
    store.close()
    store.close()
    for question in (store.log.last_seq, store.slow.models, store.fast.alerts, store.accounts.tokens):
        with pytest.raises(Unavailable, match="closed"):
            question()
    with pytest.raises(Unavailable, match="closed"):
        store.log.append([entry()])


def at_once(*works):
    """Run each in a thread of its own; raises what any of them raised."""
    with ThreadPoolExecutor(len(works)) as threads:
        for running in [threads.submit(work) for work in works]:
            running.result()


def test_readers_and_all_writers_work_at_once(store):
    """Every lane writes pairs; nobody sees half a step, and none is lost."""
    rounds = range(40)

    def ingest():
        for _ in rounds:
            store.log.append([entry(), entry()])

    def slow():
        for hour in rounds:
            commit(store, blocks=(block(hour), block(hour, version="2")))

    def fast():
        for number in rounds:
            fast_commit(store, alerts=(numbered(ALERT, 2 * number), numbered(ALERT, 2 * number + 1)))

    def look():
        for _ in rounds:
            assert store.log.pending()[0] % 2 == 0
            assert len(store.slow.profiles("shop", "fraud", 1, EVER)) % 2 == 0
            assert len(store.fast.alerts()) % 2 == 0

    at_once(ingest, slow, fast, look, look)
    assert store.log.last_seq() == 2 * len(rounds)
    assert len(store.slow.profiles("shop", "fraud", 1, EVER)) == 2 * len(rounds)
    assert len(store.fast.alerts()) == 2 * len(rounds)


# --- what survives -----------------------------------------------------------------------------


def test_everything_is_there_again_after_a_restart(durable):
    store = durable()
    store.log.append([entry(b"1", key="k"), entry(b"2")])
    token = StoredToken("tok_1", "laptop", "shop", "ab" * 32, NOW_US)
    files = store.rows.write("predictions", "shop", "fraud", rows(NOW_US), 1)
    store.slow.commit(
        SlowStep(
            1,
            models=(MODEL,),
            new_files=tuple(files),
            blocks=(block(),),
            dirty=(("shop", "fraud", 0),),
            evaluations=(evaluation(),),
            bin_sets=(StoredBinSet(7, "shop", "fraud", NOW_US, False, 0, b"bins"),),
            changes=(CHANGE,),
        )
    )
    store.fast.commit(FastStep(1, alerts=(ALERT,), incidents=(INCIDENT,), deliveries=(DELIVERY,)))
    store.accounts.put_token(token)
    store.close()

    store = durable()
    assert [each.entry.payload for each in store.log.read(0, 100)] == [b"2"]
    assert (store.log.last_seq(), store.slow.watermark(), store.fast.evaluations_through()) == (2, 1, 1)
    assert store.log.append([entry(key="k")]) == [1]
    assert len(seen(store.rows.scan(store.rows.files("predictions", "shop", "fraud")))) == 1
    assert store.slow.models() == [MODEL]
    assert store.slow.profiles("shop", "fraud", 1, TODAY) == [block()]
    assert store.slow.dirty() == [("shop", "fraud", 0)]
    assert store.slow.evaluations("shop", "fraud", TODAY) == [replace(evaluation(), seq=1)]
    assert store.slow.next_id() == 8
    assert store.fast.changes("shop", TODAY) == [CHANGE]
    assert store.fast.alerts() == [ALERT]
    assert store.fast.incidents() == [INCIDENT]
    assert store.post.deliveries() == [DELIVERY]
    assert store.accounts.tokens() == [token]
    assert store.check() == []
    store.close()


def test_a_folder_is_open_in_one_place_only(durable):
    store = durable()
    with pytest.raises(Conflict, match=r"in use by another Seamark \(process \d+\)"):
        durable()
    store.log.append([entry()])
    store.close()
    durable().close()


def test_an_entry_that_is_set_aside_outlives_the_watermark_until_it_is_retried(store):
    store.log.append([entry(), entry(), entry()])
    aside = SetAside(2, NOW_US, "ValueError('no')")
    store.slow.commit(SlowStep(3, set_aside=(aside,)))
    assert store.log.set_aside() == [aside]
    assert [each.seq for each in store.log.read(0, 100)] == [2]
    assert store.log.pending() == (0, 0)
    assert store.facts()["log_set_aside_entries"] == 1
    store.log.append([entry()])
    store.slow.commit(SlowStep(4, retried=(2,)))
    assert store.log.set_aside() == []
    assert store.log.read(0, 100) == []


def test_files_that_no_step_listed_are_swept_at_the_next_start(durable):
    store = durable()
    store.log.append([entry()])
    listed(store, rows(NOW_US))
    [orphan] = store.rows.write("predictions", "shop", "fraud", rows(NOW_US + 1), 0)
    store.close()
    store = durable()
    with pytest.raises(Conflict, match="never written"):
        commit(store, new_files=(orphan,))
    assert len(seen(store.rows.scan(store.rows.files("predictions", "shop", "fraud")))) == 1
    store.close()


def test_old_profiles_are_forgotten_oldest_first(store):
    commit(store, blocks=tuple(block(hour, version=version) for hour in range(4) for version in ("1", "2")))
    start_us = TODAY.start_us
    assert store.forget.profiles(start_us + 2 * HOUR_US, 3) == 3
    left = [each.key.hour_us for each in store.slow.profiles("shop", "fraud", 1, EVER)]
    assert sorted(left) == [start_us + hour * HOUR_US for hour in (1, 2, 2, 3, 3)]
    assert store.forget.profiles(start_us + 2 * HOUR_US, 3) == 1
    assert store.forget.profiles(start_us + 2 * HOUR_US, 3) == 0


def test_old_evaluations_are_forgotten_once_the_fast_lane_has_seen_them(store):
    commit(store, evaluations=tuple(evaluation(hours(hour, hour + 1)) for hour in range(4)))
    assert store.forget.evaluations(EVER.end_us, 10) == 0
    store.fast.commit(FastStep(3))
    assert store.forget.evaluations(hours(0, 2).end_us, 10) == 1, "a window that ends at the moment is not before it"
    assert store.forget.evaluations(EVER.end_us, 10) == 2
    assert [each.window for each in store.slow.evaluations("shop", "fraud", EVER)] == [hours(3, 4)]
    assert [each.window for each in store.fast.new_evaluations(0, 10)] == [hours(3, 4)]


def test_old_incidents_that_are_over_are_forgotten_with_what_is_theirs_alone(store):
    over = replace(INCIDENT, state=IncidentState.RESOLVED, evidence=hours(0, 1))
    ended = replace(ALERT, state=AlertState.RESOLVED, evidence=hours(0, 1))
    incidents = (
        replace(over, id="inc_shares", alerts=("shared", "own")),
        replace(over, id="inc_open", state=IncidentState.OPEN, alerts=("shared",)),
        replace(over, id="inc_late", evidence=hours(8, 9), alerts=("late",)),
        replace(over, id="inc_waits", alerts=("waits",)),
        replace(over, id="inc_lives", alerts=("lives",)),
    )
    alerts = [replace(ended, id=id_) for id_ in ("shared", "own", "late", "waits")]
    deliveries = (
        replace(DELIVERY, incident="inc_shares", state=DeliveryState.DELIVERED),
        replace(DELIVERY, incident="inc_waits", state=DeliveryState.PENDING),
    )
    fast_commit(store, alerts=(*alerts, replace(ALERT, id="lives")), incidents=incidents, deliveries=deliveries)
    assert store.forget.incidents(hours(0, 2).end_us, 10) == 2
    assert {each.id for each in store.fast.incidents()} == {"inc_open", "inc_late", "inc_waits"}
    assert {each.id for each in store.fast.alerts()} == {"shared", "late", "waits", "lives"}
    assert [each.incident for each in store.post.deliveries()] == ["inc_waits"]
