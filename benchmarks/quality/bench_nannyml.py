"""NannyML's CBPE or DLE on the chunks of one data set: prints JSON. Runs in an environment of its own (install.sh).

python bench_nannyml.py FOLDER    with reference.parquet, analysis.parquet and about.json in it
"""

import json
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import nannyml as nml
import pandas as pd


def main() -> None:
    folder = Path(sys.argv[1])
    about = json.loads((folder / "about.json").read_text())
    reference, analysis = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "analysis"))
    start = time.process_time()
    if about["task"] == "regression":
        estimator = nml.DLE(
            feature_column_names=about["features"],
            y_pred=about["said"],
            y_true=about["outcome"],
            metrics=["mae", "rmse"],
            chunk_size=about["chunk"],
        )
    else:
        binary = about["task"] == "binary"
        scores = about["scores"]
        estimator = nml.CBPE(
            problem_type="classification_binary" if binary else "classification_multiclass",
            y_pred_proba=scores[0] if binary else {int(name.partition("_")[2]): name for name in scores},
            y_pred=about["said"],
            y_true=about["outcome"],
            metrics=["roc_auc", "f1", "accuracy"] + (["precision", "recall"] if binary else []),
            chunk_size=about["chunk"],
        )
    estimator.fit(reference)
    fitted = time.process_time()
    found = estimator.estimate(analysis).filter(period="analysis").to_df()
    done = time.process_time()
    names = [name for name in found.columns.get_level_values(0).unique() if name != "chunk"]
    values = {name: found[(name, "value")].astype(float).tolist() for name in names}
    print(json.dumps({"version": nml.__version__, "fit": fitted - start, "estimate": done - fitted, "values": values}))


if __name__ == "__main__":
    main()
