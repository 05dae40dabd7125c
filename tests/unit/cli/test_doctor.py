"""`seamark doctor`: one sentence per thing looked at, and what to do where it is not fine."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import seamark
from seamark.app import open_store
from seamark.cli import doctor, main
from seamark.config import Config, ServerOptions, StoreOptions
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind, LogEntry, SetAside
from seamark.records.model import Model
from seamark.records.outcomes import Outcomes


def on_port(port):
    return Config(server=ServerOptions(port=port))


@pytest.fixture
def listening():
    """A port somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_this_python_is_fine():
    finding = doctor.python_version()
    assert finding.fine
    assert f"Seamark {seamark.__version__}" in finding.sentence


def test_an_old_python_is_not(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 12))
    assert not doctor.python_version().fine


def declare(monkeypatch, *lines):
    monkeypatch.setattr(doctor, "requires", lambda _name: list(lines))


def test_packages_that_are_there_and_import_are_fine(monkeypatch):
    declare(
        monkeypatch, "numpy>=1.26", "prometheus-client>=0.21; extra == 'server'", 'arro3-core>=0.5; extra == "server"'
    )
    assert [finding.fine for finding in doctor.packages()] == [True, True]


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    declare(monkeypatch, "numpy>=1.26", "no-such-thing>=1.0; extra == 'server'", "scipy>=1.0; extra == 'server'")
    [base, server] = doctor.packages()
    assert base.fine
    assert not server.fine
    assert "no-such-thing is not installed: pip install --upgrade 'seamark[server]'" in server.sentence


def test_an_extra_nobody_asked_for_is_no_fault(monkeypatch):
    declare(monkeypatch, "no-such-thing>=1.0; extra == 'server'")
    [server] = doctor.packages()
    assert server.fine
    assert "The extra [server] is not installed" in server.sentence


def test_a_base_install_without_its_packages_is_a_fault(monkeypatch):
    declare(monkeypatch, "no-such-thing>=1.0")
    [base] = doctor.packages()
    assert not base.fine


def test_an_old_package_is_found(monkeypatch):
    declare(monkeypatch, "numpy>=99.0")
    [finding] = doctor.packages()
    assert not finding.fine
    assert "is older than 99.0" in finding.sentence


def test_versions_are_compared_as_numbers():
    assert doctor._ordered("1.10.0") > doctor._ordered("1.9")
    assert doctor._ordered("2.0.0rc1") >= doctor._ordered("2.0")


