"""Estimated against realised quality per chunk of 5,000 rows, beside NannyML in the same run; rewrites README.md.

benchmarks/quality/install.sh && python benchmarks/quality/run.py [--peers FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from workload import CHUNK, DATA_SETS, DataSet

from seamark.stats.binning import numeric_bins
from seamark.stats.estimator import Rows, estimators
from seamark.stats.expected import isotonic
from seamark.stats.joined import Joined
from seamark.stats.scorecard import Scorecard

HERE = Path(__file__).parent

SHOWN = {
    "binary": ("accuracy", "auc", "f1", "precision", "recall"),
    "multiclass": ("accuracy", "auc", "macro_f1"),
    "regression": ("mae", "rmse"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, default=HERE / "venvs", help="where install.sh put NannyML")
    asked = parser.parse_args()
    text, version = [], ""
    for make in DATA_SETS.values():
        data = make()
        realised, found = ours(data)
        peer = nannyml(data, asked.peers)
        if peer:
            version = peer["version"]
            found["NannyML " + ("DLE" if data.task == "regression" else "CBPE")] = renamed(peer, data.task)
        text += table(data, realised, found)
    text.append(machine(version))
    print("\n".join(text))
    page = HERE / "README.md"
    body = "<!-- table -->\n" + "\n".join(text) + "\n"
    page.write_text(re.sub(r"<!-- table -->.*", lambda _: body, page.read_text(), flags=re.DOTALL))


def card_of(data: DataSet) -> Scorecard:
    reference = data.reference
    if data.task == "regression":
        outcome, error = reference[data.outcome], reference[data.said] - reference[data.outcome]
        return Scorecard(
            "regression", center=float(outcome.mean()), scale=float(outcome.std()), error_scale=float(error.std())
        )
    bins = 100 if data.task == "binary" else 50
    extra = (0.5,) if data.task == "binary" else ()
    edges = tuple(numeric_bins(reference[name], bins=bins, extra_edges=extra).edges for name in data.scores)
    return Scorecard(data.task, tuple(data.classes), edges, threshold=0.5 if data.task == "binary" else None)


def rows_of(data: DataSet, frame: pd.DataFrame, *, blind: bool = False) -> Rows:
    numbers = {}
    for name in data.features:
        column = frame[name]
        if column.dtype.kind not in "fiub":
            known = sorted(data.reference[name].dropna().unique())
            column = column.map({value: place for place, value in enumerate(known)})
        numbers[name] = column.to_numpy(np.float64, na_value=np.nan)
    outcome = np.full(len(frame), np.nan) if blind else frame[data.outcome].to_numpy(np.float64)
    scores = frame[data.scores].to_numpy(np.float64) if data.scores else None
    return Rows(Joined(outcome, frame[data.said].to_numpy(np.float64), scores), np.column_stack(list(numbers.values())))


def ours(data: DataSet) -> tuple[dict[str, list[float]], dict[str, dict[str, Any]]]:
    card, chunks = card_of(data), data.chunks()
    realised: dict[str, list[float]] = {name: [] for name in SHOWN[data.task]}
    for chunk in chunks:
        metrics = card.metrics(card.count(rows_of(data, chunk).joined))
        for name, values in realised.items():
            values.append(metrics[name].value)
    found: dict[str, dict[str, Any]] = {}
    for name, estimator in estimators().items():
        if data.task not in estimator.estimates:
            continue
        reference = rows_of(data, data.reference)
        start = time.process_time()
        expect = estimator.learn(card, reference)
        fitted = time.process_time()
        values: dict[str, list[float]] = {metric: [] for metric in SHOWN[data.task]}
        for chunk in chunks:
            told = estimator.metrics(card, expect(rows_of(data, chunk, blind=True)))
            for metric, each in values.items():
                each.append(told[metric].value)
        found[f"Seamark {name.upper()}"] = {
            "fit": fitted - start,
            "estimate": time.process_time() - fitted,
            "values": values,
        }
    if data.task == "binary":
        found["calibrated row by row"] = row_by_row(data)
    reference = card.metrics(card.count(rows_of(data, data.reference).joined))
    same = {metric: [reference[metric].value] * len(chunks) for metric in SHOWN[data.task]}
    found["“as in the reference”"] = {"fit": 0.0, "estimate": 0.0, "values": same}
    return realised, found


def row_by_row(data: DataSet) -> dict[str, Any]:
    """What bins cost: isotonic calibration of single scores, accuracy from each row's own probability."""
    start = time.process_time()
    order = np.argsort(data.reference[data.scores[0]].to_numpy(), kind="stable")
    score = data.reference[data.scores[0]].to_numpy()[order]
    distinct, first = np.unique(score, return_index=True)
    came = np.add.reduceat(data.reference[data.outcome].to_numpy(np.float64)[order], first)
    rows = np.diff(first, append=len(score)).astype(np.float64)
    calibrated = isotonic(came / rows, rows)
    fitted = time.process_time()
    accuracy = []
    for chunk in data.chunks():
        true = np.interp(chunk[data.scores[0]], distinct, calibrated)
        accuracy.append(float(np.where(chunk[data.said] == 1, true, 1 - true).mean()))
    return {"fit": fitted - start, "estimate": time.process_time() - fitted, "values": {"accuracy": accuracy}}


