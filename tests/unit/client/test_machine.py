"""What the middlewares tell of the machine: real readings of psutil, and a stand-in for NVML: no GPU is here."""

# ruff: noqa: N802, N815 the stand-in has the names of NVML

from __future__ import annotations

import json
import socket
import sys
import types

import psutil
import pytest
from tests.unit.ingest.heard import START_US, Heard

from seamark.client.integrations.machine import Machine
from seamark.wire import otlp_json

HOST = f"node {socket.gethostname()}"


class Failed(Exception):
    """NVML's error."""


class Nvml(types.ModuleType):
    """Two GPUs; the second cannot tell its clock, and the first has had a fault."""

    NVMLError = Failed
    NVML_CLOCK_SM, NVML_TEMPERATURE_GPU, nvmlEventTypeXidCriticalError = 1, 0, 8

    def __init__(self, *, driver=True, events=True):
        super().__init__("pynvml")
        self.driver, self.events = driver, events
        self.xids = [("GPU-a", 31), ("GPU-a", 79)]
        self.broken = False

    def nvmlInit(self):
        if not self.driver:
            raise Failed("no driver")

    def nvmlDeviceGetCount(self):
        return 2

    def nvmlDeviceGetHandleByIndex(self, place):
        return "ab"[place]

    def nvmlDeviceGetUUID(self, handle):
        return f"GPU-{handle}".encode() if handle == "a" else f"GPU-{handle}"

    def nvmlDeviceGetUtilizationRates(self, _):
        if self.broken:
            raise RuntimeError("the driver was reloaded")
        return types.SimpleNamespace(gpu=75)

    def nvmlDeviceGetMemoryInfo(self, _):
        return types.SimpleNamespace(used=6 << 30, free=2 << 30)

    def nvmlDeviceGetClockInfo(self, handle, _):
        if handle == "b":
            raise Failed("not supported")
        return 1_500

    def nvmlDeviceGetTemperature(self, _, __):
        return 61

    def nvmlEventSetCreate(self):
        if not self.events:
            raise Failed("not supported")
        return object()

    def nvmlDeviceRegisterEvents(self, handle, kinds, events):
        assert kinds == 8

    def nvmlEventSetWait(self, _, milliseconds):
        assert milliseconds == 0
        if not self.xids:
            raise Failed("timeout")
        uuid, xid = self.xids.pop(0)
        return types.SimpleNamespace(device=uuid[-1], eventData=xid)


@pytest.fixture
def without(monkeypatch):
    """A machine on which these packages are not installed."""

    def forget(*names):
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    return forget


def told(*machines, minutes=3):
    """What a server stores of machines that report once a minute."""
    heard = Heard()
    for minute in range(minutes):
        heard.now_us = START_US + minute * 60_000_000
        for machine in machines:
            body = json.dumps({"resourceMetrics": machine.resources(heard.now_us)}).encode()
            heard.door.receive("shop", body, otlp_json.decode)
    return heard.totals()


def test_memory_and_processors_are_those_of_the_machine(without):
    without("pynvml")
    found = told(Machine())
    total = psutil.virtual_memory().total
    assert found[HOST, "memory_total_bytes"] == total
    assert 0 < found[HOST, "memory_available_bytes"] < total
    assert 0 <= found[HOST, "cpu_seconds"] <= found[HOST, "cpu_available_seconds"]


def test_many_processes_of_one_machine_count_it_once(without, monkeypatch):
    without("pynvml")
    spent = iter(range(1_000_000, 1_001_000))

    class Times:
        def _asdict(self):
            return {"user": float(next(spent)), "idle": 5.0, "guest": 9.0}

    monkeypatch.setattr(psutil, "cpu_times", Times)
    found = told(Machine(), Machine(), Machine())
    assert found[HOST, "cpu_seconds"] == found[HOST, "cpu_available_seconds"] <= 8
    assert found[HOST, "memory_total_bytes"] == psutil.virtual_memory().total


