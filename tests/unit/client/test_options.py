"""A client that could never work says so when it is made, in a sentence that names the argument."""

import inspect
import math
from datetime import UTC

import pytest

import seamark
from seamark.client.options import Options


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8420",
        "ftp://host",
        "http://",
        "http:///path",
        "http://host:99999",
        "http://[::1",
        None,
        8420,
        b"http://x",
    ],
)
def test_a_url_that_names_no_server_is_refused(url):
    with pytest.raises(seamark.InvalidInput, match="does not name a server; write http://HOST:PORT") as error:
        seamark.Client(url, model="fraud")
    assert error.value.field == "url"


@pytest.mark.parametrize(
    "url", ["http://localhost:8420", "https://seamark.example/team", "http://[::1]:8420", "HTTP://X"]
)
def test_a_url_that_names_one_is_taken(url):
    client = seamark.Client(url, model="fraud")
    try:
        assert repr(client) == f"<seamark.Client of 'fraud' at {url}>"
        assert client.stats.waiting == 0
    finally:
        client.close()


@pytest.mark.parametrize("model", ["", None, 3, "x" * 257, "a\nb"])
def test_a_model_must_have_a_name(model):
    with pytest.raises(seamark.InvalidInput, match="1 to 256 printable characters") as error:
        seamark.Client("http://localhost:1", model=model)
    assert error.value.field == "model"


@pytest.mark.parametrize("version", [3, None, "x" * 257])
def test_a_version_is_text(version):
    with pytest.raises(seamark.InvalidInput, match="version is"):
        seamark.Client("http://localhost:1", model="fraud", version=version)


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nbreak", "é", 5])
def test_a_token_that_would_break_a_header_is_refused_without_being_shown(token):
    with pytest.raises(seamark.InvalidInput, match="seamark token create") as error:
        seamark.Client("http://localhost:1", model="fraud", token=token)
    assert str(token).strip() == "" or str(token) not in error.value.message


@pytest.mark.parametrize("name", ["buffer_rows", "buffer_bytes", "batch_rows"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, None, "10", math.inf])
def test_counts_are_whole_and_positive(name, value):
    with pytest.raises(seamark.InvalidInput, match=f"{name} is .*a whole number from 1 is accepted") as error:
        seamark.Client("http://localhost:1", model="fraud", **{name: value})
    assert error.value.field == name


@pytest.mark.parametrize("name", ["flush_seconds", "timeout_seconds", "backoff_seconds", "backoff_max_seconds"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "1", None])
def test_times_are_finite_and_positive(name, value):
    with pytest.raises(seamark.InvalidInput, match=f"{name} is .*a finite number"):
        seamark.Client("http://localhost:1", model="fraud", **{name: value})


def test_a_batch_is_never_larger_than_its_buffer():
    assert Options(url="http://localhost:1", model="m", buffer_rows=100).rows_at_once == 100
    assert Options(url="http://localhost:1", model="m", batch_rows=100).rows_at_once == 100


def test_the_token_never_shows():
    options = Options(url="http://localhost:1", model="fraud", token="secret")
    client = seamark.Client("http://localhost:1", model="fraud", token="secret")
    assert "secret" not in repr(options) + repr(client)
    assert repr(client) == "<seamark.Client of 'fraud' at http://localhost:1>"


def test_the_client_takes_every_option_with_the_same_default():
    arguments = inspect.signature(seamark.Client).parameters
    fields = inspect.signature(Options).parameters
    assert list(arguments) == list(fields)
    assert [each.default for each in arguments.values()] == [each.default for each in fields.values()]
    assert "assume_zone" in fields
    assert Options(url="http://localhost:1", model="m", assume_zone=UTC).assume_zone is UTC