def test_a_package_that_breaks_on_import_is_found(monkeypatch, tmp_path):
    (tmp_path / "broken_package.py").write_text("raise RuntimeError('built for another numpy')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(doctor, "version", lambda _name: "1.0")
    fault = doctor._fault("broken-package", "0.5", {"broken-package": "broken_package"})
    assert fault == "broken-package 1.0 does not import (RuntimeError: built for another numpy)"


def test_what_the_project_declares_is_what_is_looked_at():
    sentences = [finding.sentence for finding in doctor.packages()]
    assert any("the base install" in sentence for sentence in sentences)
    assert any("the extra [server]" in sentence for sentence in sentences)


def test_a_screen_that_is_not_built_says_how_to_build_it(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.seamark, "__path__", [str(tmp_path)])
    finding = doctor.dashboard()
    assert not finding.fine
    assert "make dashboard" in finding.sentence
    (tmp_path / "server" / "static").mkdir(parents=True)
    (tmp_path / "server" / "static" / "index.html").write_text("<html>")
    assert doctor.dashboard().fine


def test_a_full_disk_is_found_even_before_the_store_is_there(monkeypatch, tmp_path):
    assert doctor.disk(tmp_path / "not" / "yet").fine
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    assert not doctor.disk(tmp_path / "not" / "yet").fine


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    path = tmp_path / "data"
    [finding] = doctor.store(Config(store=StoreOptions(str(path))))
    assert finding.fine
    assert not path.exists()


def test_a_store_that_agrees_with_itself_is_fine(tmp_path):
    config = Config(store=StoreOptions(str(tmp_path)))
    open_store(config).close()
    [finding] = doctor.store(config)
    assert finding.fine
    assert "agrees with itself" in finding.sentence


def test_a_store_in_use_is_left_alone(tmp_path):
    config = Config(store=StoreOptions(str(tmp_path)))
    store = open_store(config)
    try:
        [finding] = doctor.store(config)
    finally:
        store.close()
    assert finding.fine
    assert "in use" in finding.sentence


def test_a_damaged_store_is_found(tmp_path):
    (tmp_path / "seamark.db").write_bytes(b"not a database" * 1000)
    [finding] = doctor.store(Config(store=StoreOptions(str(tmp_path))))
    assert not finding.fine


def test_batches_that_were_set_aside_are_found_and_can_be_tried_again(tmp_path):
    folder = tmp_path / "other"
    opened = open_store(Config(store=StoreOptions(path=str(folder))))
    opened.log.append([LogEntry(EntryKind.PREDICTIONS, "shop", "fraud", 0, 1, b"?")])
    opened.slow.commit(SlowStep(watermark_seq=1, set_aside=(SetAside(1, 0, "ValueError('no')"),)))
    opened.close()
    found = [each for each in doctor.examine(None, folder) if "set aside" in each.sentence.lower()]
    assert [each.fine for each in found] == [False]
    assert "1 batch (in the log: 1); the last failed with ValueError('no')" in found[0].sentence
    found = [each for each in doctor.examine(None, folder, retry=True) if "set aside" in each.sentence.lower()]
    assert [(each.fine, each.sentence) for each in found] == [
        (True, "In the log again: 1 batch that had been set aside.")
    ]
    opened = open_store(Config(store=StoreOptions(path=str(folder))))
    assert (opened.log.pending(), opened.log.set_aside()) == ((1, 1), [])
    opened.close()


@pytest.mark.parametrize("matched", [0, 1])
def test_outcomes_that_all_wait_are_found(tmp_path, matched):
    config = Config(store=StoreOptions(str(tmp_path)))
    opened = open_store(config)
    model = Model(
        "shop", "fraud", 0, rows=1_000, outcomes=Outcomes(rows=9, matched=matched, days=(20_000,), waiting=(7,))
    )
    opened.slow.commit(SlowStep(watermark_seq=0, models=(model,)))
    opened.close()
    told = [each.sentence for each in doctor.store(config) if not each.fine]
    assert len(told) == (0 if matched else 1)
    assert matched or "'fraud' no outcome has met a prediction: 7 ids" in told[0]


def test_a_free_port_is_fine():
    assert doctor.port(on_port(0)).fine


def test_a_port_taken_by_another_program_is_found(listening, monkeypatch):
    monkeypatch.setattr(doctor, "ANSWER_SECONDS", 0.1)
    finding = doctor.port(on_port(listening))
    assert not finding.fine
    assert f"127.0.0.1:{listening} cannot be listened on" in finding.sentence


def test_a_port_where_seamark_answers_is_fine():
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        finding = doctor.port(on_port(server.server_port))
    assert finding == doctor.Finding(fine=True, sentence=f"Seamark answers on 127.0.0.1:{server.server_port}.")


def examined(monkeypatch, tmp_path, *findings):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: iter(findings))


def test_all_fine_is_exit_0(monkeypatch, tmp_path, capsys):
    examined(monkeypatch, tmp_path, doctor.Finding(fine=True, sentence="All is well."))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out == "✓ All is well.\n"


def test_one_fault_is_exit_1(monkeypatch, tmp_path, capsys):
    good, bad = doctor.Finding(fine=True, sentence="Good."), doctor.Finding(fine=False, sentence="Bad.")
    examined(monkeypatch, tmp_path, good, bad)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == "✓ Good.\n✗ Bad.\n"
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][1] == {"fine": False, "sentence": "Bad."}


def test_a_wrong_configuration_is_a_finding_and_ends_the_examination(tmp_path):
    config = tmp_path / "seamark.toml"
    config.write_text("[server]\nport = 99999\n")
    last = list(doctor.examine(config))[-1]
    assert last.sentence.startswith("The configuration is wrong: server.port must be between 0")
    assert not last.fine