def test_gpus_are_told_with_their_last_fault_and_without_what_they_cannot_tell(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", Nvml())
    found = told(Machine())
    first, second = (f"gpu {socket.gethostname()}/GPU-{id}" for id in "ab")
    assert found[first, "gpu_utilisation"] == 0.75
    assert (found[first, "gpu_memory_bytes"], found[first, "gpu_memory_free_bytes"]) == (6 << 30, 2 << 30)
    assert (found[first, "gpu_clock_hertz"], found[first, "gpu_temperature_celsius"]) == (1.5e9, 61)
    assert (found[first, "gpu_xid"], found[second, "gpu_xid"]) == (79, 0)
    assert (second, "gpu_clock_hertz") not in found


def test_a_driver_without_events_tells_the_rest(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", Nvml(events=False))
    found = told(Machine())
    assert found[f"gpu {socket.gethostname()}/GPU-a", "gpu_xid"] == 0


def test_without_packages_nothing_is_told_and_nothing_fails(without):
    without("psutil", "pynvml")
    assert Machine().resources(START_US) == []


def test_a_machine_without_a_driver_has_no_gpus(without, monkeypatch):
    without("psutil")
    monkeypatch.setitem(sys.modules, "pynvml", Nvml(driver=False))
    assert Machine().resources(START_US) == []


def test_what_breaks_later_is_said_once_and_never_reaches_the_host(without, monkeypatch, caplog):
    without("psutil")
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    machine = Machine()
    assert machine.resources(START_US)
    nvml.broken = True
    assert machine.resources(START_US) == []
    assert machine.resources(START_US) == []
    assert caplog.text.count("NVML cannot read the GPUs") == 1


def test_a_system_that_forbids_psutil_is_left_alone(without, monkeypatch, caplog):
    without("pynvml")

    def forbidden():
        raise PermissionError("/proc is closed")

    machine = Machine()
    monkeypatch.setattr(psutil, "cpu_times", forbidden)
    assert machine.resources(START_US) == machine.resources(START_US) == []
    assert caplog.text.count("psutil cannot read this machine") == 1


def points_of(machine, now_us=START_US):
    """name → its points, of one report."""
    [resource] = machine.resources(now_us)
    assert resource["resource"]["attributes"] == [{"key": "host.name", "value": {"stringValue": socket.gethostname()}}]
    metrics = [metric for scope in resource["scopeMetrics"] for metric in scope["metrics"]]
    return {each["name"]: (each.get("gauge") or each["sum"])["dataPoints"] for each in metrics}


def test_every_point_is_of_the_moment_that_was_asked_for_and_a_number_json_can_say(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", Nvml())
    points = [point for found in points_of(Machine()).values() for point in found]
    assert {point["timeUnixNano"] for point in points} == {f"{START_US}000"}
    assert json.loads(json.dumps(points, allow_nan=False)) == points


def test_what_a_guest_used_is_counted_in_user_and_nowhere_else(without, monkeypatch):
    without("pynvml")
    times = {"user": 3.0, "nice": 1.0, "idle": 5.0, "guest": 2.0, "guest_nice": 1.0}
    monkeypatch.setattr(psutil, "cpu_times", lambda: types.SimpleNamespace(_asdict=lambda: times))
    told = {
        each["attributes"][0]["value"]["stringValue"]: each["asDouble"]
        for each in points_of(Machine())["system.cpu.time"]
    }
    assert told == {"user": 3.0, "nice": 1.0, "idle": 5.0}


def test_the_newest_fault_of_a_gpu_stays_until_another_comes(monkeypatch):
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    machine = Machine()

    def faults():
        points = points_of(machine)["hw.gpu.xid"]
        return {each["attributes"][0]["value"]["stringValue"]: each["asDouble"] for each in points}

    assert faults() == {"GPU-a": 79.0, "GPU-b": 0.0}
    assert faults() == {"GPU-a": 79.0, "GPU-b": 0.0}
    nvml.xids = [("GPU-b", 48)]
    assert faults() == {"GPU-a": 79.0, "GPU-b": 48.0}


def test_what_breaks_of_the_gpus_leaves_the_machine_told(monkeypatch):
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    machine = Machine()
    assert "hw.gpu.utilization" in points_of(machine)
    nvml.broken = True
    assert set(points_of(machine)) == {"system.cpu.time", "system.memory.limit", "system.linux.memory.available"}


@pytest.mark.parametrize("name", ["psutil", "pynvml"])
def test_a_package_that_breaks_while_it_is_loaded_is_one_that_is_not_there(monkeypatch, tmp_path, without, name):
    without(*{"psutil", "pynvml"} - {name})
    monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / f"{name}.py").write_text("raise OSError('a library is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    assert Machine().resources(START_US) == []
