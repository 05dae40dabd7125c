"""Series and events in; alerts, incidents, causes and messages at given times out: each of `scenarios/` is a story.

`series` are told minute by minute (a later entry replaces an earlier one while it lasts), `windows` are what the
monitors of model `fraud` say of whole hours, `changes` happen at a minute, `edges` are seen all the time. What runs on
them is the fast lane of the server, on a clock that does what it is told.
"""

import tomllib
from pathlib import Path

import pytest
from tests.unit.pipeline.test_components import START_US
from tests.unit.pipeline.test_components import Running as Machines
from tests.unit.query.stored import BREACH, OK, SHOP, Written, hours, monitor

from seamark.clock import HOUR_US, MINUTE_US
from seamark.notify.desk import SILENT
from seamark.pipeline.watch import watch
from seamark.records.incident import IncidentState
from seamark.records.log import Change
from seamark.records.metric import Component, ComponentKind
from seamark.records.options import ModelOptions

STORIES = sorted((Path(__file__).parent / "scenarios").glob("*.toml"))
KEYS = {"about", "edges", "monitors", "minutes", "series", "windows", "changes", "expect"}


def component(label):
    kind, _, name = label.partition("/")
    return Component(SHOP, ComponentKind(kind), name)


class Story:
    """A served model and the machines under it, as a scenario tells them."""

    def __init__(self, text):
        told = tomllib.loads(text)
        assert told.keys() <= KEYS, f"A scenario has {', '.join(sorted(KEYS))}."
        self.told = told
        self.names = told["monitors"]
        self.model = Written(*(monitor(*name.split(":")) for name in self.names))
        self.machines = Machines(self.model.store)
        self.store = self.model.store
        self.options = ModelOptions()

    def passes_minute(self):
        minute = self.machines.minute
        self.store.metrics.see([(SHOP, *edge) for edge in self.told["edges"]], START_US + minute * MINUTE_US)
        now = {each["component"]: each for each in self.told.get("series", ()) if self._holds(each, minute)}
        for label, each in now.items():
            self.machines.tell(component(label), **each["values"])
        for at, change in enumerate(self.told.get("changes", ())):
            if change["minute"] == minute:
                said = {name: value for name, value in change.items() if name != "minute"}
                made = Change(f"change-{at}", SHOP, time_us=START_US + minute * MINUTE_US, **said)
                self.model.commit(changes=(made,))
        self.machines.minute += 1
        self.machines.look()
        if self.machines.minute % 60 == 11:
            self._judge(self.machines.minute // 60 - 1)

    @staticmethod
    def _holds(each, minute):
        return each.get("from", 0) <= minute < each.get("to", 10**9)

    def _judge(self, hour):
        """Eleven minutes past: the hour before is sealed."""
        if hour >= 0:
            bad = {name for each in self.told.get("windows", ()) if hour in each["hours"] for name in each["breach"]}
            self.model.judge(hours(hour, hour + 1), *(BREACH if name in bad else OK for name in self.names))
        now_us = START_US + self.machines.minute * MINUTE_US
        step = watch(self.store, lambda _p, _m: self.options, "http://localhost:8420", now_us)
        if step is not None:
            self.store.fast.commit(step)

    def alerts(self):
        live = self.store.fast.alerts(SHOP, live=True)
        return sorted(" ".join(filter(None, (each.component, each.monitor))) for each in live if each.opened_us)

    def incidents(self):
        return sorted(self.store.fast.incidents(SHOP, state=IncidentState.OPEN), key=lambda each: each.nodes)


def facts(incident):
    """All that a scenario may expect of an incident."""
    cause = incident.causes[0] if incident.causes else None
    return {
        "nodes": list(incident.nodes),
        "model": incident.model,
        "layers": [layer.value for layer in incident.layers],
        "cause": cause.subject if cause else "",
        "signature": cause.signature if cause else "",
        "changes": len(incident.changes),
    }


def check(story, expected):
    if "alerts" in expected:
        assert story.alerts() == sorted(expected["alerts"])
    if "messages" in expected:
        said = [each.reason for each in story.store.post.deliveries() if each.reason not in SILENT]
        assert said == expected["messages"]
    found = story.incidents()
    wanted = expected.get("incidents", [])
    assert len(found) == len(wanted), [facts(each) for each in found]
    for incident, want in zip(found, wanted, strict=True):
        known = facts(incident)
        assert {name: known[name] for name in want} == want
    for name in ("evidence", "counter_evidence"):
        if name in expected:
            [incident] = found
            assert any(expected[name] in said for said in getattr(incident.causes[0], name)), incident.causes[0]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_goes_as_it_should(path):
    story = Story(path.read_text(encoding="utf-8"))
    expectations = {each["minute"]: each for each in story.told["expect"]}
    for minute in range(1, story.told["minutes"] + 1):
        story.passes_minute()
        if minute in expectations:
            check(story, expectations.pop(minute))
    assert not expectations, "Every expectation is within the minutes that are played."


def test_hours_begin_with_the_minutes():
    assert START_US % HOUR_US == 0
    assert hours(0, 1).start_us == START_US
