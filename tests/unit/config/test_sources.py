import pytest

from seamark.config import effective, parse
from seamark.errors import InvalidConfig
from seamark.ingest.sources import prometheus

CLUSTER = """
[sources.cluster]
type = "prometheus"
url = "http://prometheus:9090"
every_seconds = "30s"
password = "env:PROMETHEUS_PASSWORD"
"""


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("PROMETHEUS_PASSWORD", "hush")


def test_a_source_has_the_options_of_its_type():
    [source] = parse(CLUSTER).sources.values()
    assert (source.name, source.type) == ("cluster", "prometheus")
    assert source.options.every_seconds == 30
    assert source.options.password.reveal() == "hush"
    assert isinstance(source.options, prometheus.Options)


def test_the_effective_configuration_reads_as_the_same_one_and_shows_no_secret():
    config = parse(CLUSTER)
    assert parse(effective(config)) == config
    assert "hush" not in effective(config)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"prometheus"', '"carrier_pigeon"', "sources.cluster.type must be one of"),
        ("url", "uri", "did you mean sources.cluster.url"),
        ('url = "http://prometheus:9090"', "", "needs the key url"),
        ('"30s"', "0", "sources.cluster.every_seconds must be above 0"),
    ],
)
def test_a_wrong_source_is_refused_by_its_key(before, after, said):
    with pytest.raises(InvalidConfig, match=said):
        parse(CLUSTER.replace(before, after))
