"""A server to talk to, and clients that are impatient enough for tests."""

import pytest
from tests.unit.client.scripted_server import running

import seamark


@pytest.fixture
def server():
    with running() as found:
        yield found


@pytest.fixture
def connect(server):
    """Clients of `server`; all are closed at the end."""
    made = []

    def client(**options):
        impatient = {"model": "fraud", "flush_seconds": 60.0, "backoff_seconds": 0.01, "backoff_max_seconds": 0.05}
        made.append(seamark.Client(server.url, **(impatient | options)))
        return made[-1]

    yield client
    for each in made:
        each.close(0)
