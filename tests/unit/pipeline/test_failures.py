"""A lane that fails at any moment, before or after its commit took hold, ends where it would have ended anyway."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.served_model import NAME, PROJECT, ServedModel, shifted

from seamark.notify.notifier import Receiver, notifiers
from seamark.pipeline.tick import Pipeline
from seamark.records.window import Window

EVER = Window(0, 2**62)
HOURS = 34


class Failing:
    """A drawer of the store whose commits fail now and then, some of them after they took hold."""

    def __init__(self, drawer, plan):
        self._drawer, self._plan = drawer, plan

    def __getattr__(self, name):
        return getattr(self._drawer, name)

    def commit(self, step):
        moment = next(self._plan, None)
        if moment == "before":
            raise OSError("The disk went away.")
        self._drawer.commit(step)
        if moment == "after":
            raise OSError("The disk went away, but the transaction is on it.")


class FailingStore:
    def __init__(self, store, plan):
        self._store = store
        self.slow, self.fast = Failing(store.slow, plan), Failing(store.fast, plan)

    def __getattr__(self, name):
        return getattr(self._store, name)


class Stubborn(Pipeline):
    """What the lanes do: after a failure forget, and try again."""

    def tick(self, now_us):
        while True:
            try:
                super().tick(now_us)
            except OSError:
                self.forget()
            else:
                return


def story(plan):
    served = ServedModel(61, rows_an_hour=220, faults=[(28, shifted("feature.age", 15.0))])
    console = Receiver("console", "console", notifiers()["console"].options())
    served.pipeline = Stubborn(
        FailingStore(served.store, iter(plan)),
        lambda _project, _model: served.options,
        receivers={"console": console},
        base_url="http://localhost:8420",
    )
    served.run(HOURS, tick_hours=4)
    return served


def numbered_alike(model):
    """A step that was tried twice may have used up a number."""
    return replace(model, bin_set=1, baseline=1, monitor_set=1)


UNDISTURBED = story([])


@settings(deadline=None, max_examples=6)
@given(st.lists(st.sampled_from(["before", "after", "well", "well", "well"]), max_size=60))
def test_failures_change_nothing_in_the_end(plan):
    disturbed = story(plan)
    assert numbered_alike(disturbed.model) == numbered_alike(UNDISTURBED.model)
    assert disturbed.incidents() == UNDISTURBED.incidents()
    assert disturbed.alerts(opened=False) == UNDISTURBED.alerts(opened=False)
    assert counted(disturbed) == counted(UNDISTURBED)
    told = [(delivery.incident, delivery.reason) for delivery in disturbed.store.post.deliveries()]
    assert told == [(delivery.incident, delivery.reason) for delivery in UNDISTURBED.store.post.deliveries()]


def counted(served):
    blocks = served.store.slow.profiles(PROJECT, NAME, served.model.bin_set, EVER)
    return [(block.key.version, block.key.hour_us, block.payload) for block in blocks]


def test_the_undisturbed_story_has_something_to_tell():
    assert len(UNDISTURBED.incidents()) == 1
    assert [delivery.reason for delivery in UNDISTURBED.store.post.deliveries()] == ["opened"]
