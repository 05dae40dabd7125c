"""The effective tree shows every key, and reads back as the same tree."""

from dataclasses import fields, is_dataclass

from hypothesis import given
from hypothesis import strategies as st

from seamark.config import Config, ServerOptions, StoreOptions, effective, parse
from seamark.detect.metric_defaults import NAMES
from seamark.notify.notifier import Receiver
from seamark.notify.notifiers import console
from seamark.records.metric_rule import ServiceOptions
from seamark.records.model import Task
from seamark.records.options import FeatureOptions, Handling, ModelOptions

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
models = st.builds(
    ModelOptions,
    task=st.sampled_from(Task),
    window_seconds=st.none() | st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24]).map(lambda hours: hours * 3600),
    decision_thresholds=st.lists(st.floats(0.001, 0.999), max_size=3).map(tuple),
    thresholds=st.dictionaries(names, st.sampled_from(["missing_rate > 0.2", "volume > 0.5"]), max_size=2),
    features=st.dictionaries(
        names,
        st.builds(
            FeatureOptions,
            st.sampled_from([Handling.WATCH, Handling.DROP]),
            st.sampled_from(["auto", "numeric", "categorical"]),
        ),
        max_size=2,
    ),
    smallest_effect=st.floats(1e-9, 0.999),
    retired=st.booleans(),
)
services = st.builds(
    ServiceOptions,
    objective=st.floats(0.5, 0.9999),
    sla_seconds=st.none() | st.floats(0.001, 60.0),
    thresholds=st.dictionaries(st.sampled_from(NAMES), st.floats(0.001, 1e6), max_size=3),
    ignored=st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
)
configs = st.builds(
    Config,
    store=st.builds(StoreOptions, path=names),
    server=st.builds(ServerOptions, port=st.integers(0, 65_535), base_url=names.map(lambda name: f"http://{name}")),
    models=st.dictionaries(names, models, max_size=2),
    services=st.dictionaries(names, services, max_size=2),
    receivers=names.map(lambda name: {name: Receiver(name, "console", console.Options())}),
)


@given(configs)
def test_what_is_written_reads_back_as_the_same_tree(config):
    assert parse(effective(config)) == config


def test_every_key_of_the_defaults_is_shown():
    shown = effective(Config(models={"fraud": ModelOptions()}))
    for node in (Config().store, Config().server, ModelOptions()):
        assert is_dataclass(node)
        for each in fields(node):
            assert each.name in shown


def test_what_is_not_set_is_said_in_a_comment():
    assert "\n# window_seconds is not set\n" in effective(Config(models={"fraud": ModelOptions()}))
