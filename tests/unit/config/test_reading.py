"""Every bad configuration gets one sentence that names the key, the value and what is accepted."""

from pathlib import Path

import pytest

from seamark.config import Config, load, parse
from seamark.errors import InvalidConfig
from seamark.records.metric_rule import ServiceOptions

GOLDEN = Path(__file__).parents[2] / "golden" / "config"
FAULTS = sorted(path.stem for path in GOLDEN.glob("*.toml"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_configuration_gets_its_sentence(fault):
    with pytest.raises(InvalidConfig) as refused:
        load(GOLDEN / f"{fault}.toml")
    assert refused.value.message == (GOLDEN / f"{fault}.txt").read_text().strip()


def test_every_golden_sentence_belongs_to_a_configuration():
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == FAULTS
    assert len(FAULTS) > 30


@pytest.mark.parametrize("fault", ["port_is_text", "effect_negative", "window_not_of_hours"])
def test_a_wrong_value_is_located_for_programs_too(fault):
    with pytest.raises(InvalidConfig) as refused:
        load(GOLDEN / f"{fault}.toml")
    assert refused.value.field is not None
    assert refused.value.message.startswith(refused.value.field)
    assert refused.value.accepted in refused.value.message


def test_a_wrong_threshold_is_named_with_its_model_and_signal():
    with pytest.raises(InvalidConfig, match=r"^models\.fraud\.thresholds\.\"\*\": 'psi >' is not a threshold"):
        parse('[models.fraud.thresholds]\n"*" = "psi >"')


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30", 30), ('"30s"', 30), ('"10m"', 600), ('"1.5m"', 90), ('"6h"', 21_600), ('"2d"', 172_800)],
)
def test_a_duration_is_seconds_or_a_number_with_a_unit(written, seconds):
    model = parse(f"[models.fraud]\nlateness_seconds = {written}").models["fraud"]
    assert model.lateness_seconds == seconds
    assert type(model.lateness_seconds) is int


def test_only_keys_in_seconds_take_durations():
    with pytest.raises(InvalidConfig, match=r'^models\.fraud\.min_rows must be a whole number, not "10m"\.$'):
        parse('[models.fraud]\nmin_rows = "10m"')


def test_a_whole_number_stands_for_a_number():
    options = parse('[receivers.ops]\ntype = "webhook"\nurl = "https://e.example"\ntimeout_seconds = 3').receivers[
        "ops"
    ]
    assert options.options.timeout_seconds == 3.0


def test_an_absent_file_means_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load() == Config() == parse("")


def test_seamark_toml_of_the_working_directory_is_read_without_being_named(tmp_path, monkeypatch):
    (tmp_path / "seamark.toml").write_text("[server]\nport = 9000")
    monkeypatch.chdir(tmp_path)
    assert load().server.port == 9000


def test_a_named_file_must_be_there(tmp_path):
    with pytest.raises(InvalidConfig, match=r"gone\.toml' cannot be read: No such file or directory\.$"):
        load(tmp_path / "gone.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes('path = "dépôt"'.encode("latin-1"))
    with pytest.raises(InvalidConfig, match=r"is not UTF-8 text\.$"):
        load(path)


def test_a_long_value_is_cut_in_the_sentence():
    with pytest.raises(InvalidConfig) as refused:
        parse(f'[server]\nport = "{"9" * 1000}"')
    assert len(refused.value.message) < 130


def test_a_service_may_have_words_of_its_own():
    config = parse("[services.api]\nobjective = 0.999\nsla_seconds = 1\n[services.api.thresholds]\np99 = 1")
    assert config.service("api").objective == 0.999
    assert config.service("api").thresholds == {"p99": 1.0}
    assert config.service("other") == ServiceOptions()


def test_a_star_is_about_all_services_without_a_table_of_their_own():
    config = parse('[services."*"]\nmin_requests = 7\n[services.api]\nobjective = 0.9')
    assert config.service("other").min_requests == 7
    assert config.service("api").min_requests == ServiceOptions().min_requests
