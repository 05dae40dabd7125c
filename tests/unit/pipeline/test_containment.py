"""An entry that cannot be absorbed stops nothing but itself, and is never lost."""

from __future__ import annotations

import pytest
from tests.simulation.served_model import NAME, PROJECT, ServedModel

from seamark.pipeline.containment import retry
from seamark.profile.absorb import Absorber
from seamark.records.log import EntryKind, LogEntry


def served(**fields) -> ServedModel:
    return ServedModel(7, rows_an_hour=60, reference_rows=2_000, **fields)


def poison(model: ServedModel, name: str = NAME, payload: bytes = b"no arrow stream") -> int:
    [seq] = model.store.log.append([LogEntry(EntryKind.PREDICTIONS, PROJECT, name, model.now_us, 1, payload)])
    return seq


def insist(model: ServedModel, attempts: int = 20) -> list[str]:
    """What the lane does: after a failure forget, and try again. The failures."""
    failures = []
    for _ in range(attempts):
        try:
            model.pipeline.tick(model.now_us)
        except Exception as failure:  # noqa: BLE001 as the lane does
            failures.append(repr(failure))
            model.pipeline.forget()
        else:
            return failures
    return failures


def test_a_bad_entry_is_set_aside_and_all_others_are_counted(caplog):
    model = served()
    before, after = model.traffic(0, 60), model.traffic(1, 60)
    model.log(before)
    bad = poison(model, "other")
    model.log(after)
    assert insist(model)
    assert model.model.rows == 120
    assert [each.seq for each in model.store.log.set_aside()] == [bad]
    assert model.store.facts()["log_set_aside_entries"] == 1
    assert model.store.log.read(bad - 1, 1)[0].entry.payload == b"no arrow stream"
    assert f"Log entry {bad} (predictions, 1 rows of model 'other'" in caplog.text


def test_several_bad_entries_of_the_same_model_leave_the_good_ones(caplog):
    model = served()
    bad = []
    for hour in range(4):
        model.log(model.traffic(hour, 30))
        bad.append(poison(model))
    insist(model, attempts=40)
    assert model.model.rows == 120
    assert [each.seq for each in model.store.log.set_aside()] == bad


def test_an_entry_set_aside_stays_so_after_a_restart_and_can_be_tried_again(monkeypatch):
    model = served()
    real = Absorber.absorb

    def refusing(self, now_us, *, alone=False):
        raise ValueError("A bug of this version.")

    model.log(model.traffic(0, 60))
    monkeypatch.setattr(Absorber, "absorb", refusing)
    insist(model)
    assert model.model.rows == 0
    assert len(model.store.log.set_aside()) == 1
    monkeypatch.setattr(Absorber, "absorb", real)
    model.restart()
    assert retry(model.store) == 1
    assert insist(model) == []
    assert model.model.rows == 60
    assert model.store.log.set_aside() == []


@pytest.mark.parametrize("trouble", [OSError("No space left on device"), MemoryError()])
def test_the_machines_trouble_sets_nothing_aside_however_long_it_lasts(monkeypatch, trouble):
    model = served()
    real = Absorber.absorb

    def failing(self, now_us, *, alone=False):
        raise trouble

    model.log(model.traffic(0, 60))
    monkeypatch.setattr(Absorber, "absorb", failing)
    assert len(insist(model, attempts=12)) == 12
    monkeypatch.setattr(Absorber, "absorb", real)
    insist(model)
    assert model.model.rows == 60
    assert model.store.log.set_aside() == []
