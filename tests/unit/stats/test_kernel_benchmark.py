"""The benchmark of the statistics runs, and its published table has what it measures."""

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

from seamark.stats.distance import distances

FOLDER = Path(__file__).parents[3] / "benchmarks" / "kernel"


@pytest.fixture
def benchmark(monkeypatch):
    spec = importlib.util.spec_from_file_location("kernel_benchmark", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "REPETITIONS", 1)
    monkeypatch.setattr(module, "SHORTEST_NS", 0)
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)
    return module


def test_prints_everything_as_json(benchmark, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["run.py", "--rows", "500", "--json"])
    benchmark.main()
    results = json.loads(capsys.readouterr().out)["results"]
    assert {row["shape"] for row in results["binning"]} == set(benchmark.shapes(1))
    assert set(results["distances"]) == set(distances())
    assert all(
        value >= 0 for part in ("counting", "strings", "profiles", "distances") for value in results[part].values()
    )


def test_publishes_between_the_marks_and_nowhere_else(benchmark, monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "HERE", tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n", "utf-8")
    benchmark.publish("new")
    benchmark.publish("newer")
    assert readme.read_text("utf-8") == "before\n<!-- table -->\nnewer\n<!-- /table -->\nafter\n"


def test_the_published_table_names_every_shape_and_distance(benchmark):
    published = (FOLDER / "README.md").read_text("utf-8")
    for name in (*benchmark.shapes(1), *distances()):
        assert f"| {name} |" in published
