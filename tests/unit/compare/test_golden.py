"""The exact table, JSON and page of one small comparison.

`python -m tests.unit.compare.test_golden` writes the files anew; look at the difference before committing it.
"""

from pathlib import Path

import numpy as np
import pytest

from seamark.compare import compare
from seamark.compare.terminal import table

GOLDEN = Path(__file__).parents[2] / "golden" / "compare"


def data(shift):
    """300 rows without chance: every value stands on a grid."""
    grid = np.arange(300)
    amount = 100.0 + 10 * (grid % 30) + shift * 40
    amount[:: 10 if shift else 100] = np.nan
    columns = {
        "id": grid,
        "timestamp": (np.datetime64("2026-01-01") + grid * np.timedelta64(1, "h")).astype("M8[s]"),
        "amount": amount,
        "age": 20 + grid * 7 % 50,
        "country": np.array(["FR", "DE", "US", "JP" if shift else "US"])[grid % 4],
        "vip": grid % 10 < 3 + 4 * shift,
        "code": np.array([str(at % 5) for at in grid]) if shift else grid % 5,
        "note": [f"free text {at + 1000 * shift}" for at in grid],
        "tags": [["a"]] * 300,
        "few": [1.0] * 20 + [None] * 280,
        "score": 0.1 + 0.003 * (grid % 30 * 10 + shift * 30) / 10,
    }
    return columns | ({"fresh": grid} if shift else {"retired": grid})


def report():
    return compare(data(0), data(1))


FORMS = {
    "table.txt": lambda found: table(found.findings, width=120) + "\n",
    "report.json": lambda found: found.to_json() + "\n",
    "report.html": lambda found: found.to_html() + "\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_the_report_looks_as_it_did(name):
    assert FORMS[name](report()) == (GOLDEN / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for file, form in FORMS.items():
        (GOLDEN / file).write_text(form(report()), encoding="utf-8")
