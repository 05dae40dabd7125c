"""Real data with a known truth: the bundled car loans, which shift on 2019-03-31."""

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import seamark
from seamark.compare import Verdict, compare

FOLDER = Path(seamark.__file__).parent / "demo" / "data"
SHIFTED = {"car_value", "salary_range", "loan_length", "repaid_loan_on_prev_car", "y_pred_proba"}
CALM = {"debt_to_income_ratio", "size_of_downpayment", "driver_tenure"}


@pytest.fixture(scope="module")
def loans():
    files = {path.stem.rpartition("_")[2]: path for path in FOLDER.rglob("*.parquet")}
    return pq.read_table(files["reference"]), pq.read_table(files["analysis"])


def test_after_the_shift_exactly_what_shifted_is_found(loans):
    reference, analysis = loans
    report = compare(reference, analysis.slice(25_000), outcome="repaid")
    assert set(report.drifted) - {"y_pred"} == SHIFTED
    assert {column.name for column in report.columns if column.verdict is Verdict.STABLE} >= CALM


def test_before_the_shift_nothing_is_found(loans):
    reference, analysis = loans
    assert compare(reference, analysis.slice(0, 25_000), outcome="repaid").drifted == []


def test_a_day_of_ordinary_loans_raises_nothing(loans):
    reference, analysis = loans
    for start in range(0, 25_000, 2_500):
        assert compare(reference, analysis.slice(start, 170), outcome="repaid").drifted == []


def test_a_week_of_shifted_loans_is_enough(loans):
    reference, analysis = loans
    assert set(compare(reference, analysis.slice(25_000, 1_200), outcome="repaid").drifted) >= SHIFTED - {
        "salary_range"
    }


def test_roles_are_inferred_from_the_names_of_the_file(loans):
    report = compare(*loans)
    assert {role: entry["columns"] for role, entry in report.to_dict()["roles"].items()} == {
        "time": ["timestamp"],
        "id": ["id"],
        "prediction": ["y_pred"],
        "score": ["y_pred_proba"],
    }


def test_the_order_of_months_does_not_matter(loans):
    reference, analysis = loans
    later_first = analysis.take(pc.sort_indices(analysis["timestamp"], sort_keys=[("", "descending")]))
    assert compare(reference, later_first).to_dict() == compare(reference, analysis).to_dict()
