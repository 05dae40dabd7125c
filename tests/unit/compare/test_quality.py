"""A comparison that knows outcomes says how good the model was, is, and probably is."""

import json

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics as sk

import seamark


def answers(seed, rows, *, mean=0.4, outcome=True):
    random = np.random.default_rng(seed)
    score = random.beta(4 * mean, 4 * (1 - mean), rows)
    found = {
        "amount": random.normal(size=rows),
        "score": score,
        "prediction": (score >= 0.5).astype(int),
        "paid": (random.random(rows) < score).astype(int),
    }
    if not outcome:
        del found["paid"]
    return found


REFERENCE = answers(0, 20_000)


def quality(current, reference=REFERENCE, outcome="paid"):
    return seamark.compare(reference, current, outcome=outcome).to_dict().get("quality")


def test_both_sides_have_their_quality_where_outcomes_are_known():
    current = answers(1, 10_000, mean=0.25)
    found = quality(current)
    accuracy = found["metrics"]["accuracy"]
    right = {side: np.mean(data["paid"] == data["prediction"]) for side, data in (("r", REFERENCE), ("c", current))}
    assert found["task"] == "binary"
    assert accuracy["reference"]["value"] == pytest.approx(right["r"], abs=1e-5)
    assert accuracy["current"]["value"] == pytest.approx(right["c"], abs=1e-5)
    area = sk.roc_auc_score(current["paid"], current["score"])
    assert found["metrics"]["auc"]["current"]["value"] == pytest.approx(area, abs=2e-3)
    assert accuracy["estimated"]["value"] == pytest.approx(right["c"], abs=0.01)


def test_without_outcomes_the_current_quality_is_estimated_and_the_caveat_said():
    report = seamark.compare(REFERENCE, answers(2, 10_000, mean=0.25, outcome=False), outcome="paid")
    found = report.to_dict()["quality"]
    assert found["metrics"]["accuracy"]["current"] is None
    assert found["metrics"]["accuracy"]["estimated"]["low"] < found["metrics"]["accuracy"]["estimated"]["high"]
    assert "cannot see concept drift" in found["note"]
    for text in (str(report), report.to_html()):
        assert "estimated" in text
        assert "cannot see concept" in text
        assert "false positive rate" in text
    json.loads(report.to_json())


def test_labels_may_be_texts_on_one_side_and_numbers_or_truths_on_the_other():
    plain = answers(3, 5_000)
    texts = plain | {"paid": [str(bool(each)) for each in plain["paid"]]}
    truths = plain | {"paid": plain["paid"].astype(bool), "prediction": plain["prediction"].astype(float)}
    expected = quality(plain, plain)["metrics"]["accuracy"]["current"]
    for current in (texts, pl.DataFrame(texts), pa.table(truths)):
        assert quality(current, current)["metrics"]["accuracy"]["current"] == expected


def test_several_classes_have_a_macro_f1():
    random = np.random.default_rng(4)
    actual = random.choice(["cat", "dog", "owl"], 3_000)
    said = np.where(random.random(3_000) < 0.8, actual, "dog")
    data = {"prediction": said, "animal": actual, "weight": random.normal(size=3_000)}
    found = quality(data, data, outcome="animal")
    assert found["task"] == "multiclass"
    assert found["metrics"]["macro_f1"]["current"]["value"] == pytest.approx(
        sk.f1_score(actual, said, average="macro"), abs=1e-5
    )


def test_numbers_that_are_no_classes_are_a_regressions():
    random = np.random.default_rng(5)
    price = random.normal(100, 20, 4_000)
    data = {"prediction": price + random.normal(0, 5, 4_000), "price": price, "size": random.normal(size=4_000)}
    found = quality(data, data, outcome="price")
    assert found["task"] == "regression"
    error = np.abs(data["prediction"] - price).mean()
    assert found["metrics"]["mae"]["reference"]["value"] == pytest.approx(error, abs=1e-3)
    assert found["metrics"]["mae"]["estimated"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"paid": np.zeros(20_000)},
        {"paid": [f"text {number}" for number in range(20_000)]},
        {"paid": [None] * 20_000},
        {"paid": [[1, 2]] * 20_000},
        {"paid": np.full(20_000, np.nan)},
    ],
)
def test_outcomes_that_tell_nothing_raise_nothing(change):
    reference = REFERENCE | change
    assert quality(answers(6, 1_000), reference) is None


def test_odd_scores_and_predictions_raise_nothing():
    odd = REFERENCE | {"score": np.full(20_000, np.nan), "prediction": ["?"] * 20_000}
    assert quality(odd, odd) is None
    wild = REFERENCE | {"score": np.where(np.arange(20_000) % 7 == 0, np.inf, REFERENCE["score"])}
    assert quality(wild, wild)["metrics"]["auc"]["current"]["value"] > 0.5


def test_a_file_is_read_again_and_a_stream_is_not(tmp_path):
    table = pa.table(answers(7, 5_000))
    path = tmp_path / "current.parquet"
    pl.from_arrow(table).write_parquet(path)
    assert quality(path)["metrics"]["accuracy"]["current"] is not None
    stream = quality(pa.RecordBatchReader.from_batches(table.schema, table.to_batches()))
    assert stream["metrics"]["accuracy"]["current"] is None
    assert stream["metrics"]["accuracy"]["reference"] is not None


def test_without_an_outcome_nothing_is_said_of_quality():
    report = seamark.compare(answers(8, 500, outcome=False), answers(9, 500, outcome=False))
    assert "quality" not in report.to_dict()
    assert "quality" not in str(report)


def test_the_page_has_one_table_of_quality_with_all_three_columns():
    current = answers(10, 5_000, mean=0.3)
    page = seamark.compare(REFERENCE, current, outcome="paid").to_html()
    section = page.partition('<section class="quality">')[2].partition("</section>")[0]
    assert page.count('<section class="quality">') == 1
    for head in ("reference", "current", "current, estimated"):
        assert f'<th class="n">{head}</th>' in section
    assert section.count("<tr>") == 1 + 10
    assert "average precision" in section
    without = seamark.compare(answers(11, 500, outcome=False), answers(12, 500, outcome=False)).to_html()
    assert '<section class="quality">' not in without


def test_a_score_that_is_no_probability_has_an_auc_and_no_log_loss():
    raw = {name: values for name, values in answers(13, 5_000).items() if name != "prediction"}
    raw["score"] = raw["score"] * 20 - 10
    found = quality(raw, raw)["metrics"]
    assert found["auc"]["current"]["value"] > 0.5
    assert "log_loss" not in found
    assert "accuracy" not in found


def test_predictions_alone_have_an_accuracy_and_no_estimate():
    bare = {name: values for name, values in answers(14, 5_000).items() if name != "score"}
    found = quality(bare, bare)
    assert found["metrics"]["accuracy"]["current"] == found["metrics"]["accuracy"]["reference"]
    assert found["metrics"]["accuracy"]["estimated"] is None
    assert found["note"] == ""
