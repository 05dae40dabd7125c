"""Every example in a docstring of the statistics runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest

import seamark.stats

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(seamark.stats.__path__, "seamark.stats.") if not module.ispkg
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_there_are_examples_for_every_distance():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in MODULES:
        if name.startswith("seamark.stats.distances."):
            examples = [example for test in finder.find(importlib.import_module(name)) for example in test.examples]
            assert examples, name
