"""A model whose owner retires it is shown as retired, and as watched again when he changes his mind."""

import pytest
from tests.simulation.served_model import NAME, PROJECT, ServedModel

from seamark.query.measurements import measurements
from seamark.query.questions import Questions
from seamark.records.options import ModelOptions


def shown(served):
    (model,) = Questions(served.store).models(PROJECT, now_us=served.now_us)["models"]
    return model["retired"]


def distances(served):
    found = {each.name: each for each in measurements(served.store, now_us=served.now_us)}
    return found["seamark_drift_distance"].samples


@pytest.fixture(scope="module")
def watched():
    served = ServedModel(70)
    served.run(8)
    return served


def test_a_model_is_retired_when_its_owner_says_so_and_until_he_takes_it_back(watched):
    assert not shown(watched)
    for retired in (True, False, True, True):
        watched.configure(retired=retired)
        watched.pipeline.tick(watched.now_us)
        assert shown(watched) is retired


def test_the_drift_of_a_retired_model_is_no_metric(watched):
    watched.configure(retired=False)
    watched.pipeline.tick(watched.now_us)
    assert distances(watched)
    watched.configure(retired=True)
    watched.pipeline.tick(watched.now_us)
    assert not distances(watched)


def test_a_model_that_is_retired_before_its_first_row_is_so_from_the_start():
    served = ServedModel(71, reference_rows=0, options=ModelOptions(retired=True))
    served.run(1)
    assert shown(served)


def test_a_restart_under_another_configuration_is_enough(watched):
    watched.configure(retired=False)
    watched.pipeline.tick(watched.now_us)
    watched.configure(retired=True)
    watched.restart()
    watched.pipeline.tick(watched.now_us)
    assert shown(watched)


def test_what_else_is_known_of_the_model_stays_as_it_was(watched):
    watched.configure(retired=False)
    watched.pipeline.tick(watched.now_us)
    before = watched.store.slow.model(PROJECT, NAME)
    watched.configure(retired=True)
    watched.pipeline.tick(watched.now_us)
    watched.configure(retired=False)
    watched.pipeline.tick(watched.now_us)
    assert watched.store.slow.model(PROJECT, NAME) == before
    assert before.rows == 8 * 300


def test_a_model_that_stays_as_it_is_costs_no_step(watched):
    assert watched.pipeline._retire() is None