def nannyml(data: DataSet, peers: Path) -> dict[str, Any] | None:
    python = peers / "nannyml" / "bin" / "python"
    if not python.exists():
        print(f"No NannyML in {peers}: run install.sh.")
        return None
    with tempfile.TemporaryDirectory() as folder:
        data.reference.to_parquet(f"{folder}/reference.parquet")
        data.analysis.drop(columns=data.outcome).to_parquet(f"{folder}/analysis.parquet")
        about = {
            "task": data.task,
            "features": data.features,
            "scores": data.scores,
            "said": data.said,
            "outcome": data.outcome,
            "chunk": CHUNK,
        }
        Path(folder, "about.json").write_text(json.dumps(about))
        environment = {**os.environ, "PYTHONPATH": "", "NML_DISABLE_USAGE_LOGGING": "1"}
        command = [python, HERE / "bench_nannyml.py", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def renamed(peer: dict[str, Any], task: str) -> dict[str, Any]:
    names = {"roc_auc": "auc", "f1": "macro_f1" if task == "multiclass" else "f1"}
    return {**peer, "values": {names.get(name, name): values for name, values in peer["values"].items()}}


def table(data: DataSet, realised: dict[str, list[float]], found: dict[str, dict[str, Any]]) -> list[str]:
    digits = 1 if data.task == "regression" else 4
    metrics = SHOWN[data.task]
    lines = [
        f"**{data.name}** ({data.task}, {len(data.chunks())} chunks): mean |estimated - realised|",
        "",
        "| | " + " | ".join(metrics) + " | CPU-s to fit | for all chunks |",
        "|---|" + "---|" * (len(metrics) + 2),
    ]
    for name, of in found.items():
        misses = [
            f"{np.abs(np.subtract(of['values'][metric], realised[metric])).mean():.{digits}f}"
            if metric in of["values"]
            else "-"
            for metric in metrics
        ]
        lines.append(f"| {name} | " + " | ".join(misses) + f" | {of['fit']:.2f} | {of['estimate']:.2f} |")
    first = metrics[0]
    lines += ["", f"{first} per chunk, realised and estimated:", ""]
    lines += ["| | " + " | ".join(str(number + 1) for number in range(len(realised[first]))) + " |"]
    lines += ["|---|" + "---|" * len(realised[first])]
    for name, values in {
        "realised": realised[first],
        **{n: of["values"].get(first) for n, of in found.items()},
    }.items():
        if values is not None and not name.startswith("“"):
            lines.append(f"| {name} | " + " | ".join(f"{value:.{digits}f}" for value in values) + " |")
    return [*lines, ""]


def machine(version: str) -> str:
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}, NannyML {version or 'not measured'}, {datetime.now(tz=UTC):%Y-%m-%d}."
    )


if __name__ == "__main__":
    main()
