"""Seamark: `python bench_seamark.py ROWS [table|parquet|unchanged]`."""

from __future__ import annotations

import sys

import pyarrow.parquet as pq
from measure import FOLDER, Measured, report

import seamark

rows, form = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "table"
seamark.compare({"a": [1]}, {"a": [1]})  # imports done
if form == "parquet":
    reference, current = FOLDER / "reference.parquet", FOLDER / "current.parquet"
else:
    reference = pq.read_table(FOLDER / "reference.parquet")
    current = pq.read_table(FOLDER / ("unchanged.parquet" if form == "unchanged" else "current.parquet")).slice(0, rows)
with Measured() as compared:
    found = seamark.compare(reference, current)
with Measured() as page:
    size = len(found.to_html().encode())
peer = {"table": "Seamark", "parquet": "Seamark, from Parquet", "unchanged": "Seamark, nothing drifted"}[form]
report(peer, seamark.__version__, rows, [compared], found.drifted)
sys.stderr.write(f"page: {size / 1e6:.2f} MB, {page.cpu:.2f} CPU-s\n")
